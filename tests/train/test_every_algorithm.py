"""Every online algorithm, by its own name and nothing else: four steps in the small world, and the same again after a stop in the middle."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

from veridical.objectives.online.credit import Supervised
from veridical.objectives.online.find import algorithms, aliases, find
from veridical.recipe import OnlineRecipe, load
from veridical.records.load import save
from veridical.train.online import online
from veridical.world.tasks import task

OFTEN = {"grpo", "grpo_process", "ppo", "ppo_separate", "fact_rlhf", "rloo", "remax", "dapo", "t_grpo", "papo", "prime", "oreal", "online_dpo", "distil", "raft"}
"""One of each kind of draws, credit, companion and loss; the others are the same pieces with other numbers, and run with `make check`."""
NAMES = [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in (*algorithms(), *aliases())]
OUTCOMES = ("loss", "reward", "grad_norm", "logp", "kl", "beside/loss")


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve questions of the world that have a number for an answer."""
    target = tmp_path_factory.mktemp("world") / "count.jsonl"
    save(task("count", 12), target)
    return target


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A reward that a random model earns now and then: the share of the answer's characters that are letters; right above a half."""
    file = tmp_path_factory.mktemp("reward") / "letters.py"
    file.write_text(
        "from veridical.grade.grade import Grade\n"
        "def letters(record, response):\n"
        "    return Grade(float(sum(map(str.isalpha, response)) > 3), steps=[(place + 1, float(letter.isalpha())) for place, letter in enumerate(response)])\n"
    )
    return f"{file}:letters"


@pytest.mark.parametrize("name", NAMES)
def test_an_algorithm_learns_for_four_steps_and_continues_after_two_to_the_same_numbers(name, llava, counts, grader, tmp_path):
    keys = [
        f"model={llava}", f"data.0.path={counts}", f"algorithm={name}", "step.records=2", "length.steps=4", "save.every=2", "save.keep=9", "watch.every=100", "device=cpu",
        "optimiser.lr=1e-3", "held_out.fraction=0", "moving.every=2", "sampling.max_new_tokens=5", "algorithm_settings.draws.tries=2", "algorithm_settings.batches=2",
        "rewards.0.label=accuracy", f"rewards.0.name={grader}",
    ]  # fmt: skip
    if isinstance(find(name).credit, Supervised):
        keys += [f"rewards.1.name={grader}", "rewards.1.steps=true", "rewards.1.label=steps"]
    if find(name).draws.group > 4 or find(name).draws.group == 1:
        keys.append("algorithm_settings.draws.group=4")
    whole, again = tmp_path / "whole", tmp_path / "again"
    online(load(OnlineRecipe, None, [*keys, f"run={whole}"]), say=lambda line: None)
    again.mkdir()
    shutil.copytree(whole / "checkpoints" / "step-000002", again / "checkpoints" / "step-000002")
    online(load(OnlineRecipe, None, [*keys, f"run={again}"]), say=lambda line: None)
    ours, theirs = numbers(whole), numbers(again)
    assert sorted(ours) == list(range(4)) and all(math.isfinite(value) for row in ours.values() for value in row.values())
    assert len({tuple(row.items()) for row in ours.values()}) > 2 and all(row.get("gap", 0) < 1e-4 for row in gaps(whole))
    assert theirs == {step: ours[step] for step in (2, 3)}


def numbers(run: Path) -> dict[int, dict[str, float]]:
    """What came of each step."""
    return {row["step"]: {name: row[name] for name in OUTCOMES if name in row} for row in gaps(run)}


def gaps(run: Path) -> list[dict[str, float]]:
    """Lines of steps."""
    return [row for row in map(json.loads, (run / "metrics.jsonl").read_text().splitlines()) if "loss" in row]
