"""The leaderboard as one self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from veridical.recipe import LabRecipe
from veridical.report.page import environment, write_text
from veridical.study.lab.board import Board

WIDTH, HEIGHT, EDGE = 720, 420, 56
"""Of the scatter, and its margin, in pixels."""
LEVEL = 0.05


def write(out: Path, table: Board, recipe: LabRecipe, spent: float) -> Path:
    """The page: table, scatter of truthfulness against coverage, the published order."""
    numbers = table.numbers
    content = environment().get_template("board.html.jinja").render(
        title="Which method does what", numbers=numbers, scatter=scatter(numbers), level=LEVEL, spent=spent, recipe=recipe, verdict=verdict,
        world=not recipe.benchmarks,
    )  # fmt: skip
    return write_text(out, content)


def verdict(entry: dict[str, Any], better: str) -> str:
    """ "better" or "worse" than the baseline where the interval excludes zero and the corrected p is small, else ""."""
    clear = entry["adjusted"] < LEVEL and (entry["difference_low"] > 0 or entry["difference_high"] < 0)
    if not clear or not better:
        return ""
    return "better" if (entry["difference"] > 0) == (better == "higher") else "worse"


def scatter(numbers: dict[str, Any]) -> Markup:
    """The first metric across, the second upwards, one point per entrant with the intervals of both; the model as it was is a ring."""
    across, up = (column["name"] for column in numbers["columns"][:2])
    points = {label: (entry["metrics"][across], entry["metrics"][up]) for label, entry in numbers["rows"].items()}
    ends = [limits([one[axis][end] for one in points.values() for end in ("low", "high")] + [numbers["base"][name]]) for axis, name in ((0, across), (1, up))]

    def place(axis: int, value: float) -> float:
        low, high = ends[axis]
        share = (value - low) / (high - low)
        return round(EDGE + share * (WIDTH - 2 * EDGE), 1) if axis == 0 else round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)

    drawn = [axes(ends, place, (across, up))]
    for label, (x, y) in points.items():
        left, right, top, bottom = place(0, x["low"]), place(0, x["high"]), place(1, y["high"]), place(1, y["low"])
        middle, level = place(0, x["value"]), place(1, y["value"])
        drawn.append(f'<path d="M{left} {level}H{right}M{middle} {top}V{bottom}" stroke="currentColor" stroke-opacity=".18"/>')
        drawn.append(f'<circle cx="{middle}" cy="{level}" r="3.5" fill="currentColor"><title>{Markup.escape(label)}</title></circle>')
        drawn.append(f'<text x="{middle + 5}" y="{level - 4}" font-size="10" fill="currentColor">{Markup.escape(label)}</text>')
    ring = f'<circle cx="{place(0, numbers["base"][across])}" cy="{place(1, numbers["base"][up])}" r="5" fill="none" stroke="currentColor"><title>before</title></circle>'
    return Markup(f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{across} against {up}">{"".join(drawn)}{ring}</svg>')


def axes(ends: list[tuple[float, float]], place: Any, names: tuple[str, str]) -> str:
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
