"""A comparison over conditions as Markdown tables, one for each axis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.records.whole import write_text
from veridical.report.summary import verdict as judge
from veridical.study.lab.contrast import BASELINE, BEFORE, FIRST
from veridical.study.lab.markdown import MARKS


def write(out: Path, numbers: dict[str, Any]) -> Path:
    """Tables of all axes. Bold: better than the model before, italic: worse, both after Holm's correction over the axis."""
    parts = [axis(name, entries, numbers["columns"], numbers["baseline"]) for name, entries in numbers["axes"].items()]
    return write_text(out, "\n\n".join([*parts, f"{numbers['runs']} runs, {numbers['core_seconds'] / 60:.0f} core-minutes.", ""]))


def axis(name: str, entries: list[dict[str, Any]], columns: list[dict[str, Any]], baseline: str) -> str:
    """One axis: a row for each method in each condition, after a row of the model before."""
    headline = columns[0]["name"]
    head = ["condition", "method", "seeds", *(column["name"] for column in columns), f"{headline}: change", f"against {entries[0]['label']}", f"against {baseline}", "rise"]
    lines = [f"## {name}", "", f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for one in entries:
        lines.append(f"| {one['label']} (pairs right: {one['confirmed']:.0f}%) | before | | {' | '.join(plain(one['before'][column['name']]) for column in columns)} | | | | |")
        lines += [row(one["label"], method, entry, columns) for method, entry in one["methods"].items()]
    return "\n".join(lines)


def row(label: str, method: str, entry: dict[str, Any], columns: list[dict[str, Any]]) -> str:
    """One method in one condition."""
    metrics = entry["metrics"]
    first = metrics[columns[0]["name"]]
    cells = [marked(metrics[column["name"]], column["better"]) for column in columns]
    compared = [changed(first.get(kind)) for kind in (BEFORE, FIRST, BASELINE)]
    return f"| {label} | {method} | {entry['seeds']} | {' | '.join([*cells, *compared])} | {'' if entry['rise'] is None else format(entry['rise'], '+.3f')} |"


def plain(one: dict[str, Any]) -> str:
    """A number with its interval."""
    return f"{one['value']:.1f} [{one['low']:.1f}, {one['high']:.1f}]"


def marked(one: dict[str, Any], better: str) -> str:
    """A number with its interval, marked by how it stands to the model before."""
    mark = MARKS[verdict(one[BEFORE], better)]
    return f"{mark}{one['value']:.1f}{mark} [{one['low']:.1f}, {one['high']:.1f}]"


def changed(one: dict[str, Any] | None) -> str:
    """A difference with its interval; a star where it counts."""
    return "" if one is None else f"{one['difference']:+.1f} [{one['low']:+.1f}, {one['high']:+.1f}]{' *' if counts(one) else ''}"


def verdict(one: dict[str, Any], better: str) -> str:
    """ "better" or "worse", as the report judges a change, else ""."""
    found = judge({**one, "better": better})
    return found if found in ("better", "worse") else ""


def counts(one: dict[str, Any]) -> bool:
    """Whether a difference is told from none: its interval and its corrected p agree."""
    return bool(verdict(one, "lower"))
