"""What a harness left behind of one model on one task, before it becomes a result: its numbers and its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EVERY = ""
"""The name of a row's score that stands for every number of its task."""


@dataclass(frozen=True)
class Number:
    """A number as the harness printed it."""

    value: float
    error: float | None = None
    """Its standard error, where the harness tells one."""
    better: str = ""
    """ "higher", "lower", or "" where the harness does not say."""
    may_add_up: bool = True
    """Whether it may be a mean of rows at all: an F1 is none, though on few rows it may equal one."""


@dataclass(frozen=True)
class Said:
    """One row: what was asked, what the model said, what the harness gave for it."""

    record_id: str
    prompt: str = ""
    response: str = ""
    gold: str = ""
    answer: str | None = None
    """What the harness read out of the response, where it tells."""
    group: str = ""
    """Which picture was shown, where the harness tells."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """By the name of the number that they make up; `EVERY` where they belong to all."""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What kind of question it is: {"category": ("count",)}. One of several kinds may count in each of them."""
    identity: str = ""
    """Equal for equal questions."""

    @property
    def times(self) -> int:
        """How often the row counts among all rows of a harness that takes it once for each of its kinds."""
        return max(map(len, self.labels.values()), default=1)


@dataclass(frozen=True)
class Left:
    """What could not be taken over, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Taken:
    """One model on one task."""

    harness: str
    task: str
    model: str
    numbers: Mapping[str, Number]
    rows: tuple[Said, ...]
    settings: Mapping[str, Any]
    """What moves the numbers and is not the model: version, generation settings, judge."""
    file: str = ""
    """Where it was read."""


@dataclass(frozen=True)
class Found:
    """All that a layout holds below a folder."""

    taken: Sequence[Taken] = ()
    left: Sequence[Left] = ()


@dataclass(frozen=True)
class Layout:
    """How a harness lays out its files."""

    name: str
    find: Callable[[Path], Found]
    """(folder) -> everything of this layout below it; errors of single files are told in `left`."""
