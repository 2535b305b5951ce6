"""A reward model on real photographs, in LLaVA-RLHF's published format, with a small Qwen2.5-VL."""

from __future__ import annotations

import json
import math
import os
import signal
from pathlib import Path

import pytest
from forking import Forker
from test_resumption import losses

from veridical.models.judging import load_judge
from veridical.models.small.build import build
from veridical.records.load import Source, load

SHARED = Path(os.environ.get("VERIDICAL_SHARED", Path(__file__).resolve().parents[3] / "shared/data"))
pytestmark = pytest.mark.skipif(not (SHARED / "rlaif_v_examples").is_dir(), reason=f"the photographs are not at {SHARED} (set VERIDICAL_SHARED)")


@pytest.fixture(scope="module")
def preference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten questions about photographs with two outputs, one of them preferred."""
    pictures = sorted((SHARED / "rlaif_v_examples/imgs_detail").iterdir())[:10]
    rows = [
        {
            "id": str(number), "image": str(picture), "preference": 1 + number % 2,
            "conversations": [{"from": "human", "value": "<image>\nWhat is to be seen here?"}, {"from": "gpt", "value": ""}],
            "output_1": {"from": "llava", "value": "A large building." if number % 2 == 0 else "I do not know."},
            "output_2": {"from": "llava", "value": "I cannot say, perhaps a dog." if number % 2 == 0 else "There is a tall tower beside the water."},
        }
        for number, picture in enumerate(pictures)
    ]  # fmt: skip
    file = tmp_path_factory.mktemp("llava_rlhf") / "preference.json"
    file.write_text(json.dumps(rows))
    return file


def test_a_reward_model_of_photographs_continues_after_a_kill_and_is_read_again(preference: Path, forker: Forker, tmp_path: Path) -> None:
    model = build("qwen2_5_vl").save(tmp_path / "qwen")
    given = [f"model={model}", f"data.0.path={preference}", "step.records=4", "length.steps=3", "save.every=1", "optimiser.lr=1e-3"]
    given += ["held_out.fraction=0.2", "step.picture_tokens=40", "device=cpu"]
    assert forker.run("reward", [*given, f"run={tmp_path}/smooth"])[0] == [0]
    assert forker.run("reward", [*given, f"run={tmp_path}/rough"], "before a checkpoint gets its name", after=2)[0] == [-signal.SIGKILL]
    codes, said = forker.run("reward", [*given, f"run={tmp_path}/rough"])
    assert codes == [0] and "llava_rlhf (fields output_1" in said and "step-000001" in said and "0 left out" in said
    assert losses(tmp_path / "rough") == losses(tmp_path / "smooth")

    records = load(Source(path=str(preference))).records[:2]
    responses = [[response.text for response in record.responses] for record in records]
    rough, smooth = (load_judge(tmp_path / name, executor="state").scores(records, responses) for name in ("rough", "smooth"))
    assert rough == smooth and all(math.isfinite(score) for own in rough for score in own)
    swapped = [record.replace(media=other.media) for record, other in zip(records, reversed(records), strict=True)]
    assert load_judge(tmp_path / "rough", executor="state").scores(swapped, responses) != rough
