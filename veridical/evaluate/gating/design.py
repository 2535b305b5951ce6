"""Which questions to ask: many of those on which earlier models differed, few of the others, each weighed by how many it stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from veridical.evaluate.benchmark import Benchmark, BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.blind import SUFFIX
from veridical.evaluate.centred import NotCentred
from veridical.evaluate.gating.marks import marked
from veridical.evaluate.gating.subset import Chosen, Stratum, Subset
from veridical.evaluate.gating.units import Unit, headline, name_of, scale, slope, sums_of, unit_of
from veridical.evaluate.measure import Measure
from veridical.records.result import Result, Row

Results = Mapping[str, Result]
"""Benchmark to result of one model."""

EDGES = (0.0, 1 / 3, 2 / 3)
"""Strata by the share of earlier models that answered differently from the base: none, up to a third, up to two thirds, more."""
LEAST = 0.25
"""Every stratum is asked at no less than this part of the rate of a uniform subset: a candidate may change where no earlier model did."""
FEWEST = 4
"""Units of a stratum, where it has so many."""


@dataclass(frozen=True)
class Pool:
    """One benchmark's units by stratum, before any is drawn."""

    benchmark: str
    unit: Unit
    convention: str
    data: str
    strata: tuple[tuple[str, ...], ...]
    """Names of units."""
    expected: tuple[float, ...]
    """By stratum: mean square of what a candidate is expected to move, in points of the dimension."""
    records: Mapping[str, tuple[str, ...]]
    """Unit to its records."""
    left_out: Mapping[str, str]


def choose(base: Results, earlier: Sequence[Results] = (), blind: Sequence[Results] = (), share: float = 0.1, seed: int = 0) -> Subset:
    """A part `share` of all questions that `base` answered.

    Questions are drawn by strata; a stratum of N units of which each costs c questions and is expected to move the score by e (root of the mean square)
    gets a number in proportion to N · e / √c, the allocation of least variance (J. Neyman, 1934). What is expected is what each earlier model did on
    questions whose stratum the *other* models tell; without earlier models the subset is uniform. Errors: BenchmarkError where nothing can be chosen from.
    """
    several = Counter(result.dimension for result in base.values())
    tried = (pool_of(result, of(name, earlier), [*of(name, blind), *of(name + SUFFIX, blind)], several[result.dimension]) for name, result in sorted(base.items()))
    pools = [pool for pool in tried if pool is not None]
    if not pools:
        raise BenchmarkError("no result of the base has a headline that adds up over questions or pictures; evaluate it on a benchmark of `veridical list benchmarks`")
    if not 0 < share <= 1:
        raise BenchmarkError(f"share {share:g}: expected a part of the questions between 0 and 1, as 0.1")
    taken = iter(allocate([(len(names), cost(pool, names), expected) for pool in pools for names, expected in zip(pool.strata, pool.expected, strict=True)], share))
    rng = np.random.default_rng(seed)
    chosen = {pool.benchmark: drawn(pool, [next(taken) for _ in pool.strata], rng) for pool in pools}
    return Subset(seed=seed, made_from=tuple(next((one.model for one in results.values()), "") for results in (base, *earlier)), benchmarks=chosen)


def of(name: str, models: Sequence[Results]) -> list[Result]:
    """Results on one benchmark."""
    return [results[name] for results in models if name in results]


def pool_of(base: Result, earlier: Sequence[Result], blind: Sequence[Result], several: int) -> Pool | None:
    """A benchmark's strata; None where its headline cannot be had from a part of it, or it is none that this program knows."""
    try:
        benchmark = find(base.benchmark)
    except BenchmarkError:
        return None
    measure, same = headline(benchmark, base), [one for one in earlier if (one.data, one.convention) == (base.data, base.convention)]
    left_out = marked(benchmark, same, blind)
    rows = [row for row in base.rows if row.record_id not in left_out]
    unit = unit_of(measure, rows) if measure and rows else None
    if unit is None or benchmark.headline not in base.metrics:
        return None
    records: dict[str, list[str]] = {}
    for row in rows:
        records.setdefault(name_of(row, unit), []).append(row.record_id)
    names = tuple(records)
    effects = effects_of(benchmark, measure, base, rows, same, names, unit) / several
    strata = strata_of(effects)
    expected = foreseen(effects, strata, 100 / len(names) / several)
    present = [number for number in range(len(EDGES) + 1) if (strata == number).any()]
    parts = tuple(tuple(name for name, own in zip(names, strata, strict=True) if own == number) for number in present)
    told, held = tuple(expected[number] for number in present), {name: tuple(own) for name, own in records.items()}
    return Pool(base.benchmark, unit, base.convention, base.data, parts, told, held, left_out)


