"""What both loops do before they begin: a policy that has proved itself, and a run directory that says what is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import yaml
from accelerate import Accelerator

from veridical.models.assemble import Ready, make_policy, summary, trial
from veridical.models.forest import Forest, Inputs
from veridical.models.parts import describe
from veridical.recipe import Train, dump
from veridical.records.run import Run
from veridical.train import checkpoint
from veridical.train.data import Data
from veridical.train.session import Say, Session, master_weights


def open_policy(recipe: Train, accelerator: Accelerator, say: Say) -> Ready:
    """The recipe's model on the device of this process; what was proved and which parts train is said.

    Errors: ModelError for an unusable directory, Unsupported when no executor agrees with the model.
    """
    torch.manual_seed(recipe.seed)  # adapters start from random numbers
    ready = make_policy(
        recipe.model, recipe.adapter, recipe.parts.model_dump(), recipe.lora.model_dump(), recipe.executor, recipe.precision,
        recipe.attention, recipe.step.max_tokens, recipe.step.picture_tokens, str(accelerator.device),
    )  # fmt: skip
    master_weights(ready.policy)
    say(summary(ready) + "\n" + describe(ready.parts))
    return ready


def silent(line: str) -> None:
    """Says nothing: of several processes only the main one talks."""


def stand_in(ready: Ready, accelerator: Accelerator) -> Forest | None:
    """What a process without records computes, where there are several processes."""
    return trial(ready.encoder) if accelerator.num_processes > 1 else None


def blank(ready: Ready, accelerator: Accelerator) -> Inputs | None:
    """A picture for batches without one, where the tower trains."""
    return {name: value.to(accelerator.device) for name, value in ready.encoder.blank().items()} if ready.policy.trains_tower else None


def open_run(recipe: Train, data: Data, accelerator: Accelerator, say: Say) -> Run:
    """The run directory with resolved recipe, versions and data; settings that differ from those of a run that it continues are said."""
    run = Run(Path(recipe.run), writes=accelerator.is_main_process)
    if checkpoint.numbered(run.checkpoints):
        for line in differences(run.path / "recipe.yaml", recipe):
            say(f"changed since this run began: {line}")
    accelerator.wait_for_everyone()
    run.start(dump(recipe), data.sources)
    return run


def extent(data: Data, steps: int, recipe: Train) -> str:
    """How much there is to do, in a line."""
    return f"{len(data.train)} records in {steps} steps of {recipe.step.records}, {len(data.held)} held out, {len(data.left_out)} left out"


def ended(session: Session, data: Data, finished: bool) -> None:
    """Write the final weights of a run that is through, and say where they are and what was left out."""
    if finished:
        session.say(f"the model: {session.finish()}")
    if data.left_out:
        session.say(f"{len(data.left_out)} rows were left out; {session.run.path / 'data.json'} says which and why")


def differences(written: Path, recipe: Train) -> list[str]:
    """Settings that differ from a written recipe, as "step.records: 16 -> 8"."""
    try:
        before = dict(flat(yaml.safe_load(written.read_text())))
    except (OSError, yaml.YAMLError, AttributeError):
        return []
    now = dict(flat(recipe.model_dump(mode="json")))
    return [f"{key}: {before.get(key)} -> {now.get(key)}" for key in sorted(before | now) if before.get(key) != now.get(key)]


def flat(content: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested settings by dotted key."""
    for key, value in content.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
