"""Metrics over graded rows, as values: what each row adds to a few sums, and the number that the sums give.

Because a metric is a function of sums, one draw of clusters serves every metric, and two models can be compared on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from veridical.evaluate.uncertainty import RESAMPLES, SEED, Statistic, percentiles, resampled, wilson
from veridical.records.result import Metric, Row


@dataclass(frozen=True)
class Tally:
    """What rows add to a measure's sums, one line per row (or per group of rows) that takes part in it."""

    clusters: tuple[str, ...]
    sums: np.ndarray
    """[lines, k]."""


@dataclass(frozen=True)
class Measure:
    """A metric: its sums, and the number they give."""

    name: str
    tally: Callable[[Sequence[Row]], Tally]
    value: Statistic
    better: str = "higher"
    unit: str = "%"
    proportion: bool = False
    """Each line adds (0 or 1, 1), or (0, 0) where it does not count, and the value is the share of ones: Wilson's interval and McNemar's test apply."""

    def named(self, name: str) -> Measure:
        """The same measure under another name."""
        return replace(self, name=name)


def cluster(row: Row) -> str:
    """Rows of one picture belong together; a row without a group stands alone."""
    return row.group or f"row {row.record_id}"


def part(row: Row) -> str:
    """The part of a benchmark that a row belongs to: what stands before the slash of its id ("random/17")."""
    return row.record_id.partition("/")[0] if "/" in row.record_id else ""


def per_row(count: Callable[[Row], Sequence[float] | None], width: int) -> Callable[[Sequence[Row]], Tally]:
    """Lines of `width` numbers, one per row; a row for which `count` gives None takes no part."""

    def tally(rows: Iterable[Row]) -> Tally:
        lines = [(cluster(row), line) for row in rows if (line := count(row)) is not None]
        return Tally(tuple(name for name, _ in lines), np.array([line for _, line in lines], dtype=float).reshape(len(lines), width))

    return tally


