"""Columns of several series on top of one another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from veridical.curate.rendered.asked import Asked, exact, number, plain, short, worked
from veridical.curate.rendered.charts.frame import Plot, standing
from veridical.curate.rendered.charts.questions import any_of, colour, difference, legend, lookup
from veridical.curate.rendered.charts.style import Style, blank, style_of
from veridical.curate.rendered.charts.topics import TOPICS, Chart, chart_of
from veridical.curate.rendered.palette import Colour, ink_on, name_of, series_colours
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Crowded, Place, Sheet
from veridical.curate.rendered.slips import carry

ADDED = tuple(topic for topic in TOPICS if topic.measure not in ("Waiting time", "Yield"))
"""Topics whose series can be added."""


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A chart with one column for each category, made of the series; values are printed but at difficulty 3."""
    topic = ADDED[int(rng.integers(len(ADDED)))]
    series = int(rng.integers(2, min(len(topic.series), 4 if wish.size > 450 else 3) + 1))
    count = int(rng.integers(2, max(3, min(3 + wish.difficulty, wish.size // 80)) + 1))
    chart, style = chart_of(topic, wish, rng, count, series, printed=wish.difficulty < 3), style_of(wish, rng)
    colours = series_colours(rng, series, style.panel)
    chart = replace(chart, colours=tuple(map(name_of, colours)), values=parted(chart, rng))
    sheet = blank(wish, style, rng)
    plot = standing(sheet, style, chart, list(zip(chart.series, colours, strict=True)), 1 if chart.printed else round(chart.tick / chart.step))
    columns(sheet, style, plot, chart, colours)
    return Drawn(sheet, chart, chart.facts("stacked bar"))


def parted(chart: Chart, rng: np.random.Generator) -> tuple[tuple[float, ...], ...]:
    """Values of which those of a category add up to no more than the axis shows, none too thin to be seen."""
    most, series = int(chart.top // chart.step), len(chart.series)
    least = max(1, round(most * 0.1))
    rows = []
    for _ in chart.names:
        whole = int(rng.integers(max(least * series + 1, most * 5 // 10), most + 1))
        cuts = sorted(int(cut) for cut in rng.integers(0, whole - least * series + 1, series - 1))
        rows.append([chart.step * (least + end - start) for start, end in zip([0, *cuts], [*cuts, whole - least * series], strict=True)])
    return tuple(zip(*rows, strict=True))


def columns(sheet: Sheet, style: Style, plot: Plot, chart: Chart, colours: list[Colour]) -> None:
    """The columns, the first series at the bottom."""
    for name in range(len(chart.names)):
        start, end = plot.slot(name, len(chart.names))
        below = 0.0
        for row, fill in zip(chart.values, colours, strict=True):
            box = Place(start + (end - start) * 0.2, plot.at(below + row[name]), end - (end - start) * 0.2, plot.at(below))
            sheet.rectangle(box, fill=fill)
            below += row[name]
            if chart.printed:
                if box.height < style.size * 1.2:
                    raise Crowded("a part of a column is too thin for its value")
                sheet.text(box.middle, style.value(row[name]), style.size, ink_on(fill), "mm")


def whole(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """The sum of one column."""
    (name,), (left,) = any_of(rng, len(chart.names)), any_of(rng, len(chart.series))
    column = [row[name] for row in chart.values]
    asked = f"What is the total {chart.topic.said} for {chart.names[name]}, all series together?"

    def way(values: list[float], result: float) -> list[str]:
        return [f"{' + '.join(map(plain, values))} = {plain(result)}." if len(values) > 1 else f"The column shows {plain(result)}."]

    fewer = column[:left] + column[left + 1 :]
    wrong, rule, reason = carry(sum(column), rng)
    other = [row[(name + 1) % len(chart.names)] for row in chart.values]
    slips = [
        (way(fewer, sum(fewer)), (plain(sum(fewer)), "value left out", f"{chart.series[left]} was left out")),
        (way([*column, column[left]], sum(column) + column[left]), (plain(sum(column) + column[left]), "value added twice", f"{chart.series[left]} was added twice")),
        (way(column, wrong), (plain(wrong), rule, reason)),
        (way(other, sum(other)), (plain(sum(other)), "neighbouring category", f"the column of {chart.names[(name + 1) % len(chart.names)]} was read")),
    ]
    return worked("whole", asked, number(sum(column)), way(column, sum(column)), slips)


def tallest(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """The category whose column is the highest or the lowest, by a clear margin."""
    most = bool(rng.random() < 0.5)
    sums = [sum(column) for column in zip(*chart.values, strict=True)]
    order = sorted(range(len(sums)), key=lambda place: sums[place], reverse=most)
    if abs(sums[order[0]] - sums[order[1]]) < max(chart.step, chart.top / 40):
        return None
    asked = f"Which {chart.topic.noun} has the {'highest' if most else 'lowest'} total {chart.topic.said}, all series together?"
    slips = [(chart.names[order[1]], "near the extreme", "it comes second"), (chart.names[order[-1]], "extreme reversed", "the other end was taken")]
    return short("whole extreme", asked, exact(chart.names[order[0]]), slips)


RENDERING = Rendering("stacked", "charts", "chart", "columns of several series on top of one another", draw, (lookup, difference, legend, colour, whole, tallest), least=320)
