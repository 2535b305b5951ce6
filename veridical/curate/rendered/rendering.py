"""A kind of picture: how it is drawn from a seed, and what can be asked about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from veridical.curate.rendered.asked import Asked
from veridical.curate.rendered.sheet import Sheet

SMALLEST, LARGEST = 256, 1024
"""Pixels of the longer side."""


@dataclass(frozen=True)
class Wish:
    """What a picture is to be like."""

    size: int
    """Pixels of the longer side."""
    difficulty: int
    """1 (few things, values printed), 2, or 3 (many things, values to be read off an axis, several steps)."""
    font: str = ""
    """A font file; "" for the font that comes with Pillow."""


@dataclass(frozen=True)
class Drawn:
    """A picture with the facts that it was drawn from."""

    sheet: Sheet
    truth: Any
    """What the kind's questions are asked about."""
    facts: dict[str, Any]
    """The same as JSON: all that is needed to answer every question."""


Question = Callable[[Any, np.random.Generator], Asked | None]
"""(truth, rng) -> a question, or None where the truth gives no occasion, or the answer would be ambiguous."""


@dataclass(frozen=True)
class Rendering:
    """A kind of rendered picture: a value at the end of its module."""

    name: str
    family: str
    """charts, documents, geometry or screens."""
    task: str
    """What a record of it trains, as records name tasks: chart, ocr, mathematics, gui."""
    shows: str
    draw: Callable[[Wish, np.random.Generator], Drawn]
    """Errors: Crowded where a drawn content has no room; it is drawn anew."""
    questions: tuple[Question, ...]
    least: int = SMALLEST
    """The smallest size at which it can be read."""
