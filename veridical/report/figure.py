"""One picture of a result: chosen metrics before and after, as an SVG that stands alone (a README, a slide, a paper)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import escape

from veridical.report.plot import Scale, line, point, text
from veridical.report.wording import amount, bounds, capital, named, step

WIDTH, ROW, TOP, FOOT = 800, 46, 34, 40
LEFT, RIGHT = 190, 560
"""Where the plots begin and end; names stand left of them, numbers right."""
PERCENT = Scale(0, 100, LEFT, RIGHT)
STYLE = """
.vf{--ink:#1d1d1b;--soft:#66645e;--rule:#dddbd4;--paper:#fff;--better:#17609f;--worse:#b2461c}
.vf{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-size:13px}
@media screen and (prefers-color-scheme:dark){.vf{--ink:#ebe9e3;--soft:#a8a59d;--rule:#3a3934;--paper:#181816;--better:#82b6ee;--worse:#f19a75}}
.vf .paper{fill:var(--paper)}.vf text{fill:var(--ink);font-variant-numeric:tabular-nums}.vf .soft{fill:var(--soft);font-size:11.5px}
.vf .name{font-weight:600}.vf .grid{stroke:var(--rule)}.vf .interval{stroke-width:2;stroke-linecap:round}
.vf .interval.before{stroke:var(--soft)}.vf .interval.after{stroke:var(--ink)}
.vf circle.before{fill:var(--paper);stroke:var(--soft);stroke-width:2}.vf circle.after{fill:var(--ink);stroke:var(--ink);stroke-width:2}
.vf .better{fill:var(--better);font-weight:600}.vf .worse{fill:var(--worse);font-weight:600}
"""


def figure(summary: Mapping[str, Any], metrics: Sequence[str] = ()) -> str:
    """Before and after of each metric, dots with 95% intervals, and the change with its own; metrics are named "chair/chair_i".

    Without names: each benchmark's headline and what must be read beside it. Errors: ValueError naming the nearest metric.
    """
    known = {f"{name}/{metric}": (entry, metric) for name, entry in summary["benchmarks"].items() for metric in entry["metrics"]}
    chosen = [find(known, name) for name in metrics or principal(summary)]
    height = TOP + ROW * len(chosen) + FOOT
    drawn = [f'<rect class="paper" width="{WIDTH}" height="{height}"/>', *legend(), *grid(height)]
    for place, (entry, metric) in enumerate(chosen):
        if place and entry is not chosen[place - 1][0]:
            drawn.append(line(0, TOP + ROW * place, WIDTH, TOP + ROW * place, "grid"))
        drawn += row(entry, metric, TOP + ROW * place)
    said = escape(" ".join(dict.fromkeys(entry["sentence"] for entry, _ in chosen)) or "No metric.")
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="vf" {size} role="img" aria-label="{said}"><style>{STYLE}</style>{"".join(drawn)}</svg>\n'


def principal(summary: Mapping[str, Any]) -> list[str]:
    """Each benchmark's headline, and beside it what keeps it honest."""
    return [f"{name}/{metric}" for name, entry in summary["benchmarks"].items() if entry["headline"] for metric in (entry["headline"], *entry["beside"])]


def find(known: Mapping[str, Any], name: str) -> Any:
    """A metric of the summary by its name."""
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.3)
        raise ValueError(f"figure: no metric {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known) or 'none'}"))
    return known[name]


def row(entry: Mapping[str, Any], name: str, top: float) -> list[str]:
    """One metric: its name, the two dots on the percent axis, the change. A metric of another unit has numbers only."""
    metric, middle = entry["metrics"][name], top + ROW / 2
    wish = {"lower": "lower is better", "higher": "higher is better"}.get(metric["better"], "")
    drawn = [text(LEFT - 16, middle - 1 if wish else middle + 5, capital(named(entry["benchmark"], name)), "end", "name"), text(LEFT - 16, middle + 13, wish, "end", "soft")]
    if metric["unit"] == "%":
        drawn += point(metric["before"], metric["before_interval"], PERCENT, middle - 7, "before") + point(metric["after"], metric["after_interval"], PERCENT, middle + 7, "after")
    return drawn + numbers(metric, sides_of(entry), middle)


def numbers(metric: Mapping[str, Any], sides: Sequence[str], middle: float) -> list[str]:
    """The change in figures, right of the plot; where there is one side only, its number."""
    levels = " → ".join(amount(metric[side], metric["unit"]) for side in sides)
    told = f"{step(metric['difference'], metric['unit'])} {bounds((metric['low'], metric['high']), change=True)}"
    if metric["difference"] is None:
        told = "not compared" if len(sides) > 1 else bounds(metric[f"{sides[0]}_interval"])
    return [text(RIGHT + 20, middle - 1, levels), text(RIGHT + 20, middle + 13, told, kind=metric["verdict"] if metric["verdict"] in ("better", "worse") else "soft")]


def sides_of(entry: Mapping[str, Any]) -> list[str]:
    """Which models were measured."""
    return [side for side in ("before", "after") if entry["rows"][side] is not None]


def legend() -> list[str]:
    """Which dot is which."""
    marks = [f'<circle class="before" cx="{LEFT + 5}" cy="16" r="3.6"/>', text(LEFT + 15, 20, "before", kind="soft")]
    marks += [f'<circle class="after" cx="{LEFT + 75}" cy="16" r="3.6"/>', text(LEFT + 85, 20, "after", kind="soft")]
    return [*marks, text(LEFT + 130, 20, "bars: 95% intervals", kind="soft"), text(RIGHT + 20, 20, "change, paired, 95% interval", kind="soft")]


def grid(height: float) -> list[str]:
    """The percent axis."""
    drawn = []
    for mark in (0, 25, 50, 75, 100):
        drawn += [line(PERCENT(mark), TOP, PERCENT(mark), height - FOOT + 4, "grid"), text(PERCENT(mark), height - FOOT + 20, f"{mark}%", "middle", "soft")]
    return drawn
