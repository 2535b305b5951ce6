"""The leaderboard's numbers: every entrant over its seeds, beside the baseline, with intervals.

A draw takes pictures with replacement, the same for every entrant, and seeds with replacement, the same for two entrants
that have as many; an entrant's number in a draw is the mean over the drawn seeds. p values are corrected by Holm over
the entrants of a column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from veridical.evaluate.benchmarks import find
from veridical.evaluate.measure import Measure, by_cluster, cluster
from veridical.evaluate.uncertainty import RESAMPLES, holm, percentiles, resampled, two_sided
from veridical.recipe import LabRecipe, RecipeError
from veridical.records.result import Result
from veridical.study.lab.plan import Entrant
from veridical.study.lab.ranking import agreement

Seeds = Sequence[Mapping[str, Result]]
"""Results by benchmark, one mapping for each seed."""


@dataclass(frozen=True)
class Column:
    """A metric of the table: each entrant's resampled numbers."""

    name: str
    measure: Measure
    points: Mapping[str, list[float]]
    """By entrant, one number per seed."""
    drawn: Mapping[str, np.ndarray]
    """By entrant, [resamples]."""


@dataclass(frozen=True)
class Board:
    """The table, as it is written into lab.json and drawn on the page."""

    numbers: dict[str, Any]


def board(recipe: LabRecipe, found: Sequence[Entrant], base: Mapping[str, Result], outcomes: Mapping[str, Seeds], measures: Mapping[str, Sequence[Mapping[str, Any]]]) -> Board:
    """The comparison of everyone who finished at least one seed.

    Errors: RecipeError when the baseline did not finish, or for a column that no benchmark has.
    """
    if not outcomes.get(recipe.baseline):
        raise RecipeError(f"baseline {recipe.baseline}: no run finished, so there is nothing to compare with")
    present = {label: seeds for label, seeds in outcomes.items() if seeds}
    columns = [column(name, {"": [base], **present}) for name in recipe.columns]
    rows = {label: row(label, columns, recipe.baseline) for label in present}
    for one in columns:
        for label, adjusted in holm({label: rows[label]["metrics"][one.name]["p"] for label in present if label != recipe.baseline}).items():
            rows[label]["metrics"][one.name]["adjusted"] = adjusted
    known = {one.label: one for one in found}
    for label, entry in rows.items():
        entry |= {"method": known[label].method, "tuned": known[label].tuned, "seeds": len(present[label]), **beside(measures[label])}
    order = sorted(rows, key=lambda label: sign(columns[0]) * rows[label]["metrics"][columns[0].name]["value"])
    numbers = {
        "baseline": recipe.baseline, "columns": [{"name": one.name, "better": one.measure.better, "unit": one.measure.unit} for one in columns],
        "base": {one.name: one.points[""][0] for one in columns}, "rows": {label: rows[label] for label in order},
        "agreement": agreement({label: known[label].method for label in present}, columns[0].points, columns[0].drawn, recipe.baseline), "resamples": RESAMPLES,
    }  # fmt: skip
    return Board(numbers)


def sign(one: Column) -> float:
    """1 where less is better."""
    return -1.0 if one.measure.better == "higher" else 1.0


def column(name: str, outcomes: Mapping[str, Seeds]) -> Column:
    """One metric of everyone, resampled together."""
    benchmark, _, metric = name.partition(".")
    results = {label: [seed[benchmark] for seed in seeds] for label, seeds in outcomes.items() if all(benchmark in seed for seed in seeds)}
    if "" not in results:
        raise RecipeError(f"columns: {name}: no benchmark {benchmark!r} was asked; there are {', '.join(outcomes[''][0])}")
    first = results[""][0]
    known = {one.name: one for one in find(first.benchmark).convention(first.convention).measures}
    if metric not in known:
        raise RecipeError(f"columns: {name}: {benchmark} has no such metric; there are {', '.join(known)}")
    measure = known[metric]
    clusters = sorted({cluster(row) for row in first.rows})
    sums = [by_cluster(measure.tally(result.rows), clusters) for seeds in results.values() for result in seeds]
    values = np.concatenate([split(measure, piece, len(sums)) for piece in resampled(np.concatenate(sums, axis=1))])
    points, drawn, start = {}, {}, 0
    for label, seeds in results.items():
        here = slice(start, start + len(seeds))
        points[label] = [float(measure.value(one.sum(0))) for one in sums[here]]
        drawn[label] = over_seeds(values[:, here])
        start += len(seeds)
    return Column(name, measure, points, drawn)


def split(measure: Measure, piece: np.ndarray, runs: int) -> np.ndarray:
    """The metric of every run in every draw, [draws, runs]."""
    return measure.value(piece.reshape(len(piece), runs, -1))


def over_seeds(values: np.ndarray) -> np.ndarray:
    """Means over seeds drawn with replacement, [draws]. The draw depends on the number of seeds alone, so equal numbers are paired."""
    draws, seeds = values.shape
    picked = np.random.default_rng([7, seeds]).integers(0, seeds, (draws, seeds))
    return np.take_along_axis(values, picked, axis=1).mean(1)


def row(label: str, columns: Sequence[Column], baseline: str) -> dict[str, Any]:
    """One entrant's metrics, each with its interval, spread over seeds, and its difference from the baseline."""
    metrics = {}
    for one in columns:
        difference = one.drawn[label] - one.drawn[baseline]
        low, high = percentiles(one.drawn[label])
        less, more = percentiles(difference)
        metrics[one.name] = {
            "value": float(np.mean(one.points[label])), "low": low, "high": high, "spread": float(np.std(one.points[label], ddof=1)) if len(one.points[label]) > 1 else None,
            "difference": float(np.mean(one.points[label]) - np.mean(one.points[baseline])), "difference_low": less, "difference_high": more, "p": two_sided(difference), "adjusted": 1.0,
            "seeds": one.points[label],
        }  # fmt: skip
    return {"metrics": metrics}


BESIDE = {"rise": "monitor/rise", "kl": "monitor/kl", "blind_gap": "monitor/blind_gap", "kept": "monitor/kept", "held_accuracy": "monitor/accuracy", "memory_MB": "memory_MB"}
"""Columns without an interval, by what they are called in a run's measures."""


def beside(runs: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Means over seeds of what the monitor saw, and of cost."""
    found = {name: mean_of([run["monitor"].get(key) for run in runs]) for name, key in BESIDE.items()}
    return found | {"core_seconds": mean_of([run["train_core_seconds"] for run in runs])}


def mean_of(values: Sequence[float | None]) -> float | None:
    """The mean of what there is."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
