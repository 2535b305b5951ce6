"""Intervals and tests over graded rows. Resampling takes whole clusters (pictures), with a seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from scipy.stats import binom, norm

RESAMPLES = 10_000
SEED = 0
CHUNK = 4_000_000
"""Random numbers that are held in memory at a time."""

Statistic = Callable[[np.ndarray], np.ndarray]
"""Sums [..., k] -> number [...]; nan where it is undefined."""


class Interval(NamedTuple):
    """A 95% interval."""

    low: float
    high: float


def wilson(hits: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion, as shares; the whole of [0, 1] when n is 0.

        (p + z²/2n ± z · sqrt(p(1 − p)/n + z²/4n²)) / (1 + z²/n)      p = hits / n

    Source: E. B. Wilson, Probable inference, 1927.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    z, p = float(norm.ppf(0.5 + level / 2)), hits / n
    centre, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(max(0.0, (centre - spread) / (1 + z * z / n)), min(1.0, (centre + spread) / (1 + z * z / n)))


def resampled(sums: np.ndarray, resamples: int = RESAMPLES, seed: int = SEED) -> Iterator[np.ndarray]:
    """Column sums of `resamples` draws of G clusters with replacement, in pieces [r, k]; `sums` is [G, k].

    The same seed and number of clusters draw the same clusters, so two models are compared on the same draws.
    """
    clusters, rng = len(sums), np.random.default_rng(seed)
    rows = max(1, CHUNK // clusters)
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        drawn = rng.integers(0, clusters, (size, clusters)) + np.arange(size)[:, None] * clusters
        yield np.bincount(drawn.ravel(), minlength=size * clusters).reshape(size, clusters) @ sums


def percentiles(values: np.ndarray, level: float = 0.95) -> Interval:
    """The middle `level` of the values that are defined; the whole line when none is."""
    defined = values[np.isfinite(values)]
    if not len(defined):
        return Interval(-math.inf, math.inf)
    low, high = np.quantile(defined, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(float(low), float(high))


def bootstrap(sums: np.ndarray, statistic: Statistic, resamples: int = RESAMPLES, seed: int = SEED) -> Interval:
    """The percentile bootstrap interval of `statistic` of the column sums, clusters [G, k] drawn with replacement.

    Source: Efron and Tibshirani, An introduction to the bootstrap, 1993, chapter 13.
    """
    return percentiles(np.concatenate([statistic(drawn) for drawn in resampled(sums, resamples, seed)]))


def two_sided(differences: np.ndarray) -> float:
    """How often a resampled difference lies beyond 0, both sides: p of the hypothesis that nothing changed.

        p = min(1, 2 · (1 + min(#{d ≤ 0}, #{d ≥ 0})) / (1 + #d))

    Identical results give only zeros, and 1.
    """
    defined = differences[np.isfinite(differences)]
    beyond = min(np.count_nonzero(defined <= 0), np.count_nonzero(defined >= 0))
    return min(1.0, 2 * (1 + beyond) / (1 + len(defined)))


def paired_bootstrap(before: np.ndarray, after: np.ndarray, statistic: Statistic, resamples: int = RESAMPLES, seed: int = SEED) -> tuple[Interval, float]:
    """Interval and p of statistic(after) − statistic(before); row g of both [G, k] is the same cluster, and is drawn for both."""
    width = before.shape[1]
    drawn = resampled(np.concatenate([before, after], axis=1), resamples, seed)
    differences = np.concatenate([statistic(sums[:, width:]) - statistic(sums[:, :width]) for sums in drawn])
    return percentiles(differences), two_sided(differences)


def mcnemar(fixed: int, broke: int) -> float:
    """Exact p of McNemar's test: of the rows that changed, `fixed` became right and `broke` became wrong.

        p = min(1, 2 · P(X ≤ min(fixed, broke))),  X ~ Binomial(fixed + broke, 1/2)

    Source: Q. McNemar, 1947, in its exact binomial form.
    """
    return min(1.0, 2 * float(binom.cdf(min(fixed, broke), fixed + broke, 0.5))) if fixed + broke else 1.0


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """p values adjusted so that the chance of any false alarm among all of them stays bounded.

        adjusted₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1) · p₍ⱼ₎),  sorted from the smallest, m values

    Source: S. Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    adjusted, largest = {}, 0.0
    for rank, name in enumerate(sorted(p, key=lambda key: p[key])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p}
