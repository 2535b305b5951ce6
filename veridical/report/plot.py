"""Small plots as SVG: where a metric stood before and after, and how far it moved, each with its 95% interval."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from veridical.report.wording import NOTHING, amount, bounds, defined, plain, signed, step

WIDTH, HEIGHT, EDGE = 190, 34, 9
"""Of a plot in a table, and the margin left and right, in pixels."""
BEFORE, AFTER = 10, 21
"""Heights at which the two models stand."""


@dataclass(frozen=True)
class Scale:
    """From numbers to pixels, straight."""

    low: float
    high: float
    start: float = EDGE
    end: float = WIDTH - EDGE

    def __call__(self, value: float) -> float:
        """The place of a value, to a tenth of a pixel; what lies beyond an end stays at it."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + min(1.0, max(0.0, share)) * (self.end - self.start), 1)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) that span low to high; about `most` of them."""
    if not high > low:
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    raw = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    width = next(size * power for size in (1, 2, 5, 10) if size * power >= raw * 0.999)
    first, last = math.floor(low / width + 1e-9), math.ceil(high / width - 1e-9)
    return [round(number * width, 12) for number in range(first, last + 1)]


def level_scale(metrics: Iterable[Mapping[str, Any]], unit: str) -> tuple[Scale, list[float]]:
    """Scale and ticks for values: shares from 0 to 100, other units from 0 to beyond the largest."""
    if unit == "%":
        return Scale(0, 100), [0, 50, 100]
    ends = [end for one in metrics for side in ("before", "after") for end in (one[side], *(one[f"{side}_interval"] or ())) if defined(end)]
    marks = ticks(min(0.0, *ends, 0.0), max(*ends, 0.0, 0.0), 3) if ends else [0, 1]
    return Scale(marks[0], marks[-1]), marks


def change_scale(metrics: Iterable[Mapping[str, Any]]) -> tuple[Scale, list[float]]:
    """Scale and ticks for differences, zero in the middle, as far to both sides as the farthest interval needs."""
    farthest = max((abs(end) for one in metrics for end in (one["difference"], one["low"], one["high"]) if defined(end)), default=0) or 1
    power = 10.0 ** math.floor(math.log10(farthest))
    reach = next(size * power for size in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if size * power >= farthest)
    return Scale(-reach, reach), [-reach, 0, reach]


def levels(metric: Mapping[str, Any], scale: Scale, marks: Sequence[float], own: bool = False) -> Markup:
    """Before (ring) above after (dot), each with its interval. A scale of its `own` is told in the plot."""
    said = "; ".join(f"{side} {amount(metric[side], metric['unit'])} {bounds(metric[f'{side}_interval'])}".rstrip() for side in ("before", "after") if metric[side] is not None)
    drawn = [line(scale(mark), 0, scale(mark), HEIGHT, "grid") for mark in marks]
    drawn += point(metric["before"], metric["before_interval"], scale, BEFORE, "before")
    drawn += point(metric["after"], metric["after_interval"], scale, AFTER, "after")
    return picture([*drawn, *(own_ends(scale, marks) if own else ())], said or "undefined")


def change(metric: Mapping[str, Any], scale: Scale, marks: Sequence[float], own: bool = False) -> Markup:
    """The difference with its interval, against zero."""
    said = f"change {step(metric['difference'], metric['unit'])} {bounds((metric['low'], metric['high']), change=True)}"
    drawn = [line(scale(mark), 0, scale(mark), HEIGHT, "grid" if mark else "zero") for mark in marks]
    drawn += point(metric["difference"], (metric["low"], metric["high"]), scale, HEIGHT / 2, f"change {metric['verdict'].replace(' ', '-')}")
    return picture([*drawn, *(own_ends(scale, marks) if own else ())], said if metric["difference"] is not None else "not compared")


def own_ends(scale: Scale, marks: Sequence[float]) -> list[str]:
    """Both ends of a scale that differs from the column's axis."""
    return [text(scale(mark) + shift, HEIGHT - 2, plain(mark).removesuffix(".0"), place, "end") for mark, shift, place in ((marks[0], 2, "start"), (marks[-1], -2, "end"))]


def axis(scale: Scale, marks: Sequence[float], change: bool = False, unit: str = "") -> Markup:
    """The numbers below the plots of a table."""
    texts = [text(scale(mark), 11, (signed if change else plain)(mark).removesuffix(".0") + (unit if mark == marks[-1] else ""), anchor(mark, marks)) for mark in marks]
    return Markup(f'<svg class="axis" viewBox="0 0 {WIDTH} 14" width="{WIDTH}" height="14" aria-hidden="true">{"".join(texts)}</svg>')


def anchor(mark: float, marks: Sequence[float]) -> str:
    """Outer labels stay inside the plot."""
    return "start" if mark == marks[0] else "end" if mark == marks[-1] else "middle"


def point(value: float | None, interval: Sequence[float | None] | None, scale: Scale, y: float, kind: str) -> list[str]:
    """A dot on its interval; nothing where the value is not defined."""
    if not defined(value):
        return []
    ends = [end for end in interval or () if defined(end)]
    bar = [line(scale(ends[0]), y, scale(ends[1]), y, f"interval {kind}")] if len(ends) == 2 else []
    return [*bar, f'<circle class="{kind}" cx="{scale(value)}" cy="{y:g}" r="3.6"/>']


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def text(x: float, y: float, content: str, anchor: str = "start", kind: str = "") -> str:
    """A label; `content` may be anything."""
    if not content:
        return ""
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{lowered(content)}</text>'


def lowered(content: str) -> str:
    """Escaped, with the i of CHAIR_i below the line."""
    return re.sub(r"CHAIR_([is])", r'CHAIR<tspan dy="3" font-size="80%">\1</tspan>', str(escape(content)))


def picture(drawn: Iterable[str], said: str) -> Markup:
    """A plot of a table's cell; `said` is read aloud and shown on hover."""
    words = escape(said or NOTHING)
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return Markup(f'<svg class="plot" {size} role="img" aria-label="{words}"><title>{words}</title>{"".join(drawn)}</svg>')
