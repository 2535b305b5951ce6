"""Lines over time, one or several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from veridical.curate.rendered.charts.frame import Plot, standing
from veridical.curate.rendered.charts.questions import colour, comparison, count, difference, extreme, legend, lookup, rises, total, trend
from veridical.curate.rendered.charts.style import Style, blank, style_of
from veridical.curate.rendered.charts.topics import TIMES, Chart, chart_of
from veridical.curate.rendered.palette import Colour, name_of, series_colours
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Sheet


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A chart with a line for each series; values are printed only beside a single line."""
    topic = TIMES[int(rng.integers(len(TIMES)))]
    series = 1 if wish.difficulty == 1 else int(rng.integers(1, min(len(topic.series), 1 + wish.difficulty) + 1))
    points = int(rng.integers(4, min(5 + 2 * wish.difficulty, max(5, wish.size // 50), 7 if topic.noun == "day" else 12) + 1))
    chart, style = chart_of(topic, wish, rng, points, series, printed=wish.difficulty == 1 and series == 1), style_of(wish, rng)
    colours = series_colours(rng, series, style.panel)
    chart = replace(chart, colours=tuple(map(name_of, colours)))
    sheet = blank(wish, style, rng)
    room = replace(chart, marks=chart.marks + 1) if chart.printed else chart
    plot = standing(sheet, style, room, list(zip(chart.series, colours, strict=True)) if series > 1 else (), 1 if chart.printed else round(chart.tick / chart.step))
    lines(sheet, style, plot, chart, colours)
    return Drawn(sheet, chart, chart.facts("line"))


def lines(sheet: Sheet, style: Style, plot: Plot, chart: Chart, colours: list[Colour]) -> None:
    """The lines with a mark at every value. Where two marks would hide one another the later one is a ring."""
    radius, taken = style.size * 0.27, set()
    for row, ink in zip(chart.values, colours, strict=True):
        points = [(sum(plot.slot(place, len(row))) / 2, plot.at(value)) for place, value in enumerate(row)]
        sheet.line(points, ink, max(1.5, style.size * 0.14))
        for point in points:
            sheet.circle(point, radius * (1.7 if point in taken else 1), None if point in taken else ink, ink, 1.5)
            taken.add(point)
        if chart.printed:
            for point, value in zip(points, row, strict=True):
                sheet.text((point[0], point[1] - style.size * 0.7), style.value(value), style.size, style.ink, "ms", halo=style.panel)


RENDERING = Rendering("line", "charts", "chart", "one or several lines over time", draw, (lookup, comparison, difference, total, extreme, count, trend, rises, legend, colour))
