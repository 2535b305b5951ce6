"""The ms-swift plugin: its reading of a batch by hand, and, where ms-swift is installed, `swift rlhf` itself with and without it."""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image

from veridical.integrations import ms_swift
from veridical.integrations.ms_swift import NotThere, Tokens, check, register, scores_of, views_of, widen
from veridical.objectives.find import find, methods
from veridical.objectives.view import CHOSEN, REJECTED, View
from veridical.records.corrupt import default_corruption

installed = pytest.mark.skipif(importlib.util.find_spec("swift") is None, reason="ms-swift is not installed; pip install ms-swift==4.6.0 into an environment of its own")

WORSE = View("chosen", "corrupted")


def test_rows_of_a_batch_are_read_view_by_view_and_only_where_a_token_is_scored() -> None:
    # two pairs, a third row each for the worse picture; -100 is the prompt and the padding
    labels = torch.tensor([[-100, 11, 12, 13], [-100, 21, -100, -100], [-100, 11, 14, -100], [-100, 31, 32, -100], [-100, 11, 12, 13], [-100, 21, -100, -100]])
    logp = -torch.arange(24.0).reshape(6, 4)
    read = scores_of([CHOSEN, REJECTED, WORSE], Tokens(logp, logp, labels), Tokens(logp - 1, logp, labels))
    assert read[CHOSEN].policy.tolist() == [[-1, -2, -3], [-5, 0, 0]]
    assert read[CHOSEN].mask.tolist() == [[True, True, True], [True, False, False]]
    assert read[REJECTED].policy.tolist() == [[-9, -10], [-13, -14]]
    assert read[WORSE].policy.tolist() == [[-17, -18, -19], [-21, 0, 0]]
    assert (read[WORSE].policy - read[WORSE].reference)[read[WORSE].mask].tolist() == [1, 1, 1, 1]
    assert read[CHOSEN].changed.tolist() == [[False, True, True], [True, False, False]]


def test_what_a_batch_there_cannot_hold_is_refused_by_name() -> None:
    for name, said in (("kto", "other"), ("wpo", "collision"), ("rdpo", "similar"), ("tpo_triple", "gold")):
        with pytest.raises(NotThere, match=said):
            check(find(name))
    served = [name for name, method in methods().items() if accepted(method)]
    assert {"dpo", "mdpo", "simpo", "ddpo", "image_dpo", "mm_dpo", "bco", "mpo", "ipo"} <= set(served)


def accepted(method: Any) -> bool:
    """Whether a method can be registered."""
    try:
        check(method)
    except NotThere:
        return False
    return True


def test_a_template_encodes_the_worse_picture_once_more_and_leaves_the_pair_as_it_is() -> None:
    class Template:
        """As much of ms-swift's as is used."""

        def _rlhf_encode(self, inputs: Any, check_rejected: bool = True) -> dict[str, Any]:
            return {f"{side}_{name}": value for side in ("chosen", "rejected") for name, value in self._encode_truncated(getattr(inputs, side)).items()}

        def _encode_truncated(self, side: Any) -> dict[str, Any]:
            return {"words": side.messages[-1]["content"], "picture": side.images[0].tobytes()}

        def _load_image(self, image: Any, load: bool) -> Image.Image:
            return image

        def _fetch_inputs_startswith(self, batch: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
            return [{name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)} for row in batch]

        def _data_collator(self, rows: list[dict[str, Any]], padding_to: int | None = None) -> dict[str, Any]:
            return {"rows": rows}

    widen(Template, views_of(find("mdpo"))[2:], default_corruption(dict(find("mdpo").corruption)))
    picture = Image.effect_noise((32, 32), 90).convert("RGB")
    sides = {name: SimpleNamespace(messages=[{"content": "what?"}, {"content": name}], images=[picture]) for name in ("chosen", "rejected")}
    template = Template()
    encoded = template._rlhf_encode(SimpleNamespace(**sides))
    again = template._rlhf_encode(SimpleNamespace(**sides))
    assert encoded == again
    rows = template._rlhf_data_collator([encoded, {**again, "margin": 2.0}])
    assert [row["words"] for row in rows["rows"]] == ["chosen", "chosen", "rejected", "rejected", "chosen", "chosen"]
    pictures = [row["picture"] for row in rows["rows"]]
    assert pictures[0] == pictures[2] == picture.tobytes() and pictures[4] != pictures[0]
    assert rows["margin"].tolist() == [0.0, 2.0]


