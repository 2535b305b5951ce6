"""A line chart as SVG: axes with round numbers, training as lines, held-out values as rings, every value on hover."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from veridical.report.plot import Scale, line, text, ticks

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 330, 206, 44, 322, 10, 168
"""Of a chart, and of the area inside its axes, in pixels."""
COLOURS = 6
"""Lines of more names than these share colours."""


@dataclass(frozen=True)
class Line:
    """One logged number over the steps."""

    name: str
    points: tuple[tuple[float, float], ...]
    held_out: bool = False
    averaged: int = 1
    """Steps behind each point."""
    place: int = 0
    """Which colour: the same for one name in every chart."""

    @property
    def colour(self) -> str:
        """The class of the page's style."""
        return f"s{self.place % COLOURS}"


@dataclass(frozen=True)
class Chart:
    """Lines on common axes."""

    title: str
    explains: str
    lines: tuple[Line, ...]
    ends: tuple[float, float] | None = None
    """The vertical axis, where it is known beforehand."""

    @property
    def svg(self) -> Markup:
        """The picture."""
        return draw(self)

    @property
    def key(self) -> dict[str, str]:
        """What the colours stand for: name -> colour."""
        return {one.name: one.colour for one in self.lines}

    @property
    def averaged(self) -> int:
        """Most steps behind one point."""
        return max((one.averaged for one in self.lines), default=1)

    @property
    def held_out(self) -> bool:
        """Whether some line is of held-out records."""
        return any(one.held_out for one in self.lines)


def draw(chart: Chart) -> Markup:
    """The chart as SVG: axes with round numbers, a line or rings per series, the value of each point on hover."""
    finite = [(step, value) for one in chart.lines for step, value in one.points if math.isfinite(value)]
    if not finite:
        return Markup('<p class="soft">no finite value was logged</p>')
    steps, values = [step for step, _ in finite], [value for _, value in finite]
    marks = ticks(*(chart.ends or (min(values), max(values))))
    across = ticks(min(steps), max(steps)) if max(steps) > min(steps) else [steps[0]]
    x = Scale(min(steps), max(steps) if max(steps) > min(steps) else min(steps) + 1, LEFT, RIGHT)
    y = Scale(marks[0], marks[-1], BOTTOM, TOP)
    drawn = axes(x, y, [mark for mark in across if x.low <= mark <= x.high], marks)
    for one in chart.lines:
        drawn += series_drawn(one, x, y)
    said = escape(f"{chart.title}: " + "; ".join(told(one) for one in chart.lines))
    return Markup(f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">{"".join(drawn)}</svg>')


def axes(x: Scale, y: Scale, across: Sequence[float], marks: Sequence[float]) -> list[str]:
    """Grid lines with their numbers, and what the horizontal axis counts."""
    drawn = []
    for mark in marks:
        drawn += [line(LEFT, y(mark), RIGHT, y(mark), "grid"), text(LEFT - 6, y(mark) + 4, short(mark, marks), "end")]
    for mark in across:
        drawn += [line(x(mark), BOTTOM, x(mark), BOTTOM + 4, "tick"), text(x(mark), BOTTOM + 17, f"{mark:,g}", "middle")]
    return [*drawn, text((LEFT + RIGHT) / 2, HEIGHT - 4, "step", "middle", "soft")]


def short(mark: float, marks: Sequence[float]) -> str:
    """A tick's number with as many digits as the ticks need."""
    width = marks[1] - marks[0] if len(marks) > 1 else 1
    if abs(mark) >= 10_000:
        return f"{mark / 1000:,g}k".replace("-", "−")
    if 0 < width < 0.001:
        power = math.floor(math.log10(max(abs(one) for one in marks)))
        return f"{round(mark / 10**power, 6):g}e{power}".replace("-", "−") if mark else "0"
    return f"{mark:.{max(0, -math.floor(math.log10(width)))}f}".replace("-", "−")


def series_drawn(one: Line, x: Scale, y: Scale) -> list[str]:
    """A line through its points (broken where a value is not finite), rings for held-out, and a hover title at each point."""
    kind = f"series {one.colour}" + (" held" if one.held_out else "")
    drawn = [f'<polyline class="{kind}" points="{" ".join(f"{x(step):g},{y(value):g}" for step, value in piece)}"/>' for piece in pieces(one.points) if len(piece) > 1]
    shape = "dot" if one.held_out or len(one.points) == 1 else "hit"
    for step, value in one.points:
        if math.isfinite(value):
            title = escape(f"{one.name}{' (held out)' if one.held_out else ''}, step {step:g}: {value:.4g}")
            drawn.append(f'<circle class="{kind} {shape}" cx="{x(step):g}" cy="{y(value):g}" r="{3 if shape == "dot" else 5}"><title>{title}</title></circle>')
    return drawn


def pieces(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Stretches of finite values."""
    found: list[list[tuple[float, float]]] = [[]]
    for step, value in points:
        if math.isfinite(value):
            found[-1].append((step, value))
        elif found[-1]:
            found.append([])
    return found


def told(one: Line) -> str:
    """A line in words, for who cannot see it."""
    finite = [value for _, value in one.points if math.isfinite(value)]
    where = " held out" if one.held_out else ""
    return f"{one.name}{where} from {finite[0]:.3g} to {finite[-1]:.3g}" if finite else f"{one.name}{where} never finite"
