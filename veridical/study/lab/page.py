"""The leaderboard as one self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from veridical.recipe import LabRecipe
from veridical.records.whole import write_text
from veridical.report.page import environment
from veridical.report.plot import Scale
from veridical.report.summary import LEVEL
from veridical.report.summary import verdict as judge
from veridical.study.lab.board import Board

WIDTH, HEIGHT, EDGE = 720, 420, 56
"""Of the scatter, and its margin, in pixels."""


def write(out: Path, table: Board, recipe: LabRecipe, spent: float) -> Path:
    """The page: table, scatter of truthfulness against coverage, the published order."""
    numbers = table.numbers
    content = environment().get_template("board.html.jinja").render(
        title="Which method does what", numbers=numbers, scatter=scatter(numbers), level=LEVEL, spent=spent, recipe=recipe, verdict=verdict,
        world=not recipe.benchmarks,
    )  # fmt: skip
    return write_text(out, content)


def verdict(entry: dict[str, Any], better: str) -> str:
    """ "better" or "worse" than the baseline, as the report judges a change, else ""."""
    found = judge({"difference": entry["difference"], "low": entry["difference_low"], "high": entry["difference_high"], "adjusted": entry["adjusted"], "better": better})
    return found if found in ("better", "worse") else ""


def scatter(numbers: dict[str, Any]) -> Markup:
    """The first metric across, the second upwards, one point per entrant with the intervals of both; the model as it was is a ring."""
    names = tuple(column["name"] for column in numbers["columns"][:2])
    points = {label: tuple(entry["metrics"][name] for name in names) for label, entry in numbers["rows"].items()}
    ends = [limits([one[axis][end] for one in points.values() for end in ("low", "high")] + [numbers["base"][name]]) for axis, name in enumerate(names)]
    across, up = Scale(*ends[0], EDGE, WIDTH - EDGE), Scale(*ends[1], HEIGHT - EDGE, EDGE)
    drawn = [axes(ends, names)]
    for label, (x, y) in points.items():
        middle, level = across(x["value"]), up(y["value"])
        drawn.append(f'<path d="M{across(x["low"])} {level}H{across(x["high"])}M{middle} {up(y["high"])}V{up(y["low"])}" stroke="currentColor" stroke-opacity=".18"/>')
        drawn.append(f'<circle cx="{middle}" cy="{level}" r="3.5" fill="currentColor"><title>{Markup.escape(label)}</title></circle>')
        drawn.append(f'<text x="{middle + 5}" y="{level - 4}" font-size="10" fill="currentColor">{Markup.escape(label)}</text>')
    before = [numbers["base"][name] for name in names]
    ring = f'<circle cx="{across(before[0])}" cy="{up(before[1])}" r="5" fill="none" stroke="currentColor"><title>before</title></circle>'
    return Markup(f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{names[0]} against {names[1]}">{"".join(drawn)}{ring}</svg>')


def axes(ends: list[tuple[float, float]], names: tuple[str, str]) -> str:
    """Ends of both axes and their names."""
    low, high = ends
    texts = [
        (EDGE, HEIGHT - EDGE + 16, f"{low[0]:.1f}", "start"), (WIDTH - EDGE, HEIGHT - EDGE + 16, f"{low[1]:.1f}", "end"), (WIDTH / 2, HEIGHT - EDGE + 34, names[0], "middle"),
        (EDGE - 6, HEIGHT - EDGE, f"{high[0]:.1f}", "end"), (EDGE - 6, EDGE + 8, f"{high[1]:.1f}", "end"), (EDGE, EDGE - 12, names[1], "start"),
    ]  # fmt: skip
    frame = f'<path d="M{EDGE} {EDGE}V{HEIGHT - EDGE}H{WIDTH - EDGE}" fill="none" stroke="currentColor" stroke-opacity=".4"/>'
    return frame + "".join(f'<text x="{x}" y="{y}" font-size="11" text-anchor="{anchor}" fill="currentColor">{Markup.escape(text)}</text>' for x, y, text, anchor in texts)


def limits(values: list[float]) -> tuple[float, float]:
    """A span with some room at both ends."""
    low, high = min(values), max(values)
    room = 0.05 * (high - low or 1.0)
    return low - room, high + room
