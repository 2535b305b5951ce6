"""Pies and rings: parts of a whole."""

from __future__ import annotations

import math

import numpy as np

from veridical.curate.rendered.asked import Asked, chosen_from, exact, number, plain, short, verdict, worked
from veridical.curate.rendered.charts.frame import headed
from veridical.curate.rendered.charts.questions import any_of, beside, comparison, difference, extreme, lookup
from veridical.curate.rendered.charts.style import Style, style_of
from veridical.curate.rendered.charts.topics import TOPICS, Chart, Topic, drawn_from
from veridical.curate.rendered.palette import Colour, ink_on, name_of, series_colours
from veridical.curate.rendered.rendering import Drawn, Question, Rendering, Wish
from veridical.curate.rendered.sheet import Crowded, Place, Sheet
from veridical.curate.rendered.slips import carry

SHARES = tuple(topic for topic in TOPICS if topic.share)
CLEAR = 5.0
"""Percentage points between two slices that are compared by eye."""
WHOLE = 100


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A pie of 3 to 6 slices with printed percentages, printed amounts (difficulty 2), or none (3)."""
    topic, style = SHARES[int(rng.integers(len(SHARES)))], style_of(wish, rng)
    count = int(rng.integers(3, 4 + wish.difficulty))
    colours = series_colours(rng, count, style.paper)
    parts, factor = percents(count, rng), int(rng.integers(2, 13)) if wish.difficulty == 2 else 1
    amounts = wish.difficulty == 2
    shown = topic if amounts else Topic("Share", "%", topic.noun, topic.names, 100)
    title = f"{topic.measure} by {topic.noun}" + (f" ({topic.unit})" if amounts and topic.unit else " (%)" if not amounts else "")
    step, names = (CLEAR if wish.difficulty == 3 else 1.0), drawn_from(rng, topic.names, count)
    chart = Chart(shown, title, names, ("",), (tuple(float(part * factor) for part in parts),), 0, 0, step, wish.difficulty < 3, tuple(map(name_of, colours)))
    sheet = Sheet(wish.size, round(wish.size * float(rng.uniform(0.62, 0.9))), style.paper, wish.font)
    pie(sheet, style, chart, colours, rng)
    facts = chart.facts("pie") | {"colours": dict(zip(names, chart.colours, strict=True))}
    return Drawn(sheet, chart, facts)


def percents(count: int, rng: np.random.Generator) -> list[int]:
    """Whole percentages of 6 and more that add up to 100."""
    cuts = sorted(int(cut) for cut in rng.integers(0, WHOLE - 6 * count + 1, count - 1))
    return [6 + end - start for start, end in zip([0, *cuts], [*cuts, WHOLE - 6 * count], strict=True)]


def pie(sheet: Sheet, style: Style, chart: Chart, colours: list[Colour], rng: np.random.Generator) -> None:
    """Title, slices with their values, and the names beside the slices or in a legend."""
    outside, ring = rng.random() < 0.4, rng.random() < 0.35
    room = headed(sheet, style, chart.title, () if outside else list(zip(chart.names, colours, strict=True)))
    radius = min(room.width / 2 - (style.size * 6 if outside else 4), room.height / 2 - (style.size * 1.8 if outside else 4))
    if radius < style.size * 4:
        raise Crowded("the pie is too small")
    angle = float(rng.uniform(0, 360)) if rng.random() < 0.4 else -90.0
    for name, value, fill in zip(chart.names, chart.values[0], colours, strict=True):
        end = angle + value / sum(chart.values[0]) * 360
        sheet.slice(room.middle, radius, angle, end, fill, style.paper)
        middle, angle = math.radians((angle + end) / 2), end
        if chart.printed:
            said = f"{value:g}%" if chart.topic.unit == "%" else style.value(value)
            sheet.text(toward(room, middle, radius * (0.78 if ring else 0.68)), said, style.size, ink_on(fill), "mm")
        if outside:
            spot = toward(room, middle, radius + style.size * 0.7)
            sheet.text(
                spot,
                name,
                style.size,
                style.ink,
                ("l" if math.cos(middle) > 0.25 else "r" if math.cos(middle) < -0.25 else "m") + ("a" if math.sin(middle) > 0.7 else "s" if math.sin(middle) < -0.7 else "m"),
            )
    if ring:
        sheet.circle(room.middle, radius * 0.5, style.paper)


def toward(room: Place, angle: float, reach: float) -> tuple[float, float]:
    """A point at a distance from the middle."""
    return room.middle[0] + math.cos(angle) * reach, room.middle[1] + math.sin(angle) * reach


def printed_only(question: Question) -> Question:
    """A question that is asked only where the values are printed."""

    def asked(chart: Chart, rng: np.random.Generator) -> Asked | None:
        return question(chart, rng) if chart.printed else None

    return asked


def share(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """The percentage of one slice, from printed amounts."""
    if chart.topic.unit == "%" or not chart.printed:
        return None
    (name,) = any_of(rng, len(chart.names))
    row, whole = chart.values[0], sum(chart.values[0])

    def way(part: float, of: float) -> list[str]:
        return [f"The slices add up to {plain(of)}.", f"{plain(part)} / {plain(of)} = {plain(part / of)}."]

    slips = [(way(float(value), whole), (plain(float(value) / whole * 100), rule, reason)) for value, rule, reason in beside(chart, 0, name)]
    wrong, rule, reason = carry(row[name] / whole * 100, rng)
    slips += [
        (way(row[name], whole), (plain(wrong), rule, reason)),
        ([*way(row[name], whole)[:1], f"The slice itself shows {plain(row[name])}."], (plain(row[name]), "amount for share", "the amount itself was given")),
    ]
    return worked("share", f"What percentage of the whole does {chart.names[name]} make up?", number(row[name] / whole * 100), way(row[name], whole), slips)


def part(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """Whether a slice is more than a quarter of the whole; asked only where there are slices of both kinds, so that yes and no have the same chance."""
    yes, whole = bool(rng.random() < 0.5), sum(chart.values[0])
    clear = [place for place, value in enumerate(chart.values[0]) if abs(value / whole - 0.25) >= CLEAR / 100]
    more, less = ([place for place in clear if (chart.values[0][place] / whole > 0.25) == large] for large in (True, False))
    if not more or not less:
        return None
    name = chart.names[int(rng.choice(more if yes else less))]
    return verdict("part", f"Does the slice of {name} make up more than a quarter of the whole?", yes, "part misjudged", "the slice was taken for larger or smaller than it is")


def two_largest(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """Which slice is second, chosen from all."""
    order = sorted(range(len(chart.names)), key=lambda place: -chart.values[0][place])
    row = [chart.values[0][place] for place in order]
    if row[0] - row[1] < chart.step or row[1] - row[2] < chart.step:
        return None
    slips = [(chart.names[place], "near the extreme", "it is not the second largest") for place in [order[0], *order[2:]]]
    return chosen_from("second by choice", f"Which {chart.topic.noun} has the second largest slice?", chart.names[order[1]], slips, rng)


def by_colour(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """What a slice of a colour stands for."""
    if "" in chart.colours:
        return None
    (place,) = any_of(rng, len(chart.names))
    slips = [(chart.names[other], "neighbouring slice", f"{chart.names[other]} has another colour") for other in ((place + 1) % len(chart.names), place - 1)]
    return short("legend", f"Which {chart.topic.noun} is the {chart.colours[place]} slice?", exact(chart.names[place]), slips)


RENDERING = Rendering(
    "pie",
    "charts",
    "chart",
    "slices of a whole, as a pie or a ring",
    draw,
    (printed_only(lookup), comparison, printed_only(difference), extreme, share, part, two_largest, by_colour),
)
