"""Points over two measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from veridical.curate.rendered.asked import Asked, chosen_from, exact, number, plain, short, verdict
from veridical.curate.rendered.charts.frame import Plot, across, check, grid, headed, tick
from veridical.curate.rendered.charts.questions import any_of
from veridical.curate.rendered.charts.style import Style, blank, style_of
from veridical.curate.rendered.charts.topics import Chart, Topic
from veridical.curate.rendered.palette import Colour, name_of, series_colours
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Crowded, Place, Sheet

MEASURES = (
    ("Study time (hours)", "Test score", ("Class A", "Class B", "Class C")),
    ("Age (years)", "Price (thousand $)", ("Diesel", "Petrol", "Electric")),
    ("Distance (km)", "Delivery time (minutes)", ("Bike", "Van")),
    ("Temperature (°C)", "Ice creams sold", ("Weekday", "Weekend")),
    ("Height (cm)", "Weight (kg)", ("Team 1", "Team 2")),
    ("Floor area (square m)", "Rent (10 $)", ("Centre", "Suburb")),
    ("Fertiliser (g)", "Plant height (cm)", ("Tomato", "Pepper", "Bean")),
    ("Screen time (hours)", "Sleep quality", ("Adults", "Teens")),
)
TRENDS = ("positive", "negative", "none")
CLEAR = 0.75
"""A correlation at least as strong is a trend; one weaker than a quarter is none."""
TRIES = 40
"""Clouds that are drawn for a trend, so that each trend has the same chance."""


@dataclass(frozen=True)
class Points:
    """Everything that is true of the picture."""

    across: str
    upward: str
    groups: tuple[str, ...]
    colours: tuple[str, ...]
    points: tuple[tuple[float, float, int], ...]
    """x, y, group; on steps of both axes."""
    x: Chart
    y: Chart
    trend: str

    @property
    def facts(self) -> dict:
        """The same as JSON."""
        points = [{"x": x, "y": y, "group": self.groups[group]} for x, y, group in self.points]
        return {"chart": "scatter", "x": self.across, "y": self.upward, "colours": dict(zip(self.groups, self.colours, strict=True)), "points": points}


def axis(rng: np.random.Generator) -> Chart:
    """An axis whose every step has a line or a tick."""
    size, parts = float(rng.choice([5, 10, 20, 50])), 5
    return Chart(Topic("", "", "", (), 0), "", (), ("",), ((),), size, int(rng.integers(4, 6)), size / parts, False)


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """Points of one, two or three groups that rise, fall, or do neither."""
    across_name, upward, known = MEASURES[int(rng.integers(len(MEASURES)))]
    groups = known[: int(rng.integers(1, min(len(known), wish.difficulty) + 1))]
    x, y, style = axis(rng), axis(rng), style_of(wish, rng)
    colours = series_colours(rng, len(groups), style.panel)
    trend = str(rng.choice(TRENDS))
    points = cloud(x, y, int(rng.integers(6, 9 + 4 * wish.difficulty)), len(groups), trend, rng)
    truth = Points(across_name, upward, groups, tuple(map(name_of, colours)), points, x, y, trend)
    sheet = blank(wish, style, rng, (0.7, 0.95))
    dots(sheet, style, plot_of(sheet, style, truth, colours), truth, colours)
    return Drawn(sheet, truth, truth.facts)


def cloud(x: Chart, y: Chart, count: int, groups: int, trend: str, rng: np.random.Generator) -> tuple[tuple[float, float, int], ...]:
    """Points with a correlation that leaves no doubt, each in a place of its own."""
    for _ in range(TRIES):
        spots = scattered(x, y, count, {"positive": 1, "negative": -1, "none": 0}[trend], rng)
        found = np.corrcoef(np.array(spots).T)[0, 1]
        if len(set(spots)) == count and (abs(found) <= 0.25 if trend == "none" else found * (1 if trend == "positive" else -1) >= CLEAR):
            return tuple((a, b, int(rng.integers(groups))) for a, b in spots)
    raise Crowded("the points do not show the trend clearly, or hide one another")


def scattered(x: Chart, y: Chart, count: int, slope: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Points around a line, or anywhere."""
    across = rng.uniform(0.08, 0.95, count)
    upward = 0.5 + slope * (across - 0.5) * 0.8 + rng.uniform(-0.12, 0.12, count) if slope else rng.uniform(0.1, 0.9, count)
    return [(x.step * round(a * x.top / x.step), y.step * round(b * y.top / y.step)) for a, b in zip(across, upward, strict=True)]


