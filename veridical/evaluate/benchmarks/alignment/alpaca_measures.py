"""What AlpacaEval counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from veridical.evaluate.judged import unjudged
from veridical.evaluate.labels import is_labelled
from veridical.evaluate.measure import Measure, Tally, accuracy, cluster, mean, per_row, percent, share, where
from veridical.evaluate.preference.length_controlled import NONE, Controlled, Gamed, length_controlled
from veridical.records.result import Row

WIN = accuracy("win_rate")
"""Mean probability of being preferred."""


def measures(datasets: Sequence[str]) -> tuple[Measure, ...]:
    """Length-controlled and raw win rates with the standard errors that the program prints, by part, and how long the responses are."""
    return (
        controlled("lc_win_rate"), WIN, discrete(), printed_error("standard_error"), controlled_error("lc_standard_error"),
        share("draws", lambda row: row.value == 0.5 if row.value is not None else None, ""),
        *(where(WIN, lambda row, name=name: is_labelled(row, "dataset", name), f"{name}.win_rate") for name in datasets),
        mean("characters", lambda row: float(len(row.response)), "", "characters"), mean("words", lambda row: float(len(row.response.split())), "", "words"), unjudged(),
    )  # fmt: skip


def discrete() -> Measure:
    """Share of preferences of more than half; a draw is half."""

    def count(row: Row) -> tuple[float, float] | None:
        return None if row.value is None else (0.5 + 0.5 * (row.value > 0.5) - 0.5 * (row.value < 0.5), 1.0)

    return Measure("discrete_win_rate", per_row(count, 2), lambda sums: percent(sums[..., 0], sums[..., 1]))


def standard_error(sums: np.ndarray) -> np.ndarray:
    """100 · sample standard deviation / √n, of sums of x, x² and 1; nan below two."""
    total, squares, n = (np.asarray(sums[..., place], dtype=float) for place in range(3))
    free = np.where(n > 1, n - 1, np.nan)
    return 100 * np.sqrt(np.maximum(squares - total**2 / np.where(n > 0, n, np.nan), 0) / free / n)


def printed_error(name: str) -> Measure:
    """The standard error of a mean over rows."""

    def count(row: Row) -> tuple[float, float, float] | None:
        return None if row.value is None else (row.value, row.value**2, 1.0)

    return Measure(name, per_row(count, 3), standard_error, "")


def gamed_of(rows: Sequence[Row]) -> Gamed:
    """The gamed comparisons that the rows hold, in the order of their file: the first of every row, the second of every row ..."""
    held = max((sum(name.endswith(".length") for name in row.counts) for row in rows), default=0)
    starts = [(row, f"gamed{number}") for number in range(held) for row in rows if f"gamed{number}.length" in row.counts]
    return Gamed(*np.array([[row.counts[f"{start}.{name}"] for name in Gamed._fields] for row, start in starts]).T) if starts else NONE


def asked(rows: Sequence[Row]) -> list[Row]:
    """The rows whose judge could be had, whatever it said."""
    return [row for row in rows if "difference" in row.counts]


def fit(rows: Sequence[Row]) -> Controlled | None:
    """The fit to such rows; None where no judge had a preference. The baseline's own responses are half, by definition."""
    if not any(row.value is not None for row in rows):
        return None
    if all(row.value == 0.5 and not row.counts["difference"] for row in rows):
        return Controlled(np.full(len(rows), 0.5), np.full(len(rows), 0.5), {})
    preference = np.array([np.nan if row.value is None else row.value for row in rows])
    difference = np.array([row.counts["difference"] for row in rows])
    difficulty = np.array([row.counts["difficulty"] for row in rows]) if all("difficulty" in row.counts for row in rows) else None
    return length_controlled(preference, difference, difficulty, gamed_of(rows))


def controlled(name: str) -> Measure:
    """The win rate at equal length, over all rows, judged or not; its interval knows how rows move the fit (to first order)."""

    def tally(rows: Sequence[Row]) -> Tally:
        kept = asked(rows)
        found = fit(kept)
        lines = np.zeros((0, 2)) if found is None else np.stack([found.influence, np.ones(len(kept))], 1)
        return Tally(tuple(map(cluster, kept[: len(lines)])), lines)

    return Measure(name, tally, lambda sums: percent(sums[..., 0], sums[..., 1]))


def controlled_error(name: str) -> Measure:
    """The standard error that the program prints: of the predictions, with the fit held fixed. The interval of the win rate is the honest one."""

    def tally(rows: Sequence[Row]) -> Tally:
        kept = asked(rows)
        found = fit(kept)
        lines = np.zeros((0, 3)) if found is None else np.stack([found.predicted, found.predicted**2, np.ones(len(kept))], 1)
        return Tally(tuple(map(cluster, kept[: len(lines)])), lines)

    return Measure(name, tally, standard_error, "")
