"""A grade: what one response earned, what was read out of it, and why. One signature for rewards, benchmarks and labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from veridical.records.record import Record


@dataclass(frozen=True)
class Grade:
    """The judgement of one response to one record's prompt."""

    value: float | None
    """Score, in [0, 1] where the grader says nothing else; None: not scored, which is not the same as wrong."""
    answer: str | None = None
    """What was read out of the response; None: nothing could be read."""
    why: str = ""
    """The reason, for a person."""
    counts: Mapping[str, float] = field(default_factory=dict)
    """Numerators and denominators of metrics that are ratios over many responses. "unparsed": 1 where the answer could not be read."""
    wrong: tuple[str, ...] = ()
    """Words of the response that are false, as they are written there (lower case)."""
    steps: tuple[tuple[int, float], ...] = ()
    """Where each step of the response ends, in characters, and what it is worth."""


Grader = Callable[[Record, str], Grade]
"""(record, response) -> grade. Pure: the same arguments give the same grade."""


class BatchGrader(Protocol):
    """A grader that holds a model or waits for a server: it stays in the process that made it and grades many responses at once."""

    def __call__(self, record: Record, response: str) -> Grade:
        """The grade of one response."""
        ...

    def many(self, records: Sequence[Record], responses: Sequence[str]) -> list[Grade]:
        """A grade for each response to the record in the same place."""
        ...


class NotInstalled(RuntimeError):
    """A grader needs a package, or its data, that is not here; the message says how to install it and what works without."""
