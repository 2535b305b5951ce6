"""Every method as a user types it: ten steps in the world's model, and the second half again in another process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from veridical.objectives.find import aliases, methods
from veridical.records.load import save
from veridical.world.records import pairs as world_pairs


@pytest.mark.slow
@pytest.mark.parametrize("name", [*methods(), *aliases()])
def test_a_method_named_on_the_command_line_trains_and_continues(name: str, llava: Path, tmp_path: Path) -> None:
    save(world_pairs(12), tmp_path / "pairs.jsonl")
    command = [
        sys.executable, "-m", "veridical", "align", f"model={llava}", f"data.0.path={tmp_path / 'pairs.jsonl'}", f"method={name}", "step.records=2", "length.steps=10", "save.every=5",
        "save.keep=9", "device=cpu", f"run={tmp_path / 'run'}",
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    first = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert first.returncode == 0, first.stderr[-2000:]
    whole = losses(tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "step-000010")
    again = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert again.returncode == 0 and "continuing from" in again.stdout, again.stderr[-2000:]
    assert len(whole) == 10 and losses(tmp_path / "run") == whole


def losses(run: Path) -> dict[int, float]:
    """Loss by step."""
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return {row["step"]: row["loss"] for row in rows if "loss" in row}
