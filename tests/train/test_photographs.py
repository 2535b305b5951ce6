"""Alignment on real photographs in two published formats, with models that read them at normal size."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
import torch
from forking import Forker
from test_resumption import losses

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("VERIDICAL_SHARED", ROOT.parent / "shared/data"))
pytestmark = pytest.mark.skipif(not (SHARED / "sharegpt4v_photos").is_dir(), reason=f"the photographs are not at {SHARED} (set VERIDICAL_SHARED)")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `examples/photographs.py` writes."""
    sys.path.insert(0, str(ROOT / "examples"))
    import photographs as script

    folder = tmp_path_factory.mktemp("photographs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["photographs.py", str(folder), "--data", str(SHARED)])
        script.main()
    sys.path.pop(0)
    return folder


@pytest.mark.slow
def test_every_rejected_response_differs_and_every_photograph_is_there(photographs: Path) -> None:
    described = [json.loads(row["text"]) for row in parquet.read_table(photographs / "rlhf_v.parquet").to_pylist()]
    assert len(described) == 60 and all(row["chosen"] != row["rejected"] and row["question"] for row in described)
    rows = [json.loads(line) for line in (photographs / "trl.jsonl").read_text().splitlines()]
    assert len(rows) == 100 and sum(len(row["images"]) for row in rows) == 377 and all(Path(path).is_file() for row in rows for path in row["images"])
    assert all(row["chosen"] != row["rejected"] for row in rows)
    assert all(sum(part["type"] == "image" for turn in row["prompt"] for part in turn["content"]) == len(row["images"]) >= 2 for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("data", ["rlhf_v.parquet", "trl.jsonl"])
@pytest.mark.parametrize("model", ["llava", "qwen2_5_vl"])
def test_alignment_on_photographs_continues_after_a_kill_and_saves_what_others_load(model: str, data: str, photographs: Path, forker: Forker, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    from veridical.models.assemble import make_policy, trial

    given = [f"model={photographs / model}", f"data.0.path={photographs / data}", "data.0.limit=16", "step.records=4", "length.steps=3"]
    given += ["save.every=1", "save.merged=true", "optimiser.lr=1e-3", "device=cpu"]
    given += ["step.picture_tokens=256"] if model == "qwen2_5_vl" else []
    assert forker.run("align", [*given, f"run={tmp_path}/smooth"])[0] == [0]
    assert forker.run("align", [*given, f"run={tmp_path}/rough"], "before a checkpoint gets its name", after=2)[0] == [-signal.SIGKILL]
    codes, said = forker.run("align", [*given, f"run={tmp_path}/rough"])
    assert codes == [0] and "step-000001" in said and "0 left out" in said
    assert losses(tmp_path / "rough") == losses(tmp_path / "smooth")

    ready = make_policy(photographs / model)
    forest, scores = trial(ready.encoder), {}
    adapted = PeftModel.from_pretrained(AutoModelForImageTextToText.from_pretrained(photographs / model), tmp_path / "rough/final/adapter")
    found: dict[str, Callable[[], torch.nn.Module]] = {
        "before": lambda: ready.policy.model, "adapter": lambda: adapted, "merged": lambda: AutoModelForImageTextToText.from_pretrained(tmp_path / "rough/final/merged"),
    }  # fmt: skip
    with torch.no_grad():
        for name, opened in found.items():
            scores[name] = type(ready.policy)(opened().eval(), ready.policy.executor)(forest).logp
    torch.testing.assert_close(scores["adapter"], scores["merged"], atol=1e-5, rtol=0)
    assert (scores["adapter"] - scores["before"]).abs().max() > 1e-3
