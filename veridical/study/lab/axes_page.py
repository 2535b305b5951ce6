"""A comparison over conditions as one self-contained page: a chart and a table for each axis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from veridical.records.whole import write_text
from veridical.report.page import environment
from veridical.report.plot import Scale, ticks
from veridical.report.summary import LEVEL
from veridical.study.lab.axes_table import changed, plain, verdict

WIDTH, EDGE, NAMES, LINE, GAP = 760, 20, 230, 15, 8
"""Of a chart, its margin, the names at its left, a row, and the space between conditions, in pixels."""


def write(out: Path, numbers: dict[str, Any]) -> Path:
    """The page."""
    headline = numbers["columns"][0]["name"]
    charts = {name: chart(entries, headline) for name, entries in numbers["axes"].items()}
    content = environment().get_template("axes.html.jinja").render(
        title="Strength, pairs, causes", numbers=numbers, charts=charts, level=LEVEL, plain=plain, changed=changed, verdict=verdict,
    )  # fmt: skip
    return write_text(out, content)


def chart(entries: list[dict[str, Any]], metric: str) -> Markup:
    """A metric across, a row for each method in each condition: the mean with its interval; a ring where the condition's model stood before."""
    shown = [entry["metrics"][metric] for one in entries for entry in one["methods"].values()] + [one["before"][metric] for one in entries]
    marks = ticks(0.0, max(one["high"] for one in shown))
    across, drawn, level = Scale(marks[0], marks[-1], NAMES, WIDTH - EDGE), [], EDGE
    for one in entries:
        drawn.append(text(8, level + 4, one["label"], "start", 600))
        before = one["before"][metric]["value"]
        drawn.append(f'<circle cx="{across(before)}" cy="{level}" r="4.5" fill="none" stroke="currentColor"><title>before: {before:.1f}</title></circle>')
        for name, entry in one["methods"].items():
            level += LINE
            drawn.append(point(across, entry["metrics"][metric], name, level))
        level += LINE + GAP
    lines = [f'<path d="M{across(mark)} 6V{level}" stroke="currentColor" stroke-opacity=".12"/>{text(across(mark), level + 14, f"{mark:g}", "middle")}' for mark in marks]
    return Markup(f'<svg viewBox="0 0 {WIDTH} {level + 24}" role="img" aria-label="{escape(metric)} by condition and method">{"".join([*lines, *drawn])}</svg>')


def point(across: Scale, one: dict[str, Any], name: str, level: float) -> str:
    """A method's row."""
    span = f'<path d="M{across(one["low"])} {level}H{across(one["high"])}" stroke="currentColor" stroke-opacity=".35"/>'
    return f'{text(NAMES - 10, level + 4, name, "end")}{span}<circle cx="{across(one["value"])}" cy="{level}" r="3.5" fill="currentColor"><title>{escape(name)}: {one["value"]:.1f}</title></circle>'


def text(x: float, y: float, said: str, anchor: str, weight: int = 400) -> str:
    """Words at a place."""
    return f'<text x="{x}" y="{y}" font-size="11" font-weight="{weight}" text-anchor="{anchor}" fill="currentColor">{escape(said)}</text>'
