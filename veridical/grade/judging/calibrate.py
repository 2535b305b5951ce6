"""A judge's win rate, corrected by people's labels: prediction-powered inference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean


@dataclass(frozen=True)
class Rate:
    """A share with its interval."""

    value: float
    low: float
    high: float
    trust: float
    """How much of the judge enters: 0 people alone, 1 the judge's mean with its bias taken off."""
    people: int
    judged: int
    """Items that only the judge has seen."""

    def __str__(self) -> str:
        return f"{self.value:.1%} [{self.low:.1%}, {self.high:.1%}] ({self.people} labels of people, {self.judged} of the judge alone, trust {self.trust:.2f})"


def corrected_rate(people: Sequence[float], beside: Sequence[float], alone: Sequence[float], trust: float | None = None, level: float = 0.95) -> Rate:
    """The win rate that people would find, from few labels of theirs and many of a judge.

        rate = mean(people) + trust · (mean(alone) - mean(beside))
        variance = trust² · var(judge) / N + var(people - trust · beside) / n

    Labels are in [0, 1], ties 0.5. `people` and `beside` are people's and the judge's labels of the same n items, `alone` the judge's of N others that
    people did not see; var(judge) is of both together. The labelled items must be drawn at random from all. Trust None is the one with the least variance,
    cov(people, beside) / ((1 + n / N) · var(judge)), between 0 and 1: a judge that knows nothing costs nothing.

    Errors: ValueError for fewer than two labels or lists of different length.

    Source: Angelopoulos et al., arXiv:2301.09633 (trust 1), and arXiv:2311.01453, Section 6 (trust that is tuned).
    """
    count, others = len(people), len(alone)
    if count < 2 or len(beside) != count:
        raise ValueError(f"a corrected rate needs at least two labels of people, each beside one of the judge; found {count} and {len(beside)}")
    spread = variance([*beside, *alone])
    if others == 0 or spread == 0:
        trust = 0.0
    elif trust is None:
        trust = min(1.0, max(0.0, covariance(people, beside) / ((1 + count / others) * spread)))
    value = fmean(people) + (trust * (fmean(alone) - fmean(beside)) if others else 0.0)
    rest = variance([person - trust * judge for person, judge in zip(people, beside, strict=True)])
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt((trust**2 * spread / others if others else 0.0) + rest / count)
    return Rate(inside(value), inside(value - half), inside(value + half), trust, count, others)


def inside(value: float) -> float:
    """A share is from 0 to 1; a correction may point further."""
    return min(1.0, max(0.0, value))


def variance(values: Sequence[float]) -> float:
    """Sum of squared distances from the mean, divided by one less than their number."""
    return covariance(values, values)


def covariance(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Sum of products of distances from the means, divided by one less than their number."""
    mine, their = fmean(ours), fmean(theirs)
    return sum((one - mine) * (other - their) for one, other in zip(ours, theirs, strict=True)) / (len(ours) - 1)
