"""How far a candidate's score lies from the base's on a whole benchmark, from what both answer to a chosen part of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from veridical.evaluate.benchmark import Benchmark
from veridical.evaluate.benchmarks import find
from veridical.evaluate.centred import NotCentred
from veridical.evaluate.gating.subset import Chosen
from veridical.evaluate.gating.units import Unit, headline, name_of, scale, slope, sums_of, unit_of
from veridical.evaluate.measure import Measure, cluster
from veridical.evaluate.statistics import NotComparable, check_settings, unique
from veridical.records.result import Result, Row

CHOICE = ("subset", "size", "seed", "limit")
"""Settings that say which questions were asked; here rows are paired one by one."""


@dataclass(frozen=True)
class Shift:
    """candidate − base on one benchmark, in points of a hundred, more being better."""

    benchmark: str
    dimension: str
    metric: str
    base: float
    """In the metric's own unit."""
    candidate: float
    points: float
    error: float
    """Standard error of `points`, over questions drawn anew as well: the benchmark is itself a sample."""
    asked: int
    """Questions that both answered."""
    of: int
    """Questions that these stand for."""
    changed: int
    """Units (questions, or pictures) that moved the metric."""


@dataclass(frozen=True)
class Weighed:
    """Units that both models answered."""

    names: tuple[str, ...]
    weights: np.ndarray
    """How many units of the whole each stands for."""
    strata: np.ndarray
    """The stratum of each, by number."""


def shift(base: Result, candidate: Result, chosen: Chosen | None = None, may_differ: Sequence[str] = ()) -> Shift:
    """The candidate's shift. Where the base answered everything, only changes are estimated:

        S = Σ_all b + Σ_asked w · (c − b),    points = scale · (V(S) − V(Σ_all b))       b, c: what a unit adds to the metric's sums, V: the metric

    which is right on average for every sum, whatever the weights w; the better they foresee changes, the smaller its error (difference estimator:
    Särndal, Swensson and Wretman, Model assisted survey sampling, 1992, chapter 6). Without `chosen` both answered the same rows, and each weighs 1.
    Errors: NotComparable, NotCentred.
    """
    benchmark, whole, asked, said = paired_rows(base, candidate, chosen, may_differ)
    measure, factor = headline(benchmark, base), scale(benchmark, base)
    unit: Unit = chosen.unit if chosen else unit_of(measure, whole) or "picture"
    weighed, pictures_of = weigh(asked, unit, chosen), {name_of(row, unit): cluster(row) for row in asked}
    names = {name: place for place, name in enumerate(dict.fromkeys(name_of(row, unit) for row in whole))}
    new, places = {row.record_id: row for row in said}, [names[name] for name in weighed.names]
    before, after = (sums_of(measure, rows, list(names), unit) for rows in (whole, [new.get(row.record_id, row) for row in whole]))
    complete = chosen is None or len(names) == sum(one.size for one in chosen.strata)
    total = before.sum(0) if complete else weighed.weights @ before[places]
    found = estimate(measure, factor, total, before[places], after[places], weighed, [pictures_of[name] for name in weighed.names])
    if not math.isfinite(found.points):
        raise NotCentred(f"{base.benchmark}: {measure.name} is undefined on these rows")
    of = len(whole) if complete else round(len(asked) * weighed.weights.mean())
    return Shift(base.benchmark, base.dimension, measure.name, found.base, found.candidate, found.points, found.error, len(asked), of, found.changed)


@dataclass(frozen=True)
class Estimate:
    """A shift without names."""

    base: float
    candidate: float
    points: float
    error: float
    changed: int


def estimate(measure: Measure, factor: float, total: np.ndarray, before: np.ndarray, after: np.ndarray, weighed: Weighed, pictures_of: Sequence[Hashable]) -> Estimate:
    """The shift from the base's sums over everything [k], and both models' sums of each asked unit [G, k]; nan where the metric is undefined."""
    moved = total + weighed.weights @ (after - before)
    first, second = (float(measure.value(sums)) for sums in (total, moved))
    effects = factor * (after - before) @ slope(measure, (total + moved) / 2)
    error = spread(effects, weighed, pictures_of, 100 / max(1, weighed.weights.sum()))
    return Estimate(first, second, factor * (second - first), error, int(np.count_nonzero(np.abs(effects) > 1e-12)))


