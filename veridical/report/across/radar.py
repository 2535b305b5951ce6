"""A radar chart as SVG: an axis for each dimension, a polygon for each model, every value in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from veridical.report.chart import COLOURS
from veridical.report.plot import line, text
from veridical.report.wording import NOTHING, capital, plain

WIDTH, HEIGHT, RADIUS = 460, 380, 138
"""Of the picture, and of its outermost ring, in pixels."""
FEWEST = 3
"""Axes below which there is no polygon."""
RINGS = (25, 50, 75, 100)


def radar(standing: Mapping[str, Any], labels: Sequence[str]) -> Markup:
    """The chart of `standings`' dimensions that enter its mean; nothing where they are fewer than three.

    Below 0 (worse than guessing) stands at the centre, with its number in words.
    """
    names, dimensions = standing["of"], standing["dimensions"]
    if len(names) < FEWEST:
        return Markup("")
    drawn = [*rings(len(names)), *axes(names)]
    for place, label in enumerate(labels):
        drawn += polygon(label, place, [number(dimensions[name].get(label)) for name in names], names)
    said = escape("; ".join(f"{label}: " + ", ".join(f"{name} {told(dimensions[name].get(label))}" for name in names) for label in labels))
    return Markup(f'<svg class="radar" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">{"".join(drawn)}</svg>')


def number(place: Mapping[str, Any] | None) -> float | None:
    """A place's value."""
    return None if place is None else place["value"]


def told(place: Mapping[str, Any] | None) -> str:
    """A place in words."""
    return NOTHING if place is None else plain(place["value"])


def at(axis: int, axes: int, value: float) -> tuple[float, float]:
    """Where a value (0 to 100, what lies beyond stays at the end) is on an axis; the first axis points up, the others follow clockwise."""
    share, angle = min(100.0, max(0.0, value)) / 100, 2 * math.pi * axis / axes
    return round(WIDTH / 2 + RADIUS * share * math.sin(angle), 1), round(HEIGHT / 2 - RADIUS * share * math.cos(angle), 1)


def rings(axes: int) -> list[str]:
    """Lines of equal score, with their numbers beside the first axis."""
    drawn = []
    for ring in RINGS:
        points = " ".join(f"{x:g},{y:g}" for x, y in (at(axis, axes, ring) for axis in range(axes)))
        drawn += [f'<polygon class="grid" points="{points}"/>', text(WIDTH / 2 - 4, at(0, axes, ring)[1] + 11, str(ring), "end", "soft")]
    return drawn


def axes(names: Sequence[str]) -> list[str]:
    """A line from the centre for each dimension, and its name outside."""
    drawn = []
    for axis, name in enumerate(names):
        x, y = at(axis, len(names), 100)
        drawn.append(line(WIDTH / 2, HEIGHT / 2, x, y, "grid"))
        across, down = (x - WIDTH / 2) / RADIUS, (y - HEIGHT / 2) / RADIUS
        drawn.append(text(x + 12 * across, y + 16 * down + 4, capital(name), "middle" if abs(across) < 0.2 else "start" if across > 0 else "end", "axis"))
    return drawn


def polygon(label: str, place: int, values: Sequence[float | None], names: Sequence[str]) -> list[str]:
    """A model's line through its measured dimensions (closed where all were measured), and a dot with its number on each."""
    kind = f"series s{place % COLOURS}" + (f" dash{place // COLOURS % 3}" if place >= COLOURS else "")
    places = [None if value is None else at(axis, len(values), value) for axis, value in enumerate(values)]
    drawn = [f'<g class="{kind}" data-model="{escape(label)}">']
    for start, end in zip(places, places[1:] + places[:1]):
        if start and end:
            drawn.append(line(*start, *end, "side"))
    for name, value, spot in zip(names, values, places):
        if spot:
            drawn.append(f'<circle cx="{spot[0]:g}" cy="{spot[1]:g}" r="3.4"><title>{escape(f"{label}, {name}: {plain(value)}")}</title></circle>')
    return [*drawn, "</g>"]
