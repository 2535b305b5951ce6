"""The numbers of a comparison over conditions: each method in each condition, beside the model before, the axis's first condition, and the baseline.

All conditions are asked about the same scenes, so a draw takes the same pictures in all of them, and every difference is
paired by picture. p values are corrected by Holm over all of an axis's differences of a kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from veridical.evaluate.uncertainty import RESAMPLES, holm, percentiles, two_sided
from veridical.recipe import Condition, LabRecipe
from veridical.records.result import Result
from veridical.study.lab.board import Column, Seeds, beside, column

Place = tuple[str, str]
"""A condition's label and a method's; "" for the model before."""
BEFORE, FIRST, BASELINE = "before", "first", "baseline"
"""What a number is compared with: the condition's model before training, the same method in the axis's first condition, the baseline in the same condition."""


def contrasts(recipe: LabRecipe, bases: Mapping[str, Mapping[str, Result]], outcomes: Mapping[Place, Seeds], measures: Mapping[Place, Sequence[Mapping[str, Any]]], confirmed: Mapping[str, float]) -> dict[str, Any]:
    """What is written into lab.json: by axis, by condition, by method. What did not finish is left out."""
    present = {place: seeds for place, seeds in outcomes.items() if seeds}
    everyone = {key(label, ""): [results] for label, results in bases.items()} | {key(*place): seeds for place, seeds in present.items()}
    columns = [column(name, {"": next(iter(everyone.values())), **everyone}) for name in recipe.columns]
    axes: dict[str, list[Condition]] = {}
    for one in recipe.conditions:
        axes.setdefault(one.axis, []).append(one)
    return {
        "baseline": recipe.baseline, "columns": [{"name": one.name, "better": one.measure.better} for one in columns], "resamples": RESAMPLES,
        "axes": {name: corrected([entry(recipe, one, conditions[0], columns, present, measures, confirmed) for one in conditions]) for name, conditions in axes.items()},
    }  # fmt: skip


def key(label: str, method: str) -> str:
    """A place as one word."""
    return f"{label}\n{method}"


def entry(recipe: LabRecipe, one: Condition, first: Condition, columns: Sequence[Column], present: Mapping[Place, Seeds], measures: Mapping[Place, Sequence[Mapping[str, Any]]], confirmed: Mapping[str, float]) -> dict[str, Any]:
    """One condition: the model before, and every method that finished."""
    methods = {}
    for method in (place[1] for place in present if place[0] == one.label):
        others = {BEFORE: (one.label, ""), FIRST: (first.label, method), BASELINE: (one.label, recipe.baseline)}
        known = {name: place for name, place in others.items() if (not place[1] or place in present) and place != (one.label, method)}
        metrics = {column.name: numbers(column, (one.label, method), known) for column in columns}
        methods[method] = {"seeds": len(present[one.label, method]), "metrics": metrics, **beside(measures[one.label, method])}
    before = {column.name: value(column, (one.label, "")) for column in columns}
    return {"label": one.label, "condition": one.model_dump(mode="json"), "confirmed": confirmed[one.label], "before": before, "methods": methods}


def value(column: Column, place: Place) -> dict[str, Any]:
    """A metric with its interval."""
    low, high = percentiles(column.drawn[key(*place)])
    return {"value": float(np.mean(column.points[key(*place)])), "low": low, "high": high}


def numbers(column: Column, place: Place, others: Mapping[str, Place]) -> dict[str, Any]:
    """A metric of one method in one condition, with its differences from others."""
    return value(column, place) | {"seeds": column.points[key(*place)]} | {name: difference(column, place, other) for name, other in others.items()}


def difference(column: Column, place: Place, other: Place) -> dict[str, Any]:
    """This minus the other, paired by picture."""
    drawn = column.drawn[key(*place)] - column.drawn[key(*other)]
    low, high = percentiles(drawn)
    return {"difference": float(np.mean(column.points[key(*place)]) - np.mean(column.points[key(*other)])), "low": low, "high": high, "p": two_sided(drawn)}


def corrected(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries of an axis with p values adjusted over all its differences of a kind and metric."""
    cells = [metrics for one in entries for method in one["methods"].values() for metrics in method["metrics"].items()]
    for kind in (BEFORE, FIRST, BASELINE):
        for metric in {name for name, _ in cells}:
            found = [numbers[kind] for name, numbers in cells if name == metric and kind in numbers]
            for place, adjusted in holm({str(place): one["p"] for place, one in enumerate(found)}).items():
                found[int(place)]["adjusted"] = adjusted
    return entries
