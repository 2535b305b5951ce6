"""What each question, or each picture with all its questions, adds to a metric's sums, and how far it moves the metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from veridical.evaluate.benchmark import Benchmark
from veridical.evaluate.centred import best_of
from veridical.evaluate.measure import Measure, by_cluster, cluster
from veridical.records.result import Result, Row

Unit = Literal["record", "picture"]
STEP = 0.1
"""Part of a sum by which it is moved for its slope: so much that a metric that is rounded to a tenth of a point (AMBER's) shows it."""


def headline(benchmark: Benchmark, result: Result) -> Measure | None:
    """The measure that papers quote, where the result's convention has it."""
    return next((one for one in benchmark.convention(result.convention).measures if one.name == benchmark.headline), None)


def scale(benchmark: Benchmark, result: Result) -> float:
    """Points of a hundred, more being better, for one of the headline's own unit. Errors: NotCentred."""
    sign = -1 if result.metrics[benchmark.headline].better == "lower" else 1
    return sign * 100 / best_of(benchmark, benchmark.headline, result)


def unit_of(measure: Measure, rows: Sequence[Row]) -> Unit | None:
    """The smallest unit whose sums add up to the whole's: a question, or a picture with all its questions; None where a metric needs more (pairs over pictures)."""
    return next((unit for unit in ("record", "picture") if adds_up(measure, rows, unit)), None)


def adds_up(measure: Measure, rows: Sequence[Row], unit: Unit) -> bool:
    """Whether every other unit and the rest make the whole."""
    order = {name: place for place, name in enumerate(dict.fromkeys(name_of(row, unit) for row in rows))}
    halves = [[row for row in rows if order[name_of(row, unit)] % 2 == half] for half in (0, 1)]
    whole = measure.tally(rows).sums
    return len(whole) > 0 and bool(np.allclose(whole.sum(0), sum(measure.tally(half).sums.sum(0) for half in halves)))


def name_of(row: Row, unit: Unit) -> str:
    """The unit that a row belongs to."""
    return row.record_id if unit == "record" else cluster(row)


def sums_of(measure: Measure, rows: Sequence[Row], names: Sequence[str], unit: Unit) -> np.ndarray:
    """Sums of each unit, [G, k]."""
    named = [row.replace(group=f"unit {name_of(row, unit)}") for row in rows]
    return by_cluster(measure.tally(named), [f"unit {name}" for name in names])


def slope(measure: Measure, sums: np.ndarray) -> np.ndarray:
    """How the metric moves with each of its sums, [k], by central differences. Of a ratio they are right to a hundredth."""
    steps = np.diag(np.maximum(np.abs(sums), 1.0) * STEP)
    moved = measure.value(sums + steps) - measure.value(sums - steps)
    return np.nan_to_num(moved / (2 * np.diag(steps)))
