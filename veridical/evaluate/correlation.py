"""Correlation between two numbers of each row, by the sums that give it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import rankdata

from veridical.evaluate.measure import Measure, Tally, cluster, quotient
from veridical.records.result import Row

Number = Callable[[Row], float | None]


def pearson(name: str, one: Number, other: Number, group: Callable[[Row], str] = lambda row: "", ranked: bool = False) -> Measure:
    """The mean over groups of rows of Pearson's correlation; with `ranked` of the ranks, which is Spearman's.

        r = (n Sxy - Sx Sy) / sqrt((n Sxx - Sx^2)(n Syy - Sy^2))

    A group in which one of the numbers is constant has none; where no group has, the number is undefined. Resamples keep the ranks of all rows.
    """

    def tally(rows: Sequence[Row]) -> Tally:
        known = [(row, x, y, group(row)) for row in rows if (x := one(row)) is not None and (y := other(row)) is not None]
        names = sorted({name for *_, name in known})
        lines = np.zeros((len(known), 6 * len(names)))
        for place, name in enumerate(names):
            own = [line for line, (*_, other_name) in enumerate(known) if other_name == name]
            xs, ys = (centred([known[line][column] for line in own], ranked) for column in (1, 2))
            lines[own, 6 * place : 6 * place + 6] = np.stack([np.ones(len(own)), xs, ys, xs * xs, ys * ys, xs * ys], axis=-1)
        return Tally(tuple(cluster(row) for row, *_ in known), lines)

    return Measure(name, tally, mean_correlation, unit="")


def centred(values: Sequence[float], ranked: bool) -> np.ndarray:
    """The numbers, or their ranks (ties share the mean), less their mean: correlations do not change, and sums lose no digits."""
    found = np.asarray(rankdata(values) if ranked else values, dtype=float)
    return found - found.mean()


def mean_correlation(sums: np.ndarray) -> np.ndarray:
    """The mean over groups of the correlation that each group's six sums give."""
    n, x, y, xx, yy, xy = np.moveaxis(np.asarray(sums).reshape(*np.shape(sums)[:-1], -1, 6), -1, 0)
    spreads = np.clip(n * xx - x * x, 0, None), np.clip(n * yy - y * y, 0, None)
    constant = [spread <= 1e-12 * np.maximum(n * square, 1e-300) for spread, square in zip(spreads, (xx, yy))]
    bottom = np.where(constant[0] | constant[1], 0.0, np.sqrt(spreads[0] * spreads[1]))
    found = quotient(n * xy - x * y, bottom)
    return quotient(np.where(np.isfinite(found), found, 0).sum(-1), np.isfinite(found).sum(-1))
