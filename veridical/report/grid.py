"""Many small plots side by side as one SVG file, the same axes for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import escape

from veridical.report.plot import Scale, ticks

WIDTH, HEIGHT, GAP, COLUMNS = 170, 96, 18, 6
"""Of one plot and between plots, in pixels; plots in a row."""
Points = Sequence[tuple[float, float]]


def grid(plots: Mapping[str, Sequence[Points]], low: float, high: float, last: float, axis: str, colours: Sequence[str] = ("#2563a8",), columns: int = COLUMNS) -> str:
    """Plots by title, each with its lines, which take the `colours` in turn; y from `low` to `high`, x from 0 to `last`, which `axis` names."""
    rows = -(-len(plots) // columns)
    width, height = max(columns, 3) * (WIDTH + GAP) + GAP, rows * (HEIGHT + 2 * GAP) + 2 * GAP
    drawn = "".join(
        plot(title, lines, (place % columns, place // columns), Scale(0, last, 22, WIDTH), Scale(low, high, HEIGHT, 0), ticks(low, high, 3), colours) for place, (title, lines) in enumerate(plots.items())
    )
    style = "text{font:10px sans-serif;fill:#444}.t{font-weight:bold;fill:#111}.g{stroke:#ddd}.l{fill:none;stroke-width:1.2;opacity:.75}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"><style>{style}</style>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{drawn}<text x="{GAP}" y="{height - 8}">{escape(axis)}</text></svg>\n'
    )


def plot(title: str, lines: Sequence[Points], place: tuple[int, int], across: Scale, up: Scale, marks: Sequence[float], colours: Sequence[str]) -> str:
    """One plot at its (column, row) of the grid."""
    left, top = GAP + place[0] * (WIDTH + GAP), 2 * GAP + place[1] * (HEIGHT + 2 * GAP)
    rules = "".join(f'<line class="g" x1="22" x2="{WIDTH}" y1="{up(mark)}" y2="{up(mark)}"/><text x="0" y="{up(mark) + 3}">{mark:g}</text>' for mark in marks if up.low <= mark <= up.high)
    drawn = "".join(f'<polyline class="l" stroke="{colours[number % len(colours)]}" points="{" ".join(f"{across(x)},{up(y)}" for x, y in points)}"/>' for number, points in enumerate(lines))
    return f'<g transform="translate({left} {top})"><text class="t" x="22" y="-6">{escape(title)}</text>{rules}{drawn}</g>'
