"""Bars and columns of one series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from veridical.curate.rendered.charts.frame import Plot, lying, standing
from veridical.curate.rendered.charts.questions import comparison, count, difference, extreme, lookup, title, total
from veridical.curate.rendered.charts.style import Style, blank, style_of
from veridical.curate.rendered.charts.topics import TOPICS, Chart, chart_of
from veridical.curate.rendered.palette import series_colours
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Place, Sheet


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A chart with one bar for each category."""
    topic = TOPICS[int(rng.integers(len(TOPICS)))]
    most = min(4 + 2 * wish.difficulty, max(4, wish.size // 60), 7 if topic.noun == "day" else 99)
    chart, style = chart_of(topic, wish, rng, int(rng.integers(3, most + 1)), 1), style_of(wish, rng)
    sheet, flat = blank(wish, style, rng), rng.random() < 0.35
    fine = 1 if chart.printed else round(chart.tick / chart.step)
    room = replace(chart, marks=chart.marks + 1) if chart.printed else chart
    plot = (lying if flat else standing)(sheet, style, room, fine=fine)
    bars(sheet, style, plot, chart, rng)
    return Drawn(sheet, chart, chart.facts("bar"))


def bars(sheet: Sheet, style: Style, plot: Plot, chart: Chart, rng: np.random.Generator) -> None:
    """The bars, in one colour or each in its own, with their values where these are printed."""
    many = len(chart.names) <= 5 and rng.random() < 0.4
    colours = series_colours(rng, len(chart.names) if many else 1, style.panel) * (1 if many else len(chart.names))
    thick, outline = float(rng.uniform(0.5, 0.8)), style.ink if rng.random() < 0.2 else None
    for place, value in enumerate(chart.values[0]):
        start, end = plot.slot(place, len(chart.names))
        low, high = (start + end) / 2 - (end - start) * thick / 2, (start + end) / 2 + (end - start) * thick / 2
        box = Place(plot.area.x1, low, plot.at(value), high) if plot.lying else Place(low, plot.at(value), high, plot.area.y2)
        sheet.rectangle(box, fill=colours[place], outline=outline)
        if chart.printed:
            spot, anchor = ((box.x2 + style.size * 0.4, box.middle[1]), "lm") if plot.lying else ((box.middle[0], box.y1 - style.size * 0.35), "ms")
            sheet.text(spot, style.value(value), style.size, style.ink, anchor, halo=style.panel)


RENDERING = Rendering("bar", "charts", "chart", "bars or columns of one series", draw, (lookup, comparison, difference, total, extreme, count, title))
