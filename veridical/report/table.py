"""A benchmark's metrics in the order in which they should be read, each with its plots on common scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from veridical.report.figure import sides_of
from veridical.report.plot import axis, change, change_scale, level_scale, levels
from veridical.report.wording import capital, label


@dataclass(frozen=True)
class Line:
    """One metric."""

    name: str
    metric: Mapping[str, Any]
    levels: Markup
    change: Markup
    leads: bool
    """Whether it is the headline metric."""


@dataclass(frozen=True)
class Block:
    """Metrics of one part of the benchmark; the first block is the whole."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Table:
    """A benchmark as the page shows it."""

    name: str
    entry: Mapping[str, Any]
    blocks: tuple[Block, ...]
    level_axis: Markup
    change_axis: Markup

    @property
    def comparing(self) -> bool:
        """Whether any metric has a change."""
        return any(one["difference"] is not None for one in self.entry["metrics"].values())

    @property
    def sides(self) -> tuple[str, ...]:
        """Which models were measured."""
        return tuple(sides_of(self.entry))


def table(name: str, entry: Mapping[str, Any]) -> Table:
    """The table of one benchmark of a summary."""
    metrics = entry["metrics"]
    units = {one["unit"] for one in metrics.values()}
    common = {unit: [one for one in metrics.values() if one["unit"] == unit] for unit in units}
    scales = {unit: (level_scale(same, unit), change_scale(same)) for unit, same in common.items()}

    def made(metric: str) -> Line:
        one = metrics[metric]
        level, moved = scales[one["unit"]]
        own = one["unit"] != "%"
        return Line(capital(label(metric.rpartition(".")[2])), one, levels(one, *level, own), change(one, *moved, own), metric == entry["headline"])

    blocks = tuple(Block(title, tuple(made(metric) for metric in members)) for title, members in parts(entry).items())
    level, moved = scales.get("%", (level_scale([], "%"), change_scale([])))
    return Table(name, entry, blocks, axis(*level, unit="%"), axis(*moved, change=True))


def parts(entry: Mapping[str, Any]) -> dict[str, list[str]]:
    """Metrics by the part they are of ("" first: the whole); there the headline leads, then what must be read beside it."""
    found: dict[str, list[str]] = {"": []}
    first = [name for name in (entry["headline"], *entry["beside"]) if name in entry["metrics"]]
    for name in dict.fromkeys([*first, *entry["metrics"]]):
        found.setdefault(capital(label(name.rpartition(".")[0])), []).append(name)
    return {title: members for title, members in found.items() if members}
