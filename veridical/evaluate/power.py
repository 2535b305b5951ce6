"""How many rows are needed to see a difference of so many points, from what was seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.stats import norm

from veridical.evaluate.statistics import Change
from veridical.records.result import Result

LEVEL, POWER = 0.05, 0.8
"""Chance of a false alarm, and of seeing a difference that is there."""


@dataclass(frozen=True)
class Needed:
    """Rows that show a difference of `points` in four of five comparisons."""

    points: float
    paired: int
    """Both models answer the same rows, and rows are paired."""
    unpaired: int
    """Each model's score is known only with its own interval; so many rows for each."""


def reach(level: float = LEVEL, power: float = POWER, sides: int = 2) -> float:
    """Standard errors between nothing and the smallest difference that is seen with this power: z(1 − level/sides) + z(power)."""
    return float(norm.ppf(1 - level / sides) + norm.ppf(power))


def rows_paired(points: float, discordance: float, level: float = LEVEL, power: float = POWER, sides: int = 2) -> int:
    """Rows for McNemar's test, where a share `discordance` of the rows is answered differently; `points` in percent.

        n = (z(1 − level/sides)·√ψ + z(power)·√(ψ − δ²))² / δ²       ψ = discordance, δ = points / 100

    Source: R. J. Connor, Sample size for testing differences in proportions for the paired-sample design, 1987.
    Errors: ValueError for a difference that so few changed rows cannot make.
    """
    difference = abs(points) / 100
    if not 0 < difference <= discordance:
        raise ValueError(f"a difference of {points:g} points needs at least that share of rows answered differently; {100 * discordance:g}% are")
    spread = norm.ppf(1 - level / sides) * math.sqrt(discordance) + norm.ppf(power) * math.sqrt(discordance - difference**2)
    return math.ceil((spread / difference) ** 2)


def rows_unpaired(points: float, share: float, level: float = LEVEL, power: float = POWER, sides: int = 2) -> int:
    """Rows of each model where rows are not paired; the scores are `share` and `points` beside it, in percent.

        n = (z(1 − level/sides) + z(power))² · (p(1 − p) + q(1 − q)) / δ²       p = share, q = share − δ
    """
    difference, p = points / 100, share / 100
    q = min(1.0, max(0.0, p - difference))
    return math.ceil((reach(level, power, sides) / difference) ** 2 * (p * (1 - p) + q * (1 - q)))


def rows_by_error(points: float, error: float, rows: int, level: float = LEVEL, power: float = POWER, sides: int = 2) -> int:
    """Rows for any metric, from its standard error on `rows` rows, which shrinks with their root; clusters are in the error.

        n = rows · ((z(1 − level/sides) + z(power)) · error / points)²
    """
    return math.ceil(rows * (reach(level, power, sides) * error / points) ** 2)


def needed(before: Result, after: Result, name: str, change: Change, points: float = 2.0) -> Needed:
    """Rows that show `points` of a metric (in its unit), from the two results and the change between them."""
    wide = 2 * norm.ppf(0.975)
    apart = [(one.metrics[name].high - one.metrics[name].low) / wide for one in (before, after)]
    paired, unpaired = (rows_by_error(points, error, change.n) for error in ((change.high - change.low) / wide, math.hypot(*apart)))
    return Needed(points, paired, unpaired)
