"""Checkpoints: what is kept, what is written for others, and what they load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from veridical.models.assemble import make_policy, trial
from veridical.models.forest import Forest
from veridical.models.policy import Policy
from veridical.train import checkpoint


def saved(directory: Path, step: int, keep: int) -> Path:
    """A checkpoint of a layer."""
    layer = nn.Linear(2, 2)
    layer.save_pretrained = lambda folder, state_dict: folder.mkdir()
    return checkpoint.save(directory, step, layer, torch.optim.AdamW(layer.parameters()).state_dict(), {}, [], keep)


def test_the_newest_whole_checkpoints_are_kept_and_broken_ones_of_later_steps_are_not_counted(tmp_path: Path) -> None:
    for step in (2, 4, 12):
        saved(tmp_path, step, keep=9)
    (tmp_path / "step-000012/state.json").write_text("{")
    (tmp_path / ".partial-step-000007").mkdir()
    assert checkpoint.newest(tmp_path).name == "step-000004"
    saved(tmp_path, 5, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-000004", "step-000005"]


def test_a_file_that_is_missing_or_changed_makes_a_checkpoint_broken(tmp_path: Path) -> None:
    for harm in (lambda path: (path / "optimiser.pt").unlink(), lambda path: (path / "trainable.safetensors").write_bytes(b"0"), lambda path: (path / "complete.json").unlink()):
        path = saved(tmp_path, 1, keep=1)
        assert checkpoint.whole(path)
        harm(path)
        assert not checkpoint.whole(path) and checkpoint.newest(tmp_path) is None


def scores_of(model: nn.Module, policy: Policy, forest: Forest) -> torch.Tensor:
    """Log-probabilities of a batch by the stock executor of `policy` on another model."""
    with torch.no_grad():
        return Policy(model.eval(), policy.executor)(forest).logp


@pytest.mark.parametrize("parts", [[], ["parts.tower=lora"], ["parts.projector=full", "reference=copy"], ["parts.language=full", "reference=copy"]])
def test_what_a_run_saves_is_loaded_by_others_with_the_same_log_probabilities(parts: list[str], aligned: Callable[..., list[str]], llava: Path, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText, AutoTokenizer

    seen: list[torch.Tensor] = []
    ready = make_policy(llava)
    forest = trial(ready.encoder)
    from veridical.train import preference, session

    usual = session.Session.finish

    def finish(own: session.Session) -> Path:
        with torch.no_grad():
            seen.append(own.plain.eval()(forest).logp)
        return usual(own)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preference.Session, "finish", finish)
        aligned(*parts, "save.merged=true", "length.steps=2", "optimiser.lr=1e-2", f"run={tmp_path}")
    start = scores_of(AutoModelForImageTextToText.from_pretrained(llava), ready.policy, forest)
    assert (seen[0] - start).abs().max() > 0.01
    merged = AutoModelForImageTextToText.from_pretrained(tmp_path / "final/merged")
    torch.testing.assert_close(scores_of(merged, ready.policy, forest), seen[0], atol=1e-5, rtol=0)
    if (tmp_path / "final/adapter").exists():
        adapted = PeftModel.from_pretrained(AutoModelForImageTextToText.from_pretrained(llava), tmp_path / "final/adapter")
    else:
        adapted = AutoModelForImageTextToText.from_pretrained(tmp_path / "final/model")
        assert make_policy(tmp_path / "final/model").proofs[-1].passed
    torch.testing.assert_close(scores_of(adapted, ready.policy, forest), seen[0], atol=1e-5, rtol=0)
    assert AutoTokenizer.from_pretrained(tmp_path / "final/merged").chat_template == ready.opened.tokenizer.chat_template


def test_after_an_adapter_was_merged_first_the_whole_model_is_written(aligned: Callable[..., list[str]], llava: Path, tmp_path: Path) -> None:
    aligned("length.steps=1", "optimiser.lr=1e-2", f"run={tmp_path}/one")
    aligned("length.steps=1", "optimiser.lr=1e-2", f"adapter={tmp_path}/one/final/adapter", f"run={tmp_path}/two")
    for place in ("final", "checkpoints/step-000001"):
        assert [path.name for path in (tmp_path / "two" / place).iterdir() if path.is_dir()] == ["model"]
    both, only = make_policy(tmp_path / "two/final/model"), make_policy(llava, adapter=str(tmp_path / "one/final/adapter"))
    forest = trial(only.encoder)
    with torch.no_grad():
        assert (both.policy(forest).logp - only.policy(forest).logp).abs().max() > 1e-3
