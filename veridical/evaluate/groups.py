"""Measures over groups of a benchmark's rows: a record id is pieces between slashes ("VS/chart/1/0/3"), and each piece names a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from veridical.evaluate.measure import Measure, combination, recall, share, where
from veridical.records.result import Row


def piece(row: Row, place: int) -> str:
    """The piece of the row's id in that place; "" where there is none."""
    pieces = row.record_id.split("/")
    return pieces[place] if place < len(pieces) else ""


def within(measure: Measure, place: int, value: str, name: str = "") -> Measure:
    """The measure over the rows whose id has `value` in that place, called "value.measure"."""
    return where(measure, lambda row: piece(row, place) == value, name or f"{value}.{measure.name}")


def each(measures: Sequence[Measure], place: int, values: Sequence[str]) -> list[Measure]:
    """Each measure within each value of a piece."""
    return [within(measure, place, value) for value in values for measure in measures]


def key(*places: int) -> Callable[[Row], str]:
    """A row's group by several pieces of its id."""
    return lambda row: "/".join(piece(row, place) for place in places)


def harmonic(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """2·a·b / (a + b); 0 where both are 0."""
    total = np.asarray(one) + np.asarray(other)
    return np.divide(2 * np.asarray(one) * np.asarray(other), total, out=np.zeros(np.shape(total)), where=total != 0)


def both_recalls(name: str) -> Measure:
    """Harmonic mean of the recalls of yes and of no: 0 for who always says one of them. Wherever one of the two is not asked, it is undefined."""
    return combination(name, (recall("yes"), recall("no")), harmonic)


def said_yes(row: Row) -> bool | None:
    """Whether the response amounts to yes, told from its being right or wrong (as scorers tell it that keep nothing else)."""
    return None if row.value is None else (row.value == 1) == (row.gold == "yes")


def yes_difference() -> Measure:
    """Share of responses that amount to yes, less the share of questions whose answer is yes: 0 for an unbiased model."""
    return combination("yes_difference", (share("said", said_yes), share("gold", lambda row: row.gold == "yes")), lambda said, gold: said - gold, "")


def false_yes() -> Measure:
    """Of the wrong responses, the share that says yes to what is not so."""
    return share("false_yes", lambda row: row.gold == "no" if row.value is not None and row.value < 1 else None, "")
