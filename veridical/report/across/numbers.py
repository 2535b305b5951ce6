"""Every number of several models: each metric with its interval, and its change from the first model, tested and corrected for all that are tested at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.centred import SIX
from veridical.evaluate.uncertainty import holm
from veridical.records.result import Result
from veridical.report.across.entrants import Entrant, entrants
from veridical.report.across.standings import Difference, results_of, standings
from veridical.report.summary import LEVEL, compared, moved, verdict

VERSION = 1
OF_BOTH = ("benchmark", "convention", "follows", "dimension", "paper", "note", "headline", "beside")
"""Of an entry of two models, what holds for all of them."""
LEVEL_OF = {"after": "value", "after_interval": "interval", "after_n": "rows"}
CHANGE = ("difference", "low", "high", "p", "adjusted", "test", "n", "verdict")


def across(places: Sequence[str | Path], may_differ: Collection[str] = ()) -> dict[str, Any]:
    """Numbers of several folders of results, as JSON can hold them; results of one file name stand side by side, the first folder is the baseline.

    Keys: version, level, labels, models (label -> name), baseline, standing, benchmarks (name -> entry), left_out. Errors: ReportError.
    """
    return numbers(entrants(places), may_differ)


def numbers(found: Sequence[Entrant], may_differ: Collection[str] = ()) -> dict[str, Any]:
    """The same of what has been read."""
    names = sorted({name for one in found for name in one.side.results})
    entries = {name: entry(name, found[0].label, results_of(found, name), may_differ) for name in names}
    ordered = sorted(entries.items(), key=lambda one: (rank(one[1]["dimension"]), one[0]))
    return {
        "version": VERSION,
        "level": LEVEL,
        "labels": [one.label for one in found],
        "models": {one.label: one.side.models for one in found},
        "baseline": found[0].label,
        "standing": standings(found, {one.label: headlines(entries, one.label) for one in found[1:]}, may_differ),
        "benchmarks": dict(ordered),
        "left_out": {file: reason for one in found for file, reason in one.side.left_out.items()},
    }


def rank(dimension: str) -> tuple[int, str]:
    """The six first, in their order; what has no dimension last."""
    return (SIX.index(dimension) if dimension in SIX else len(SIX) + (not dimension), dimension)


def headlines(entries: Mapping[str, dict[str, Any]], label: str) -> dict[str, Difference]:
    """Every headline's change of one model."""
    return moved({name: one["models"][label]["metrics"].get(one["headline"]) for name, one in entries.items() if label in one["models"]})


def entry(name: str, baseline: str, results: Mapping[str, Result], may_differ: Collection[str]) -> dict[str, Any]:
    """One benchmark. The models are those that have it; p is adjusted for all metrics of all models."""
    first = results.get(baseline)
    pairs = {label: compared(name, None if label == baseline else first, result, may_differ) for label, result in results.items()}
    adjust(pairs)
    known = pairs.get(baseline) or next(iter(pairs.values()))
    metrics = dict.fromkeys(metric for pair in pairs.values() for metric in pair["metrics"])
    either = {metric: next(pair["metrics"][metric] for pair in pairs.values() if metric in pair["metrics"]) for metric in metrics}
    return {
        **{key: known[key] for key in OF_BOTH},
        "metrics": {metric: {"better": one["better"], "unit": one["unit"]} for metric, one in either.items()},
        "models": {label: of_model(pair, results[label], label == baseline) for label, pair in pairs.items()},
    }


def adjust(pairs: Mapping[str, dict[str, Any]]) -> None:
    """Holm's correction over every metric of every model that is compared with the baseline; the verdicts follow."""
    tested = {f"{label}\0{metric}": one for label, pair in pairs.items() for metric, one in pair["metrics"].items() if one["p"] is not None}
    for key, adjusted in holm({key: one["p"] for key, one in tested.items()}).items():
        tested[key]["adjusted"] = adjusted
        tested[key]["verdict"] = verdict(tested[key])


def of_model(pair: Mapping[str, Any], result: Result, is_baseline: bool) -> dict[str, Any]:
    """One model's numbers."""
    numbers = {metric: {new: one[old] for old, new in LEVEL_OF.items()} | {key: one[key] for key in CHANGE} for metric, one in pair["metrics"].items()}
    return {
        "name": result.model,
        "convention": result.convention,
        "data": result.data,
        "settings": dict(result.settings),
        "rows": pair["rows"]["after"],
        "clusters": pair["clusters"]["after"],
        "unparsed": pair["unparsed"]["after"],
        "not_compared": "" if is_baseline else pair["not_compared"],
        "metrics": {metric: one | {"method": result.metrics[metric].method} for metric, one in numbers.items() if metric in result.metrics},
    }
