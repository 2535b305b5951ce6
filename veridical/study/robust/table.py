"""The run's numbers, and a table of them: every condition beside the clean score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from veridical.evaluate.benchmark import Benchmark
from veridical.records.result import Metric, Result
from veridical.study.robust.outcome import average, headline, under_any

COLUMNS = ("drop", "relative_drop", "attack_success", "sought_said", "clean.sought_said")


@dataclass(frozen=True)
class Examined:
    """A benchmark's results, clean and under each condition."""

    benchmark: Benchmark
    clean: Result
    attacked: Mapping[str, Result]
    families: Mapping[str, str]
    """Conditions that are also averaged, by label."""

    @property
    def score(self) -> str:
        """Name of the headline."""
        return headline(self.benchmark, self.clean.convention).name

    @property
    def names(self) -> list[str]:
        """Metrics of the table that some result has: the headline, what must be read beside it, what the attack did."""
        known = {name for one in self.attacked.values() for name in one.metrics}
        return [name for name in dict.fromkeys((self.score, *self.benchmark.beside, *COLUMNS)) if name in known]

    def averages(self) -> dict[str, dict[str, Metric]]:
        """Each family's mean over its conditions."""
        families = dict.fromkeys(name for name in self.families.values() if name)
        return {name: average(self.benchmark, self.clean, [self.attacked[label] for label, own in self.families.items() if own == name]) for name in families}


def numbers(examined: Mapping[str, Examined]) -> dict[str, Any]:
    """For programs: clean, conditions and means of each benchmark."""
    return {name: of_benchmark(one) for name, one in examined.items()}


def of_benchmark(one: Examined) -> dict[str, Any]:
    """The numbers of one benchmark."""
    return {
        "headline": one.score,
        "convention": one.clean.convention,
        "clean": chosen(one, one.clean),
        "conditions": {label: {"attack": result.settings["attack"], **chosen(one, result)} for label, result in one.attacked.items()},
        "any_condition": {key: told(metric) for key, metric in under_any(list(one.attacked.values())).items()},
        "means": {family: {key: told(metric) for key, metric in found.items()} for family, found in one.averages().items()},
    }


def chosen(one: Examined, result: Result) -> dict[str, Any]:
    """A result's metrics of the table."""
    return {key: told(result.metrics[key]) for key in one.names if key in result.metrics}


def told(metric: Metric) -> dict[str, Any]:
    """A number with its interval."""
    return metric.model_dump(exclude={"better", "unit"})


def table(examined: Mapping[str, Examined]) -> str:
    """Markdown: a table for each benchmark, conditions down, metrics across."""
    return "\n\n".join(section(name, one) for name, one in examined.items()) + "\n"


def section(name: str, one: Examined) -> str:
    """A benchmark's table."""
    title = f"{name} ({one.clean.convention}), {len(one.clean.rows)} questions, {one.clean.model}"
    lines = [title, "", f"| condition | {' | '.join(one.names)} |", "|---|" + "---|" * len(one.names)]
    rows = [
        ("clean", one.clean.metrics),
        *((label, result.metrics) for label, result in one.attacked.items()),
        *((f"mean of {family}", found) for family, found in one.averages().items()),
        (f"any of the {len(one.attacked)}", under_any(list(one.attacked.values()))),
    ]
    return "\n".join([*lines, *(f"| {label} | {' | '.join(cell(found.get(key)) for key in one.names)} |" for label, found in rows)])


def cell(metric: Metric | None) -> str:
    """A number with its interval."""
    return "" if metric is None else "undefined" if metric.n == 0 else f"{metric.value:.1f} [{metric.low:.1f}, {metric.high:.1f}]"
