"""A reward model on disk: a Hugging Face directory (`model` or `adapter`), `reward_head.safetensors` and `reward.json` beside it."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors.torch import load_file, save_file

from veridical.models.judging.heads import Head, make_head, state_of
from veridical.models.load import ModelError
from veridical.recipe import Judging

HEAD, TOLD = "reward_head.safetensors", "reward.json"
VERSION = 1


class Told(BaseModel):
    """What a reward model's directory says of it beside its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = VERSION
    method: str = ""
    judging: Judging = Judging()
    base: str = ""
    """The model directory that the adapter belongs to."""
    mean: float = 0.0
    deviation: float = 1.0
    """Of scores on the training responses; scores in use are (r - mean) / deviation."""
    sign: int = 1
    """-1 for a model of cost, whose high scores are bad."""
    max_tokens: int = 4096
    picture_tokens: int | None = None


def write_reward(directory: Path, head: Head, told: Told) -> None:
    """The read-out and what is told of the model, beside its weights."""
    save_file({name: value.detach().cpu().contiguous() for name, value in state_of(head).items()}, directory / HEAD)
    (directory / TOLD).write_text(told.model_dump_json(indent=1))


def read_told(directory: Path) -> Told:
    """What is told of a reward model. Errors: ModelError naming the file and what is wrong with it."""
    file = directory / TOLD
    if not file.is_file():
        raise ModelError(f"{file}: missing; give a directory that `veridical reward` wrote (its run, or `final` in it)")
    try:
        content = json.loads(file.read_text())
        if int(content.get("version", 0)) > VERSION:
            raise ModelError(f"{file}: version {content['version']}, this program reads up to {VERSION}; update it")
        return Told.model_validate(content)
    except (ValidationError, ValueError, AttributeError, TypeError) as error:
        raise ModelError(f"{file}: not what a reward model says of itself: {error}") from error


def read_head(directory: Path, told: Told, width: int) -> Head:
    """The read-out. Errors: ModelError when it is missing or was made for another model."""
    head = make_head(told.judging, width)
    try:
        head.load_state_dict(load_file(directory / HEAD))
    except (OSError, RuntimeError) as error:
        why = str(error).splitlines()[0]
        raise ModelError(f"{directory / HEAD}: does not fit a model with hidden states of {width} numbers: {why}; the directory is not whole, or belongs to another base") from error
    return head


def located(path: str | Path) -> Path:
    """The directory with `reward.json`: the given one, or `final` in it."""
    path = Path(path)
    return path / "final" if not (path / TOLD).is_file() and (path / "final" / TOLD).is_file() else path