def percent(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """100 · top / bottom; nan where bottom is 0."""
    return 100 * quotient(top, bottom)


def quotient(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """top / bottom; nan where bottom is 0."""
    top, bottom = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    return np.divide(top, bottom, out=np.full(np.broadcast(top, bottom).shape, np.nan), where=bottom != 0)


def share(name: str, true_of: Callable[[Row], bool | None], better: str = "higher") -> Measure:
    """Share of rows of which `true_of` holds, among those for which it is not None."""

    def count(row: Row) -> tuple[float, float]:
        held = true_of(row)
        return (0.0, 0.0) if held is None else (float(held), 1.0)

    return Measure(name, per_row(count, 2), lambda sums: percent(sums[..., 0], sums[..., 1]), better, proportion=True)


def mean(name: str, number: Callable[[Row], float | None], better: str = "", unit: str = "") -> Measure:
    """Mean over the rows for which `number` is not None."""

    def count(row: Row) -> tuple[float, float] | None:
        found = number(row)
        return None if found is None else (found, 1.0)

    return Measure(name, per_row(count, 2), lambda sums: quotient(sums[..., 0], sums[..., 1]), better, unit)


def ratio(name: str, top: str, bottom: str, better: str) -> Measure:
    """Sum of the count `top` over sum of the count `bottom`, over all rows that have them."""

    def count(row: Row) -> tuple[float, float] | None:
        return (row.counts[top], row.counts[bottom]) if bottom in row.counts else None

    return Measure(name, per_row(count, 2), lambda sums: percent(sums[..., 0], sums[..., 1]), better)


def accuracy(name: str = "accuracy") -> Measure:
    """Share of scored rows that earned 1 (a fraction counts as its value)."""
    exact = mean(name, lambda row: row.value, "higher", "%")
    return replace(exact, value=lambda sums: percent(sums[..., 0], sums[..., 1]), proportion=True)


def precision(positive: str, name: str = "precision") -> Measure:
    """Of the rows read as `positive`, the share that is."""
    return share(name, lambda row: row.gold == positive if row.answer == positive else None)


def recall(positive: str, name: str = "recall") -> Measure:
    """Of the rows that are `positive`, the share read so."""
    return share(name, lambda row: row.answer == positive if row.gold == positive else None)


def f1(positive: str, name: str = "f1") -> Measure:
    """2·TP / (2·TP + FP + FN): the harmonic mean of precision and recall of `positive`. An unparsed row is not read as it."""

    def count(row: Row) -> tuple[float, float]:
        said, gold = row.answer == positive, row.gold == positive
        return float(2 * (said and gold)), float(said) + float(gold)

    return Measure(name, per_row(count, 2), lambda sums: percent(sums[..., 0], sums[..., 1]))


def answer_ratio(answer: str, name: str) -> Measure:
    """Share of rows read as `answer`. Far from its share among the golds: a biased model."""
    return share(name, lambda row: row.answer == answer, better="")


def where(measure: Measure, holds: Callable[[Row], bool], name: str) -> Measure:
    """The measure over the rows of which `holds` is true."""
    return replace(measure, name=name, tally=lambda rows: measure.tally([row for row in rows if holds(row)]))


def in_parts(measure: Measure, *parts: str, name: str = "") -> Measure:
    """The measure over some parts of the benchmark, called "part.measure"."""
    return where(measure, lambda row: part(row) in parts, name or f"{parts[0]}.{measure.name}")


def combination(name: str, measures: Sequence[Measure], value: Callable[..., np.ndarray], better: str = "higher", unit: str = "%") -> Measure:
    """`value` of the measures' numbers; undefined when one of them has no rows."""

    def tally(rows: Sequence[Row]) -> Tally:
        tallies = [measure.tally(rows) for measure in measures]
        if not all(len(one.sums) for one in tallies):
            return Tally((), np.zeros((0, sum(one.sums.shape[1] for one in tallies))))
        return side_by_side(tallies)

    def combined(sums: np.ndarray) -> np.ndarray:
        pieces = np.split(sums, np.cumsum([measure.tally([]).sums.shape[1] for measure in measures])[:-1], axis=-1)
        return value(*(measure.value(piece) for measure, piece in zip(measures, pieces)))

    return Measure(name, tally, combined, better, unit)


def side_by_side(tallies: Sequence[Tally]) -> Tally:
    """One tally with the columns of all, zero where a line belongs to another one."""
    width, start, blocks = sum(one.sums.shape[1] for one in tallies), 0, []
    for one in tallies:
        block = np.zeros((len(one.sums), width))
        block[:, start : start + one.sums.shape[1]] = one.sums
        blocks.append(block)
        start += one.sums.shape[1]
    return Tally(tuple(name for one in tallies for name in one.clusters), np.concatenate(blocks))


def mean_of(name: str, measures: Sequence[Measure]) -> Measure:
    """The unweighted mean of the measures, of those parts that have rows (macro average)."""

    def tally(rows: Sequence[Row]) -> Tally:
        return side_by_side([measure.tally(rows) for measure in measures])

    def averaged(sums: np.ndarray) -> np.ndarray:
        pieces = np.split(sums, np.cumsum([measure.tally([]).sums.shape[1] for measure in measures])[:-1], axis=-1)
        numbers = np.stack([measure.value(piece) for measure, piece in zip(measures, pieces)])
        found = np.isfinite(numbers)
        return quotient(np.where(found, numbers, 0).sum(0), found.sum(0))

    return Measure(name, tally, averaged, measures[0].better, measures[0].unit)


def all_of(name: str, key: Callable[[Row], str]) -> Measure:
    """Share of groups of rows (rotations of a question, questions of a picture) of which every row earned 1."""

    def tally(rows: Sequence[Row]) -> Tally:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            groups[key(row)].append(row)
        lines = [(cluster(group[0]), (float(all(row.value == 1 for row in group)), 1.0)) for group in groups.values()]
        return Tally(tuple(name for name, _ in lines), np.array([line for _, line in lines], dtype=float).reshape(len(lines), 2))

    return Measure(name, tally, lambda sums: percent(sums[..., 0], sums[..., 1]), proportion=True)


def by_cluster(tally: Tally, names: Sequence[str]) -> np.ndarray:
    """Sums of each cluster of `names`, [G, k]."""
    places = {name: place for place, name in enumerate(names)}
    total = np.zeros((len(names), tally.sums.shape[1]))
    np.add.at(total, [places[name] for name in tally.clusters], tally.sums)
    return total


def measured(rows: Sequence[Row], measures: Sequence[Measure], resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Metric]:
    """Every measure that has rows, with its 95% interval: Wilson's where each cluster is one row, else bootstrap over clusters."""
    names = sorted({cluster(row) for row in rows})
    kept = [(measure, tally) for measure in measures if len((tally := measure.tally(rows)).sums)]
    if not kept:
        return {}
    sums = [by_cluster(tally, names) for _, tally in kept]
    cuts = np.cumsum([one.shape[1] for one in sums])[:-1]
    drawn = [np.split(piece, cuts, axis=-1) for piece in resampled(np.concatenate(sums, axis=1), resamples, seed)]
    metrics = {}
    for place, ((measure, tally), total) in enumerate(zip(kept, sums)):
        metrics[measure.name] = metric(measure, tally, total, np.concatenate([measure.value(piece[place]) for piece in drawn]))
    return metrics


def metric(measure: Measure, tally: Tally, sums: np.ndarray, draws: np.ndarray) -> Metric:
    """One number with its interval. A ratio without a denominator (no row was read as yes) is 0 with the widest interval and n 0."""
    value, unit = float(measure.value(sums.sum(0))), {"better": measure.better, "unit": measure.unit}
    if not np.isfinite(value):
        return Metric(value=0.0, low=0.0, high=100.0 if measure.unit == "%" else 0.0, n=0, method="undefined: nothing to divide by", **unit)
    if single_trials(measure, tally):
        hits, n = tally.sums.sum(0)
        low, high = wilson(hits, n)
        return Metric(value=value, low=100 * low, high=100 * high, n=int(n), method="wilson", **unit)
    low, high = percentiles(draws)
    n = int(sums[:, 1].sum()) if measure.proportion else len(tally.sums)
    return Metric(value=value, low=low, high=high, n=n, method=f"bootstrap ({len(draws)}, {len(set(tally.clusters))} clusters)", **unit)


def single_trials(measure: Measure, tally: Tally) -> bool:
    """Whether the value is a share of ones among lines of which no two share a cluster."""
    counted = [name for name, line in zip(tally.clusters, tally.sums) if line[-1]]
    return measure.proportion and len(set(counted)) == len(counted) and bool(np.isin(tally.sums[:, 0], (0, 1)).all())
