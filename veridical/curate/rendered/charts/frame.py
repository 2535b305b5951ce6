"""What stands around the data of a chart: title, legend, axes, grid and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veridical.curate.rendered.charts.style import Style
from veridical.curate.rendered.charts.topics import Chart
from veridical.curate.rendered.palette import Colour
from veridical.curate.rendered.sheet import Crowded, Place, Sheet, wrapped

FINEST = 4.0
"""The least pixels between two neighbouring steps that are read off an axis."""


@dataclass(frozen=True)
class Plot:
    """The rectangle of the data, and where a value stands on its axis."""

    area: Place
    top: float
    lying: bool = False
    low: float = 0.0

    def at(self, value: float) -> float:
        """The pixel of a value: across where bars lie, else down."""
        share = (value - self.low) / (self.top - self.low)
        return self.area.x1 + share * self.area.width if self.lying else self.area.y2 - share * self.area.height

    def slot(self, place: int, count: int) -> tuple[float, float]:
        """Where the room of a category starts and ends."""
        start, length = (self.area.y1, self.area.height) if self.lying else (self.area.x1, self.area.width)
        return start + length * place / count, start + length * (place + 1) / count


def headed(sheet: Sheet, style: Style, title: str, legend: Sequence[tuple[str, Colour]]) -> Place:
    """Write title and legend; what is left of the sheet."""
    room = sheet.whole.inset(style.size * 0.9)
    lines, size = wrapped(sheet, title, style.size * 1.35, room.width, style.bold), style.size * 1.35
    for place, line in enumerate(lines):
        spot = (room.x1, room.y1 + size * (0.9 + 1.2 * place)) if style.left else (room.middle[0], room.y1 + size * (0.9 + 1.2 * place))
        sheet.text(spot, line, size, style.ink, "ls" if style.left else "ms", style.bold)
    room = room._replace(y1=room.y1 + size * (1.2 * len(lines) + 0.5))
    return with_legend(sheet, style, room, legend) if legend else room


def with_legend(sheet: Sheet, style: Style, room: Place, legend: Sequence[tuple[str, Colour]]) -> Place:
    """Write the legend beside, above or below what is left, which is given back."""
    side, widths = style.size * 0.8, [sheet.measure(name, style.size)[0] + style.size * 2.4 for name, _ in legend]
    if style.legend == "right":
        width = max(widths)
        for place, entry in enumerate(legend):
            key(sheet, style, (room.x2 - width + side, room.y1 + style.size * (1.4 + 1.7 * place)), entry)
        return room._replace(x2=room.x2 - width)
    at, line, rows = room.x1, 0, [[]]
    for entry, width in zip(legend, widths, strict=True):
        if at + width > room.x2 and rows[-1]:
            rows.append([])
            at, line = room.x1, line + 1
        rows[-1].append((at, entry))
        at += width
    height = style.size * 1.6 * len(rows) + style.size * 0.3
    top = room.y1 if style.legend == "top" else room.y2 - height + style.size * 0.4
    for line, row in enumerate(rows):
        for at, entry in row:
            key(sheet, style, (at, top + style.size * (1.0 + 1.6 * line)), entry)
    return room._replace(y1=room.y1 + height) if style.legend == "top" else room._replace(y2=room.y2 - height)


def key(sheet: Sheet, style: Style, at: tuple[float, float], entry: tuple[str, Colour]) -> None:
    """One entry of a legend: a square of its colour and a name."""
    side = style.size * 0.78
    sheet.rectangle(Place(at[0], at[1] - side, at[0] + side, at[1]), fill=entry[1])
    sheet.text((at[0] + side * 1.6, at[1]), entry[0], style.size, style.ink)


def standing(sheet: Sheet, style: Style, chart: Chart, legend: Sequence[tuple[str, Colour]] = (), fine: int = 1) -> Plot:
    """Axes for columns and lines: values upwards, categories along the bottom. `fine` parts between labelled marks have ticks or lines."""
    room = headed(sheet, style, chart.title, legend)
    numbers = [style.value(chart.tick * place) for place in range(chart.marks + 1)]
    left = room.x1 + style.size * 1.7 + max(sheet.measure(one, style.size)[0] for one in numbers) + style.size * 0.6
    names = [sheet.measure(name, style.size)[0] for name in chart.names]
    turned = max(names) + style.size * 0.6 > (room.x2 - left) / len(chart.names)
    foot = style.size * 0.9 + (max(names) if turned else style.size)
    area = Place(left, room.y1 + style.size * 0.6, room.x2, room.y2 - foot)
    plot = check(Plot(area, chart.top), chart, fine, style)
    grid(sheet, style, plot, chart, fine)
    sheet.upright((room.x1 + style.size * 0.6, area.middle[1]), chart.measure, style.size, style.quiet)
    for place, said in enumerate(numbers):
        sheet.text((left - style.size * 0.6, plot.at(chart.tick * place)), said, style.size, style.quiet, "rm")
    for place, name in enumerate(chart.names):
        middle = sum(plot.slot(place, len(chart.names))) / 2
        if turned:
            sheet.upright((middle, area.y2 + style.size * 0.6 + names[place] / 2), name, style.size, style.ink)
        else:
            sheet.text((middle, area.y2 + style.size * 1.5), name, style.size, style.ink, "ms")
    return plot


def lying(sheet: Sheet, style: Style, chart: Chart, legend: Sequence[tuple[str, Colour]] = (), fine: int = 1) -> Plot:
    """Axes for bars that lie: values to the right, categories down the left side."""
    room = headed(sheet, style, chart.title, legend)
    left = room.x1 + max(sheet.measure(name, style.size)[0] for name in chart.names) + style.size * 0.8
    area = Place(left, room.y1 + style.size * 0.3, room.x2 - style.size * 1.2, room.y2 - style.size * 3.4)
    plot = check(Plot(area, chart.top, lying=True), chart, fine, style)
    grid(sheet, style, plot, chart, fine)
    sheet.text((area.middle[0], room.y2), chart.measure, style.size, style.quiet, "ms")
    for place in range(chart.marks + 1):
        sheet.text((plot.at(chart.tick * place), area.y2 + style.size * 1.4), style.value(chart.tick * place), style.size, style.quiet, "ms")
    for place, name in enumerate(chart.names):
        sheet.text((left - style.size * 0.6, sum(plot.slot(place, len(chart.names))) / 2), name, style.size, style.ink, "rm")
    return plot


def check(plot: Plot, chart: Chart, fine: int, style: Style) -> Plot:
    """The plot, where it is large enough for what must be read off it. Errors: Crowded."""
    length = plot.area.width if plot.lying else plot.area.height
    if length / chart.marks / fine < FINEST or length / chart.marks < style.size * 1.3 or min(plot.area.width, plot.area.height) < 70:
        raise Crowded("the axis is too short for its steps")
    return plot


def grid(sheet: Sheet, style: Style, plot: Plot, chart: Chart, fine: int) -> None:
    """Panel, lines at labelled marks, lines or ticks at the finer ones, and the frame."""
    area = plot.area
    sheet.rectangle(area, fill=style.panel)
    for place in range(chart.marks * fine + 1):
        at, labelled = plot.at(chart.tick * place / fine), place % fine == 0
        if labelled or fine == 2:
            across(sheet, style, plot, at, 1.0 if labelled else 0.5, style.dash if labelled else 3.0)
        else:
            tick(sheet, style, plot, at, style.size * 0.35)
    if style.frame == "full":
        sheet.rectangle(area, outline=style.quiet, width=1)
    else:
        sheet.line([(area.x1, area.y1), (area.x1, area.y2), (area.x2, area.y2)] if style.frame == "open" or fine > 2 else [(area.x1, area.y2), (area.x2, area.y2)], style.quiet, 1)


def across(sheet: Sheet, style: Style, plot: Plot, at: float, width: float, dash: float) -> None:
    """A line through the plot at a value."""
    area = plot.area
    sheet.line([(at, area.y1), (at, area.y2)] if plot.lying else [(area.x1, at), (area.x2, at)], style.grid, width, dash)


def tick(sheet: Sheet, style: Style, plot: Plot, at: float, length: float) -> None:
    """A small mark on the axis at a value, and a faint line through the plot that leads to it."""
    across(sheet, style, plot, at, 0.5, 3.0)
    area = plot.area
    sheet.line([(at, area.y2), (at, area.y2 + length)] if plot.lying else [(area.x1, at), (area.x1 - length, at)], style.quiet, 1)
