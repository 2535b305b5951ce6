"""Pass, fail, or not known yet: non-inferiority on every dimension, from the shifts of its benchmarks."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from scipy.stats import norm

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.gating.shift import Shift
from veridical.evaluate.power import LEVEL, POWER, reach, rows_by_error
from veridical.evaluate.uncertainty import holm

MARGIN = 2.0
"""Points of a hundred that a dimension may lose, where nothing else is said."""


class Outcome(Enum):
    """What is known; the value is the exit status of the command (2 is that of a wrong call)."""

    PASS = 0
    FAIL = 1
    UNDECIDED = 3


@dataclass(frozen=True)
class Margins:
    """How many points each dimension may lose, and how sure one wants to be."""

    every: float = MARGIN
    of: Mapping[str, float] = field(default_factory=dict)
    """By dimension, where it differs."""
    level: float = LEVEL
    """Chance of failing a candidate that lost nothing anywhere, and of passing one that lost a margin."""
    power: float = POWER

    @classmethod
    def read(cls, given: Mapping[str, object], dimensions: Sequence[str]) -> Margins:
        """From margin=2, margin.text=1, level=0.05, power=0.8. Errors: BenchmarkError naming what there is."""
        known = ["margin", "level", "power", *(f"margin.{name}" for name in dimensions)]
        for name, value in given.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                raise BenchmarkError(f"unknown setting {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"))
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or (not name.startswith("margin") and not 0 < value < 1):
                raise BenchmarkError(f"{name}={value!r}: expected {'points of a hundred, as 1.5' if name.startswith('margin') else 'a share between 0 and 1'}")
        own = {name.partition(".")[2]: float(value) for name, value in given.items() if name.startswith("margin.")}
        return cls(float(given.get("margin", MARGIN)), own, float(given.get("level", LEVEL)), float(given.get("power", POWER)))

    def margin(self, dimension: str) -> float:
        """What a dimension may lose."""
        return self.of.get(dimension, self.every)


@dataclass(frozen=True)
class Dimension:
    """The verdict on one dimension: the mean shift of its benchmarks."""

    name: str
    outcome: Outcome
    points: float
    """candidate − base."""
    low: float
    high: float
    """Ends of the two one-sided intervals at the level."""
    margin: float
    p_worse: float
    """Of "nothing was lost", after Holm's correction for the number of dimensions."""
    p_margin: float
    """Of "the margin or more was lost"."""
    asked: int
    of: int
    sees: float
    """The smallest drop that so many questions show with the power that was asked for."""
    needed: int
    """Questions, drawn likewise, that show a drop as large as the margin with that power; 0 for a margin of 0."""


@dataclass(frozen=True)
class Verdict:
    """The whole."""

    outcome: Outcome
    dimensions: tuple[Dimension, ...]
    shifts: tuple[Shift, ...]
    separates: Mapping[str, float]
    """p of "both score alike" for every benchmark, after Holm's correction over all: below the level, it tells the two models apart."""
    missing: tuple[str, ...] = ()
    """Dimensions that have a margin of their own and were not measured: the whole then does not pass."""


def judge(shifts: Sequence[Shift], margins: Margins) -> Verdict:
    """The verdict. Errors: BenchmarkError where there is nothing to judge.

    A dimension passes where a loss of its margin is excluded (p_margin ≤ level; a whole that passes needs no correction, since every part must); it fails where it
    does not pass and a loss is shown (p_worse ≤ level, with Holm's correction over dimensions, so that a candidate that lost nothing fails nowhere with
    1 − level); else it is undecided. The whole fails where any part fails, and passes where all pass and no dimension with a margin of its own is missing.
    """
    if not shifts:
        raise BenchmarkError("the two have no benchmark in common that can be compared; evaluate both on the same benchmarks")
    means = {name: mean([one for one in shifts if one.dimension == name]) for name in dict.fromkeys(one.dimension for one in shifts)}
    worse = holm({name: float(norm.cdf(points / error)) for name, (points, error) in means.items()})
    parts = tuple(dimension(name, *means[name], [one for one in shifts if one.dimension == name], worse[name], margins) for name in means)
    found = {part.outcome for part in parts}
    missing = tuple(sorted(margins.of.keys() - means.keys()))
    outcome = Outcome.FAIL if Outcome.FAIL in found else Outcome.PASS if found == {Outcome.PASS} and not missing else Outcome.UNDECIDED
    separates = holm({one.benchmark: float(2 * norm.sf(abs(one.points) / one.error)) for one in shifts})
    return Verdict(outcome, parts, tuple(shifts), separates, missing)


def mean(shifts: Sequence[Shift]) -> tuple[float, float]:
    """The mean shift of benchmarks and its standard error."""
    return sum(one.points for one in shifts) / len(shifts), math.sqrt(sum(one.error**2 for one in shifts)) / len(shifts)


def dimension(name: str, points: float, error: float, shifts: Sequence[Shift], p_worse: float, margins: Margins) -> Dimension:
    """One dimension's verdict."""
    margin, wide = margins.margin(name), float(norm.ppf(1 - margins.level)) * error
    p_margin = float(norm.sf((points + margin) / error))
    outcome = Outcome.PASS if p_margin <= margins.level else Outcome.FAIL if p_worse <= margins.level else Outcome.UNDECIDED
    asked = sum(one.asked for one in shifts)
    needed = rows_by_error(margin, error, asked, margins.level, margins.power, 1) if margin else 0
    return Dimension(
        name, outcome, points, points - wide, points + wide, margin, p_worse, p_margin, asked, sum(one.of for one in shifts),
        reach(margins.level, margins.power, 1) * error, needed,
    )  # fmt: skip
