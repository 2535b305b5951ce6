"""Every builder of the comparison, from the command line: killed twice at moments that a seed chooses, and started again, it writes the bytes of a run left alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from veridical.recipe import BuilderChoice, BuildersRecipe, load
from veridical.records.load import save
from veridical.study.built import TOWERS, settled
from veridical.study.world_judge import WorldJudge
from veridical.study.world_judge.served import serving
from veridical.world import CHECKPOINT
from veridical.world.states import ASKED
from veridical.world.towers import make_towers

SCENES = 10
CHOICES = load(BuildersRecipe, "builders").builders


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """A comparison of ten scenes, with towers that know next to nothing."""
    folder = tmp_path_factory.mktemp("builders")
    make_towers(folder / TOWERS, 2, batch=8, say=lambda line: None)
    return BuildersRecipe(model=str(CHECKPOINT), builders=CHOICES, scenes=SCENES, generation={"max_new_tokens": 48, "batch": 4}, run=str(folder))


def started(settings: Path, run: Path) -> subprocess.Popen[bytes]:
    """The command, in a group of its own."""
    return subprocess.Popen([sys.executable, "-m", "veridical", "build", str(settings), f"run={run}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


@pytest.mark.slow
@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.label or choice.builder)
def test_killed_and_started_again_the_pairs_are_the_same_bytes(choice: BuilderChoice, recipe: BuildersRecipe, tmp_path: Path) -> None:
    data = tmp_path / "prompts.jsonl"
    save(ASKED[choice.asks](SCENES), data)
    with serving(WorldJudge(SCENES, recipe.error, recipe.seed), Path(recipe.run)) as address:
        settings = tmp_path / "recipe.yaml"
        settings.write_text(yaml.safe_dump(json.loads(settled(recipe, choice, data, address).model_dump_json())))
        begun = time.monotonic()
        whole = started(settings, tmp_path / "whole")
        assert whole.wait(600) == 0, whole.stderr.read().decode()[-500:]
        lasted, rng = time.monotonic() - begun, np.random.default_rng([len(choice.builder), sum(map(ord, choice.builder))])
        for _ in range(2):
            dying = started(settings, tmp_path / "killed")
            try:
                dying.wait(float(rng.uniform(0.4, 0.95)) * lasted)
            except subprocess.TimeoutExpired:
                os.killpg(dying.pid, signal.SIGKILL)
                dying.wait()
        last = started(settings, tmp_path / "killed")
        assert last.wait(600) == 0, last.stderr.read().decode()[-500:]
    assert (tmp_path / "killed" / "pairs.jsonl").read_bytes() == (tmp_path / "whole" / "pairs.jsonl").read_bytes()
    assert json.loads((tmp_path / "whole" / "built.json").read_text())["pairs"] > 0
