"""What people are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class AnnotateError(ValueError):
    """Data, a database or settings with which nothing can be annotated; the message says what to change."""


@dataclass(frozen=True)
class Ask:
    """The questions of a piece of work, the same for every item and everybody."""

    aspects: Mapping[str, str] = field(default_factory=dict)
    """Name to meaning; every response gets a mark from `low` to `high` for each. None: only preferences."""
    low: int = 1
    high: int = 5
    correct: bool = True
    """Whether a response may be corrected in place."""
    labels: tuple[str, ...] = ("hallucination",)
    """What a marked stretch can be; none: nothing is marked."""
    guide: str = ""
    """Told to everybody before they begin: plain text."""
    each: int = 1
    """People who are given the same item."""
    gold_every: int = 10
    """One in so many items is a gold question, as long as there are any."""
    hold_seconds: float = 7200.0
    """After that an item that was given and not judged is given to another."""
    language: str = "en"
    """In which the page begins; everybody may change it."""
    title: str = "veridical"
