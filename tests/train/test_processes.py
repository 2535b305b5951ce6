"""Two processes give the losses of one, also in steps whose records do not divide between them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from forking import Forker, free_port
from test_resumption import losses

EVERYTHING = ["watch.every=2", "save.every=2", "step.micro_tokens=150"]
LAYOUT = ("padding", "tokens", "held_out/padding", "held_out/tokens")
"""How records are laid out in batches depends on who computes them."""


def agree(one: Path, two: Path) -> None:
    """The same steps with the same numbers, to 1e-5."""
    first, second = ([{name: value for name, value in line.items() if name not in LAYOUT} for line in losses(run)] for run in (one, two))
    assert len(first) == len(second) > 4
    for ours, theirs in zip(second, first, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5, rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("align", ["method=dpo", "step.records=3"]),  # shares of one and two records
        ("align", ["method=mdpo", "step.records=1", "reference=cache"]),  # one process has nothing to do
        pytest.param("align", ["method=dpo", "step.records=5", "parts.tower=lora", "parts.projector=full", "reference=copy"], marks=pytest.mark.slow),  # some batches have no picture for the tower
        ("align", ["method=kto", "step.records=3"]),  # compares the records of both processes
        pytest.param("align", ["method=beta_dpo", "step.records=4", "step.micro_tokens=1"], marks=pytest.mark.slow),
        ("imitate", ["step.records=3"]),
        pytest.param("imitate", ["step.records=1", "parts.tower=full", "parts.projector=full"], marks=pytest.mark.slow),
    ],
)
def test_two_processes_give_the_losses_of_one(kind: str, given: list[str], forker: Forker, keys: Callable[..., list[str]], talks: Path, tmp_path: Path) -> None:
    data = [f"data.0.path={talks}"] if kind == "imitate" else []
    for processes in (1, 2):
        codes, said = forker.run(kind, keys(*EVERYTHING, *given, *data, f"run={tmp_path}/{processes}"), processes=processes)
        assert codes == [0] * processes, said
        assert said.count("executor state") == 1
    agree(tmp_path / "1", tmp_path / "2")


def test_a_run_that_two_processes_began_is_continued_by_one(forker: Forker, keys: Callable[..., list[str]], tmp_path: Path) -> None:
    assert forker.run("align", keys(*EVERYTHING, f"run={tmp_path}/one"))[0] == [0]
    assert forker.run("align", keys(*EVERYTHING, f"run={tmp_path}/two"), death="before a checkpoint gets its name", after=2, processes=2)[0] != [0, 0]
    codes, said = forker.run("align", keys(*EVERYTHING, f"run={tmp_path}/two"))
    assert codes == [0] and "continuing from" in said
    agree(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", pytest.param("mdpo", marks=pytest.mark.slow)])
def test_accelerate_launch_with_two_processes_gives_the_losses_of_one(method: str, aligned: Callable[..., list[str]], keys: Callable[..., list[str]], tmp_path: Path) -> None:
    aligned(f"method={method}", *EVERYTHING, f"run={tmp_path}/one")
    script = tmp_path / "train.py"
    lines = "import os, sys", "assert os.environ['WORLD_SIZE'] == '2'", "from veridical.recipe import AlignRecipe, load", "from veridical.train.preference import align"
    script.write_text("\n".join([*lines, "align(load(AlignRecipe, None, sys.argv[1:]))", ""]))
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--main_process_port", str(free_port()), str(script)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([*launch, *keys(f"method={method}", *EVERYTHING, f"run={tmp_path}/two")], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    agree(tmp_path / "one", tmp_path / "two")
