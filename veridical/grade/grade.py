"""A grade: what one response earned, what was read out of it, and why. One signature for rewards, benchmarks and labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from veridical.records.record import Record


@dataclass(frozen=True)
class Grade:
    """The judgement of one response to one record's prompt."""

    value: float | None
    """Score in [0, 1]; None: not scored, which is not the same as wrong."""
    answer: str | None = None
    """What was read out of the response; None: nothing could be read."""
    why: str = ""
    """The reason, for a person."""
    counts: Mapping[str, float] = field(default_factory=dict)
    """Numerators and denominators of metrics that are ratios over many responses. "unparsed": 1 where the answer could not be read."""
    wrong: tuple[str, ...] = ()
    """Words of the response that are false, as they are written there (lower case)."""


Grader = Callable[[Record, str], Grade]
"""(record, response) -> grade. Pure: the same arguments give the same grade."""


class NotInstalled(RuntimeError):
    """A grader needs a package, or its data, that is not here; the message says how to install it and what works without."""