def plot_of(sheet: Sheet, style: Style, truth: Points, colours: list[Colour]) -> tuple[Plot, Plot]:
    """Both axes with their labels."""
    room = headed(
        sheet, style, f"{truth.upward.split(' (')[0]} and {truth.across.split(' (')[0].lower()}", list(zip(truth.groups, colours, strict=True)) if len(truth.groups) > 1 else ()
    )
    numbers = [f"{truth.y.tick * place:g}" for place in range(truth.y.marks + 1)]
    left = room.x1 + style.size * 2.3 + max(sheet.measure(one, style.size)[0] for one in numbers)
    area = Place(left, room.y1 + style.size * 0.6, room.x2 - style.size, room.y2 - style.size * 3.4)
    plots = Plot(area, truth.x.top, lying=True), Plot(area, truth.y.top)
    for plot, chart in zip(plots, (truth.x, truth.y), strict=True):
        check(plot, chart, 5, style)
    grid(sheet, style, plots[1], truth.y, 5)
    for place in range(truth.x.marks * 5 + 1):
        at = plots[0].at(truth.x.step * place)
        if place % 5 == 0:
            across(sheet, style, plots[0], at, 1.0, style.dash)
            sheet.text((at, area.y2 + style.size * 1.5), f"{truth.x.step * place:g}", style.size, style.quiet, "ms")
        else:
            tick(sheet, style, plots[0], at, style.size * 0.35)
    for place, said in enumerate(numbers):
        sheet.text((left - style.size * 0.6, plots[1].at(truth.y.tick * place)), said, style.size, style.quiet, "rm")
    sheet.text((area.middle[0], room.y2), truth.across, style.size, style.quiet, "ms")
    sheet.upright((room.x1 + style.size * 0.6, area.middle[1]), truth.upward, style.size, style.quiet)
    return plots