@pytest.fixture
def swift(monkeypatch: pytest.MonkeyPatch) -> Any:
    """ms-swift, put back as it was after the test."""
    import swift
    from swift.template import Template
    from swift.trainers import TrainerFactory

    for name in ("_rlhf_encode", "_rlhf_data_collator"):
        monkeypatch.setattr(Template, name, getattr(Template, name))
    monkeypatch.setitem(TrainerFactory.TRAINER_MAPPING, "dpo", TrainerFactory.TRAINER_MAPPING["dpo"])
    yield swift
    if hasattr(ms_swift, "Registered"):
        del ms_swift.Registered


def losses(llava: Path, rows: list[dict[str, Any]], out: Path, plugin: str = "", **settings: Any) -> list[float]:
    """`swift rlhf` for six steps of two pairs; the loss of every step."""
    from swift.pipelines import rlhf_main

    out.mkdir()
    data = []
    for number, row in enumerate(rows):
        (out / f"{number}.png").write_bytes(row["images"][0]["bytes"])
        chosen, rejected = (row[name][0]["content"][0]["text"] for name in ("chosen", "rejected"))
        asked = [{"role": "user", "content": f"<image>{row['prompt'][0]['content'][1]['text']}"}, {"role": "assistant", "content": chosen}]
        data.append({"messages": asked, "rejected_response": rejected, "images": [str(out / f"{number}.png")]})
    (out / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
    wanted = {
        "rlhf_type": "dpo", "model": llava, "model_type": "llava1_5_hf", "template": "llava1_5_hf", "dataset": out / "pairs.jsonl", "split_dataset_ratio": 0,
        "tuner_type": "lora", "torch_dtype": "float32", "gradient_checkpointing": "false", "per_device_train_batch_size": 2, "gradient_accumulation_steps": 1, "max_steps": 6,
        "learning_rate": 2e-3, "logging_steps": 1, "save_strategy": "no", "eval_strategy": "no", "report_to": "none", "dataloader_num_workers": 0, "output_dir": out / "run",
    } | settings  # fmt: skip
    if plugin:
        (out / "plugin.py").write_text(plugin)
        wanted["external_plugins"] = out / "plugin.py"
    found = rlhf_main([text for name, value in wanted.items() for text in (f"--{name}", str(value))])
    return [row["loss"] for row in found["log_history"] if "loss" in row]


def plugin(method: str) -> str:
    """A user's plugin file."""
    return f'from veridical.integrations.ms_swift import register\nregister("{method}", {{"beta": 0.1}})\n'


@installed
def test_dpo_through_the_plugin_is_dpo_without_it(swift: Any, llava: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    theirs = losses(llava, rows, tmp_path / "theirs")
    ours = losses(llava, rows, tmp_path / "ours", plugin("dpo"))
    assert len(theirs) == 6 and len(set(theirs)) == 6
    assert ours == pytest.approx(theirs, abs=1e-5)
    assert ms_swift.Registered.__name__ == "DPOTrainer[dpo]"


@installed
def test_mdpo_trains_there(swift: Any, llava: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    found = losses(llava, rows, tmp_path / "mdpo", plugin("mdpo"))
    assert found[0] == pytest.approx(3 * math.log(2), abs=1e-5)
    assert found[-1] < 0.8 * found[0]


@installed
def test_one_run_has_one_method(swift: Any) -> None:
    register("dpo")
    with pytest.raises(NotThere, match=r"DPOTrainer\[dpo\] is registered already"):
        register("mdpo")
