"""Every method, by its own name and nothing else: ten steps in the small world, and the same again after a stop in the middle."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

from veridical.objectives.find import aliases, methods
from veridical.recipe import AlignRecipe, load
from veridical.records.load import save
from veridical.train.preference import align
from veridical.world.records import pairs as world_pairs

NAMES = [*methods(), *(pytest.param(name, marks=pytest.mark.slow) for name in aliases())]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pairs of the world's default file."""
    target = tmp_path_factory.mktemp("world") / "pairs.jsonl"
    save(world_pairs(12), target)
    return target


@pytest.mark.parametrize("name", NAMES)
def test_a_method_trains_for_ten_steps_and_continues_after_five_to_the_same_losses(name, llava, world, tmp_path):
    keys = [
        f"model={llava}", f"data.0.path={world}", f"method={name}", "step.records=2", "length.steps=10", "save.every=5", "save.keep=9", "watch.every=100",
        "device=cpu", "optimiser.lr=1e-4", "held_out.fraction=0", "moving.every=2",
    ]  # fmt: skip
    whole, again = tmp_path / "whole", tmp_path / "again"
    align(load(AlignRecipe, None, [*keys, f"run={whole}"]), say=lambda line: None)
    again.mkdir()
    shutil.copytree(whole / "checkpoints" / "step-000005", again / "checkpoints" / "step-000005")
    align(load(AlignRecipe, None, [*keys, f"run={again}"]), say=lambda line: None)
    ours, theirs = losses(whole), losses(again)
    assert sorted(ours) == list(range(10)) and all(math.isfinite(loss) for loss in ours.values())
    assert len(set(ours.values())) > 2
    assert theirs == {step: ours[step] for step in range(5, 10)}


def losses(run: Path) -> dict[int, float]:
    """Loss by step."""
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return {row["step"]: row["loss"] for row in rows if "loss" in row}