def paired_rows(base: Result, candidate: Result, chosen: Chosen | None, may_differ: Sequence[str]) -> tuple[Benchmark, list[Row], list[Row], list[Row]]:
    """The benchmark, the base's rows, and of those that are asked the base's and the candidate's. Errors: NotComparable, NotCentred."""
    if (base.benchmark, base.convention) != (candidate.benchmark, candidate.convention):
        raise NotComparable(f"{base.benchmark} ({base.convention}) and {candidate.benchmark} ({candidate.convention}) are not the same; score both on the same one")
    if chosen is None and base.data != candidate.data:
        raise NotComparable(f"{base.benchmark}: results of different data ({base.data!r} and {candidate.data!r}); name the subset that the candidate was asked")
    check_settings(base, candidate, {*may_differ, *CHOICE})
    benchmark = find(base.benchmark)
    if headline(benchmark, base) is None or benchmark.headline not in base.metrics:
        raise NotCentred(f"{base.benchmark}: the convention {base.convention} does not measure {benchmark.headline}")
    ours, theirs = ({row.record_id: row for row in unique(result)} for result in (base, candidate))
    names = [name for stratum in chosen.strata for name in stratum.records] if chosen else list(ours)
    for name in names:
        if name not in ours or name not in theirs or ours[name].gold != theirs[name].gold:
            who = "the base" if name not in ours else "the candidate" if name not in theirs else ""
            told = f"{who} did not answer record {name}" if who else f"record {name} has another truth in each"
            raise NotComparable(f"{base.benchmark}: {told}; evaluate both on the same data and subset")
    whole = [row for name, row in ours.items() if chosen is None or name not in chosen.left_out]
    return benchmark, whole, [ours[name] for name in names], [theirs[name] for name in names]


def weigh(asked: Sequence[Row], unit: Unit, chosen: Chosen | None) -> Weighed:
    """Every unit with the number of units that it stands for."""
    if chosen is None:
        names = tuple(dict.fromkeys(name_of(row, unit) for row in asked))
        return Weighed(names, np.ones(len(names)), np.zeros(len(names), dtype=int))
    by_id = {row.record_id: name_of(row, unit) for row in asked}
    parts = [list(dict.fromkeys(by_id[name] for name in stratum.records)) for stratum in chosen.strata]
    weights = [np.full(len(part), stratum.size / max(1, len(part))) for part, stratum in zip(parts, chosen.strata, strict=True)]
    numbers = [np.full(len(part), number) for number, part in enumerate(parts)]
    return Weighed(tuple(name for part in parts for name in part), np.concatenate(weights), np.concatenate(numbers).astype(int))


def spread(effects: np.ndarray, weighed: Weighed, pictures_of: Sequence[Hashable], usual: float) -> float:
    """The standard error of Σ w · effect: units of a picture move together, strata are drawn apart, and a stratum that showed no change is given one.

        √(n / (n − 1) · Σ_pictures (Σ w · (e − mean of its stratum))² + Σ_unchanged strata w² · m²)

    m² is the mean square of a change, or `usual`² where none was seen.

    The second sum is what half a change for the better and half for the worse add (A. Agresti and Y. Min, 2005): rare changes that were not drawn are not taken for none.
    """
    strata = np.unique(weighed.strata)
    means = {number: effects[weighed.strata == number].mean() for number in strata}
    centred = weighed.weights * (effects - np.array([means[number] for number in weighed.strata]))
    together: dict[Hashable, float] = defaultdict(float)
    for name, value in zip(pictures_of, centred, strict=True):
        together[name] += value
    n = len(together)
    seen = (n / (n - 1) if n > 1 else 1.0) * sum(value * value for value in together.values())
    changed = np.abs(effects) > 1e-12
    square = np.average(effects[changed] ** 2, weights=weighed.weights[changed]) if changed.any() else usual**2
    still = [number for number in strata if not changed[weighed.strata == number].any()]
    return math.sqrt(seen + square * sum(weighed.weights[weighed.strata == number][0] ** 2 for number in still))
