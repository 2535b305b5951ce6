"""Columns of several series side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from veridical.curate.rendered.charts.frame import Plot, standing
from veridical.curate.rendered.charts.questions import colour, comparison, count, difference, extreme, legend, lookup, total
from veridical.curate.rendered.charts.style import Style, blank, style_of
from veridical.curate.rendered.charts.topics import TOPICS, Chart, chart_of
from veridical.curate.rendered.palette import Colour, name_of, series_colours
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Place, Sheet


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A chart with a group of columns for each category."""
    topic = TOPICS[int(rng.integers(len(TOPICS)))]
    series = int(rng.integers(2, min(len(topic.series), 2 + wish.difficulty // 2 + (wish.size > 500)) + 1))
    count_ = int(rng.integers(2, max(3, min(3 + wish.difficulty, wish.size // (50 * series) + 1)) + 1))
    chart, style = chart_of(topic, wish, rng, count_, series), style_of(wish, rng)
    colours = series_colours(rng, series, style.panel)
    chart = replace(chart, colours=tuple(map(name_of, colours)))
    sheet = blank(wish, style, rng)
    room = replace(chart, marks=chart.marks + 1) if chart.printed else chart
    plot = standing(sheet, style, room, list(zip(chart.series, colours, strict=True)), 1 if chart.printed else round(chart.tick / chart.step))
    columns(sheet, style, plot, chart, colours)
    return Drawn(sheet, chart, chart.facts("grouped bar"))


def columns(sheet: Sheet, style: Style, plot: Plot, chart: Chart, colours: list[Colour]) -> None:
    """The columns of every group, with their values where these are printed."""
    for name in range(len(chart.names)):
        start, end = plot.slot(name, len(chart.names))
        width = (end - start) * 0.82 / len(chart.series)
        for place, row in enumerate(chart.values):
            left = start + (end - start) * 0.09 + width * place
            box = Place(left + width * 0.04, plot.at(row[name]), left + width * 0.96, plot.area.y2)
            sheet.rectangle(box, fill=colours[place])
            if chart.printed:
                sheet.text((box.middle[0], box.y1 - style.size * 0.3), style.value(row[name]), style.size * 0.88, style.ink, "ms", halo=style.panel)


RENDERING = Rendering(
    "grouped", "charts", "chart", "columns of several series side by side", draw, (lookup, comparison, difference, total, extreme, count, legend, colour), least=320
)
