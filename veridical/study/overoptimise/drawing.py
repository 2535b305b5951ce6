"""The curves of proxy and truth against the divergence, and accuracy against gain, as SVG files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import escape

from veridical.recipe import OveroptimiseRecipe
from veridical.report.grid import grid
from veridical.report.plot import Scale, ticks
from veridical.study.overoptimise.outcome import Outcome, Worth

COLOURS = ("#c05a1c", "#2563a8")
"""Proxy, truth."""
WIDTH, HEIGHT, EDGE = 420, 300, 46
"""Of one scatter, and its margin, in pixels."""


def drawing(recipe: OveroptimiseRecipe, found: Sequence[Outcome]) -> str:
    """A plot for each pursuit under each mitigation: proxy and truth, both in standard deviations of the base's responses, against √KL."""
    plots, named = {}, [(one.label, one.proxy) for one in recipe.mitigations]
    for pursuit in recipe.pursuits:
        for mitigation, proxy in named:
            own = [one for one in found if (one.pursuit, one.mitigation, one.proxy) == (pursuit.label, mitigation, proxy)]
            if own:
                plots[f"{pursuit.label}: {mitigation}"] = [one.points(name) for one in own for name in ("proxy", "truth")]
    points = [point for lines in plots.values() for line in lines for point in line] or [(0.0, 0.0), (1.0, 1.0)]
    low, high = min(y for _, y in points), max(y for _, y in points)
    return grid(plots, low, high, max(x for x, _ in points) or 1.0, "proxy (orange) and truth (blue), in standard deviations of the base's responses above the base; x: √KL from the base", COLOURS, max(1, len(named)))


def scatter(qualities: Mapping[str, Sequence[Worth]]) -> str:
    """A plot for each pursuit: accuracy on the model's own descriptions across, the true gain upwards, a point for each proxy."""
    drawn = "".join(f'<g transform="translate({place * WIDTH} 0)">{plot(label, own)}</g>' for place, (label, own) in enumerate(qualities.items()) if own)
    width = max(1, len(qualities)) * WIDTH
    style = "text{font:10px sans-serif;fill:#444}.t{font-weight:bold;fill:#111}.g{stroke:#ddd}.p{fill:#2563a8}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}"><style>{style}</style><rect width="{width}" height="{HEIGHT}" fill="#fff"/>{drawn}</svg>\n'


def plot(label: str, own: Sequence[Worth]) -> str:
    """One scatter."""
    xs, ys = [100 * one.own for one in own], [one.gain for one in own] + [0.0]
    across_marks, up_marks = ticks(min(xs), max(xs), 5), ticks(min(ys), max(ys), 5)
    across, up = Scale(across_marks[0], across_marks[-1], EDGE, WIDTH - 70), Scale(up_marks[0], up_marks[-1], HEIGHT - EDGE, EDGE)
    parts = [f'<line class="g" x1="{EDGE}" x2="{WIDTH - 70}" y1="{up(mark)}" y2="{up(mark)}"/><text x="6" y="{up(mark) + 3}">{mark:g}</text>' for mark in up_marks]
    parts += [f'<text x="{across(mark) - 6}" y="{HEIGHT - EDGE + 14}">{mark:g}</text>' for mark in across_marks]
    parts += [f'<circle class="p" cx="{across(100 * one.own)}" cy="{up(one.gain)}" r="3.5"/><text x="{across(100 * one.own) + 6}" y="{up(one.gain) + 3}">{escape(one.proxy)}</text>' for one in own]
    return f'<text class="t" x="{EDGE}" y="20">true gain by {escape(label)}</text>{"".join(parts)}<text x="{EDGE}" y="{HEIGHT - 10}">accuracy on the model\'s own descriptions, %</text>'
