"""The sentence that a researcher wants: what a metric was, what it is, by how much it changed, and whether that is evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from veridical.report.wording import amount, bounds, capital, chance, label, named, step

Metric = Mapping[str, Any]
"""One metric of a summary."""


def sentence(name: str, entry: Mapping[str, Any]) -> str:
    """Of a benchmark's headline metric."""
    metric = entry["metrics"].get(entry["headline"])
    if metric is None:
        return f"{label(name)} holds no metric."
    subject = named(entry["benchmark"], entry["headline"])
    if metric["difference"] is not None:
        return changed(subject, metric)
    if metric["before"] is not None and metric["after"] is not None:
        return f"{subject} is {measured(metric, 'before')} before and {measured(metric, 'after')} after; the two must not be compared."
    if metric["before"] is None and metric["after"] is None:
        return f"{subject} is undefined."
    alone, other = ("after", "before") if metric["before"] is None else ("before", "after")
    missing = "was not measured" if entry["rows"][other] is None else "is undefined"
    return f"{subject} is {measured(metric, alone)} {alone}; it {missing} {other}."


def changed(subject: str, metric: Metric) -> str:
    """Such as "CHAIR_i fell from 24.8% [22.1, 27.5] to 11.2% [9.3, 13.1], for the better (−13.6 points [−16.2, −11.1], p < 0.001)." """
    first, second = measured(metric, "before"), measured(metric, "after")
    change = f"{step(metric['difference'], metric['unit'])} {bounds((metric['low'], metric['high']), change=True)}, {chance(metric['adjusted'])}"
    if metric["verdict"] == "no evidence":
        return f"No evidence of a change in {subject}: {first} before, {second} after ({change})."
    moved = "rose" if metric["difference"] > 0 else "fell"
    judged = {"better": ", for the better", "worse": ", for the worse"}.get(metric["verdict"], "")
    return f"{subject} {moved} from {first} to {second}{judged} ({change})."


def measured(metric: Metric, side: str) -> str:
    """A number with its interval."""
    return f"{amount(metric[side], metric['unit'])} {bounds(metric[f'{side}_interval'])}".rstrip()


def beside(entry: Mapping[str, Any]) -> str:
    """What must be read with the headline: coverage and length beside hallucination, the yes ratio beside yes and no."""
    parts = [companion(name, entry["metrics"][name]) for name in entry["beside"]]
    return capital("; ".join(parts)) + "." if parts else ""


def companion(name: str, metric: Metric) -> str:
    """Such as "coverage from 91.0% to 90.2% (−0.8 points [−1.9, +0.2], no evidence)"."""
    if metric["difference"] is None:
        sides = [amount(metric[side], metric["unit"]) for side in ("before", "after") if metric[side] is not None]
        return f"{label(name)} {' and '.join(sides) or 'undefined'}"
    change = f"{step(metric['difference'], metric['unit'])} {bounds((metric['low'], metric['high']), change=True)}"
    return f"{label(name)} from {amount(metric['before'], metric['unit'])} to {amount(metric['after'], metric['unit'])} ({change}, {metric['verdict']})"
