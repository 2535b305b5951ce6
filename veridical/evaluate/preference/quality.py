"""How good a benchmark of preferences is: whether it can tell models apart, and whether people agree.

Source: arXiv 2406.11939, section 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy.stats import norm

Intervals = Mapping[str, tuple[float, float]]
"""(low, high) by model."""


def above(one: tuple[float, float], other: tuple[float, float]) -> int:
    """1 where the first interval lies above the second, -1 where below, 0 where they overlap."""
    return int(one[0] > other[1]) - int(one[1] < other[0])


def separability(intervals: Intervals) -> float:
    """Share of pairs of models whose intervals do not overlap."""
    return float(np.mean([above(intervals[a], intervals[b]) != 0 for a, b in combinations(sorted(intervals), 2)]))


def agreement(intervals: Intervals, people: Intervals) -> float:
    """Mean over pairs of models of 1 where both tell the two apart and agree, -1 where they disagree, 0 where either cannot tell: in [-1, 1]."""
    names = sorted(intervals.keys() & people.keys())
    return float(np.mean([above(intervals[a], intervals[b]) * above(people[a], people[b]) for a, b in combinations(names, 2)]))


def pair_rank_brier(draws: Mapping[str, Sequence[float]], truth: Mapping[str, float]) -> float:
    """Mean over pairs of models of (P(a above b) − whether a really is)², P by a normal approximation of the drawn scores: 0 is best, 0.25 a coin's."""
    pairs = list(combinations(sorted(draws.keys() & truth.keys()), 2))
    return float(np.mean([(probability_above(draws[a], draws[b]) - (truth[a] > truth[b])) ** 2 for a, b in pairs]))


def probability_above(one: Sequence[float], other: Sequence[float]) -> float:
    """P(a score like `one` is above one like `other`), both taken for normal and independent."""
    spread = float(np.hypot(np.std(one, ddof=1), np.std(other, ddof=1)))
    gap = float(np.mean(one) - np.mean(other))
    return float(norm.cdf(gap / spread)) if spread else 0.5 + 0.5 * float(np.sign(gap))