def effects_of(benchmark: Benchmark, measure: Measure, base: Result, rows: Sequence[Row], earlier: Sequence[Result], names: Sequence[str], unit: Unit) -> np.ndarray:
    """How far each unit moves the score from the base to each earlier model, [models, units], in points."""
    try:
        factor = scale(benchmark, base)
    except NotCentred as error:
        raise BenchmarkError(str(error)) from error
    before = sums_of(measure, rows, names, unit)
    direction = slope(measure, before.sum(0))
    kept, found = {row.record_id for row in rows}, []
    for one in earlier:
        after = sums_of(measure, [row for row in one.rows if row.record_id in kept], names, unit)
        found.append(factor * (after - before) @ direction)
    return np.array(found).reshape(len(found), len(names))


def strata_of(effects: np.ndarray) -> np.ndarray:
    """The stratum of each unit, by the share of models that changed it; all in the first where there are no models."""
    changed = np.abs(effects) > 1e-12
    return np.digitize(changed.sum(0) / max(1, len(changed)) - 1e-9, EDGES, right=True)


def foreseen(effects: np.ndarray, strata: np.ndarray, usual: float) -> list[float]:
    """Mean square of a new model's effects by stratum: that of each earlier model on strata that the others tell, with one change of usual size added.

    One earlier model has no others: half of its squares are expected where it changed, and as much elsewhere.
    """
    width = len(EDGES) + 1
    if len(effects) < 2:
        half = (effects**2).sum(0) / 2
        squares, counts = np.bincount(strata, half, width), np.bincount(strata, minlength=width).astype(float)
        squares[0] += half.sum()
    else:
        squares, counts = np.zeros(width), np.zeros(width)
        for number, own in enumerate(effects):
            told = strata_of(np.delete(effects, number, 0))
            squares += np.bincount(told, own**2, width)
            counts += np.bincount(told, minlength=width)
    return list((squares + usual**2) / (counts + 1))


def cost(pool: Pool, names: Sequence[str]) -> float:
    """Questions of a unit, on average."""
    return sum(len(pool.records[name]) for name in names) / len(names)


def allocate(strata: Sequence[tuple[int, float, float]], share: float) -> list[int]:
    """Units to draw of each stratum (its size, a unit's cost, the mean square of a unit's effect): together `share` of the whole cost, none more than there is.

    A stratum that would be asked more than whole is asked whole, and the rest is shared out among the others; then every one is raised to its least rate.
    """
    sizes, costs, squares = (np.array(column, dtype=float) for column in zip(*strata, strict=True))
    budget = share * (sizes * costs).sum()
    least = np.minimum(sizes, np.maximum(LEAST * share * sizes, FEWEST))
    wish, fixed = sizes * np.sqrt(squares / costs), np.zeros(len(sizes), dtype=bool)
    taken = least.copy()
    for _ in range(len(sizes) + 1):
        left = budget - (taken * costs)[fixed].sum()
        free = ~fixed
        if not free.any() or left <= 0:
            break
        taken[free] = wish[free] * left / (wish * costs)[free].sum()
        beyond, below = free & (taken > sizes), free & (taken < least)
        if not (beyond | below).any():
            break
        wrong = beyond if beyond.any() else below
        taken[wrong], fixed = np.where(wrong, np.clip(taken, least, sizes), taken)[wrong], fixed | wrong
    return [int(min(size, max(np.ceil(low), round(number)))) for number, low, size in zip(taken, least, sizes, strict=True)]


def drawn(pool: Pool, taken: Sequence[int], rng: np.random.Generator) -> Chosen:
    """So many units of each stratum, by chance."""
    strata = []
    for names, count, expected in zip(pool.strata, taken, pool.expected, strict=True):
        places = sorted(rng.choice(len(names), count, replace=False))
        records = tuple(record for place in places for record in pool.records[names[place]])
        strata.append(Stratum(size=len(names), records=records, expected=expected))
    return Chosen(convention=pool.convention, data=pool.data, unit=pool.unit, strata=tuple(strata), left_out=dict(pool.left_out))
