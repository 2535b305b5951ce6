"""Moments at which a training kills itself with SIGKILL, for the tests of exact resumption."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft  # noqa: F401 - so that forks do not import it
from transformers import AutoModelForImageTextToText, AutoTokenizer  # noqa: F401

from veridical.grade.reward import Rewards
from veridical.models.reference import Cached
from veridical.records.run import Run
from veridical.train import checkpoint, imitate, preference  # noqa: F401
from veridical.train.online import draw
from veridical.train.online.beside import Companion
from veridical.train.online.learn import Learner
from veridical.train.online.loop import Transcript
from veridical.train.reward.step import Appraiser
from veridical.train.step import Stepper


def at(owner: Any, name: str, after: int, before: Callable[..., bool] = lambda *_: True, do: Callable[..., None] = lambda *_: None) -> None:
    """Replace `owner.name`: at its `after`-th call for which `before` holds, `do` and die; it works as ever until then."""
    usual, calls = getattr(owner, name), [0]

    def deadly(*given: Any, **named: Any) -> Any:
        calls[0] += bool(before(*given))
        if before(*given) and calls[0] == after:
            do(*given)
            os.kill(os.getpid(), signal.SIGKILL)
        return usual(*given, **named)

    setattr(owner, name, deadly)


def half_a_line(run: Run, step: int, numbers: dict[str, float]) -> None:
    """Write the beginning of a line of metrics."""
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 3, "lo')


def one_file(path: Path, *_: Any) -> None:
    """Remove a part of a directory."""
    (path / "optimiser.pt").unlink()


DEATHS: dict[str, Callable[[int], None]] = {
    "in a step": lambda after: at(Stepper, "micro", after),
    "in a step of a reward model": lambda after: at(Appraiser, "micro", after),
    "before the files of a checkpoint are digested": lambda after: at(checkpoint, "digests", after, lambda path: path.name.startswith(".partial")),
    "before a checkpoint gets its name": lambda after: at(Path, "rename", after, lambda path, _: path.name.startswith(".partial")),
    "while an old checkpoint is removed": lambda after: at(shutil, "rmtree", after, lambda path, *_: Path(path).name.startswith("step-") and Path(path).exists(), one_file),
    "while a line is logged": lambda after: at(Run, "log", after, do=half_a_line),
    "while responses are drawn": lambda after: at(draw, "draw", after),
    "while responses are graded": lambda after: at(Rewards, "__call__", after),
    "while the policy learns from rollouts": lambda after: at(Learner, "learning", after),
    "while the companion learns": lambda after: at(Companion, "learn", after),
    "while a rollout is written": lambda after: at(Transcript, "__call__", after),
    "while the reference is stored": lambda after: at(Cached, "logp", after),
}