def dots(sheet: Sheet, style: Style, plots: tuple[Plot, Plot], truth: Points, colours: list[Colour]) -> None:
    """The points, one form for each group. Errors: Crowded where two would hide one another."""
    radius, seen = style.size * 0.36, []
    for x, y, group in truth.points:
        at = plots[0].at(x), plots[1].at(y)
        if any(abs(at[0] - a) < radius * 2 and abs(at[1] - b) < radius * 2 for a, b in seen):
            raise Crowded("two points touch")
        seen.append(at)
        if group == 1:
            sheet.rectangle(Place(at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=colours[1])
        elif group == 2:
            sheet.polygon([(at[0], at[1] - radius * 1.3), (at[0] + radius * 1.2, at[1] + radius), (at[0] - radius * 1.2, at[1] + radius)], fill=colours[2])
        else:
            sheet.circle(at, radius, fill=colours[0])


def above(truth: Points, rng: np.random.Generator) -> Asked | None:
    """How many points lie above, or to the right of, a labelled mark, none on it."""
    sideways = bool(rng.random() < 0.5)
    chart, name = (truth.x, truth.across) if sideways else (truth.y, truth.upward)
    line = chart.tick * int(rng.integers(1, chart.marks))
    row = [point[0 if sideways else 1] for point in truth.points]
    if line in row:
        return None
    right = sum(value > line for value in row)
    asked = f'How many points have a value above {plain(line)} on the axis "{name}"?'
    slips = [
        (plain(right + 1), "one counted twice", "one more was counted"),
        (plain(max(0, right - 1)), "one missed", "one was not counted"),
        (plain(len(row) - right), "wrong side counted", "the others were counted"),
    ]
    return short("count", asked, number(float(right)), slips)


def members(truth: Points, rng: np.random.Generator) -> Asked | None:
    """How many points a group has."""
    if len(truth.groups) < 2:
        return None
    (place,) = any_of(rng, len(truth.groups))
    sizes = [sum(point[2] == group for point in truth.points) for group in range(len(truth.groups))]
    slips = [(plain(sizes[place] + 1), "one counted twice", "one more was counted"), (plain(max(0, sizes[place] - 1)), "one missed", "one was not counted")]
    slips += [(plain(size), "legend swapped", f"the points of {truth.groups[other]} were counted") for other, size in enumerate(sizes) if other != place]
    return short("group count", f"How many points belong to {truth.groups[place]}?", number(float(sizes[place])), slips)


def trend(truth: Points, rng: np.random.Generator) -> Asked | None:
    """Whether there is a trend, and which."""
    names = {"positive": "it rises", "negative": "it falls", "none": "there is no clear trend"}
    slips = [(said, "trend misjudged", "the points show another picture") for name, said in names.items() if name != truth.trend]
    name, along = truth.upward.split(" (")[0], truth.across.split(" (")[0].lower()
    return chosen_from("trend", f'What happens to "{name}" in the chart as {along} grows?', names[truth.trend], slips, rng)


def highest(truth: Points, rng: np.random.Generator) -> Asked | None:
    """The place on one axis of the point that is outermost on the other, by a clear margin."""
    most = bool(rng.random() < 0.5)
    order = sorted(truth.points, key=lambda point: point[1], reverse=most)
    if abs(order[0][1] - order[1][1]) < truth.y.step:
        return None
    word, (x, y, _) = "highest" if most else "lowest", order[0]
    slips = [(plain(order[1][0]), "neighbouring point", "the next point was taken"), (plain(y), "axes swapped", "its value on the other axis was given")]
    slips += [
        (plain(x + truth.x.step), "one step off the axis", "it was read one step too far to the right"),
        (plain(x - truth.x.step), "one step off the axis", "it was read one step too far to the left"),
    ]
    return short("point", f'What is the value on the axis "{truth.across}" of the {word} point?', number(x), slips)


def group_of_highest(truth: Points, rng: np.random.Generator) -> Asked | None:
    """Which group the rightmost or leftmost point belongs to, by a clear margin."""
    right = bool(rng.random() < 0.5)
    order = sorted(truth.points, key=lambda point: point[0], reverse=right)
    if len(truth.groups) < 2 or abs(order[0][0] - order[1][0]) < truth.x.step:
        return None
    slips = [(name, "legend swapped", f"{name} has another mark") for place, name in enumerate(truth.groups) if place != order[0][2]]
    return short("group", f"Which group does the {'rightmost' if right else 'leftmost'} point belong to?", exact(truth.groups[order[0][2]]), slips)


def compared(truth: Points, rng: np.random.Generator) -> Asked | None:
    """Whether one group has more points than another, yes and no with the same chance."""
    if len(truth.groups) < 2:
        return None
    yes, (one, other) = bool(rng.random() < 0.5), any_of(rng, len(truth.groups), 2)
    sizes = [sum(point[2] == group for point in truth.points) for group in range(len(truth.groups))]
    if sizes[one] == sizes[other]:
        return None
    if (sizes[one] > sizes[other]) != yes:
        one, other = other, one
    return verdict("group comparison", f"Are there more points of {truth.groups[one]} than of {truth.groups[other]}?", yes, "comparison reversed", "the two groups were exchanged")


RENDERING = Rendering(
    "scatter", "charts", "chart", "points over two measures, in one to three groups", draw, (above, members, trend, highest, group_of_highest, compared), least=320
)
