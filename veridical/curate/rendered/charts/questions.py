"""Questions on charts of series and categories; every answer is computed from the data, and none rests on less than the chart's step."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from veridical.curate.rendered.asked import Asked, Slip, chosen_from, exact, number, plain, short, verdict, worked
from veridical.curate.rendered.charts.topics import Chart
from veridical.curate.rendered.slips import carry, digit_off, misread, misspelt, similar_words


def called(chart: Chart, series: int, name: int) -> str:
    """A value by its place: "Berlin", or "Online in Berlin"."""
    said = chart.names[name]
    return said if len(chart.series) == 1 else f"{chart.series[series]} in {said}"


def within(chart: Chart, series: int) -> str:
    """The series inside a question, where there are several."""
    return "" if len(chart.series) == 1 else f" for {chart.series[series]}"


def any_of(rng: np.random.Generator, count: int, wanted: int = 1) -> list[int]:
    """So many different places."""
    return [int(place) for place in rng.permutation(count)[:wanted]]


def beside(chart: Chart, series: int, name: int) -> list[Slip]:
    """Values that stand beside the right one."""
    found = [
        (plain(chart.values[series][place]), "neighbouring category", f"the value of {chart.names[place]} was taken")
        for place in (name - 1, name + 1)
        if 0 <= place < len(chart.names)
    ]
    return found + [(plain(row[name]), "series confused", f"the value of {chart.series[place]} was taken") for place, row in enumerate(chart.values) if place != series]


def one_step(chart: Chart, value: float, rng: np.random.Generator) -> list[Slip]:
    """Ways to misread the value itself: its digits where they are printed, else a line too high or too low."""
    if chart.printed:
        return misread(plain(value), rng)
    wrong = value + chart.step if value <= chart.step or (rng.random() < 0.5 and value < chart.top) else value - chart.step
    return [
        (plain(wrong), "one step off the axis", "the height was read one step beside the right one"),
        (plain(chart.tick * round(wrong / chart.tick)), "nearest label", "the nearest label of the axis was taken"),
    ]


def lookup(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """The value of one category."""
    (series,), (name,) = any_of(rng, len(chart.series)), any_of(rng, len(chart.names))
    value, noun = chart.values[series][name], chart.topic.unit or "value"
    asked = f"What is the {chart.topic.said} for {called(chart, series, name)}?"
    slips = [*beside(chart, series, name), *one_step(chart, value, rng)]
    if rng.random() < 0.25:
        return chosen_from("lookup by choice", asked, plain(value), [slips[place] for place in rng.permutation(len(slips))], rng)
    if rng.random() < 0.2 and chart.topic.unit.split(" ")[0] in ("thousand", "million", "billion"):
        return scaled(chart, asked, value)
    return short("lookup", f"{asked} Take the number as the chart shows it." if noun != "value" else asked, number(value), slips)


def scaled(chart: Chart, asked: str, value: float) -> Asked:
    """The same with its unit written out: a value in thousands is a thousand times as much."""
    factors = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
    name, factor = next((name, factor) for name, factor in factors.items() if chart.topic.unit.startswith(name))
    other = 10**6 if name == "thousand" else 10**3
    way = [f"The chart shows {plain(value)}, and its axis counts in {name}s."]
    slips = [(way, (plain(value), "unit ignored", f"the values are in {name}s")), (way, (plain(value * other), "wrong unit", f"a {name} is {factor}, not {other}"))]
    return worked("unit", f"{asked} Give the full number, without thousand, million or billion.", number(value * factor), way, slips)


def comparison(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """Whether one value is larger than another."""
    (series,), (one, other) = any_of(rng, len(chart.series)), any_of(rng, len(chart.names), 2)
    row, yes = chart.values[series], bool(rng.random() < 0.5)
    if abs(row[one] - row[other]) < chart.step:
        return None
    if (row[one] > row[other]) != yes:
        one, other = other, one
    asked = f"Is the {chart.topic.said} for {called(chart, series, one)} higher than for {called(chart, series, other)}?"
    evidence = f"{called(chart, series, one)}: {plain(row[one])}. {called(chart, series, other)}: {plain(row[other])}." if rng.random() < 0.4 else ""
    return verdict("comparison", asked, yes, "comparison reversed", "the two values were exchanged", evidence)


def difference(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """How much larger one value is."""
    (series,), (one, other) = any_of(rng, len(chart.series)), any_of(rng, len(chart.names), 2)
    row = chart.values[series]
    if row[one] < row[other]:
        one, other = other, one
    if row[one] - row[other] < chart.step:
        return None
    said = called(chart, series, one), called(chart, series, other)
    asked = f"By how much is the {chart.topic.said} for {said[0]} higher than for {said[1]}?"
    right = row[one] - row[other]

    def way(first: float, second: float, result: float) -> list[str]:
        return [f"{said[0]}: {plain(first)}.", f"{said[1]}: {plain(second)}.", f"{plain(first)} - {plain(second)} = {plain(result)}."]

    slips = []
    for value, rule, reason in [*beside(chart, series, one), *one_step(chart, row[one], rng)]:
        if float(value) > row[other]:
            slips.append((way(float(value), row[other], float(value) - row[other]), (plain(float(value) - row[other]), rule, reason)))
    wrong, rule, reason = carry(right, rng, chart.step if not chart.printed else 1.0)
    slips += [
        (way(row[one], row[other], wrong), (plain(wrong), rule, reason)),
        (
            [*way(row[one], row[other], 0)[:2], f"{plain(row[one])} + {plain(row[other])} = {plain(row[one] + row[other])}."],
            (plain(row[one] + row[other]), "sum for difference", "the values were added"),
        ),
    ]
    if rng.random() < 0.5:
        return short("difference", asked, number(right), [slip for _, slip in slips])
    return worked("difference", asked, number(right), way(row[one], row[other], right), slips)


def total(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """The sum of three values or of all, or their mean where it is a whole number of tenths."""
    (series,) = any_of(rng, len(chart.series))
    places = sorted(any_of(rng, len(chart.names), 3)) if len(chart.names) > 5 else list(range(len(chart.names)))
    row = [chart.values[series][place] for place in places]
    mean = rng.random() < 0.5 and (sum(row) / len(row) * 10) % 1 == 0
    which = ", ".join(chart.names[place] for place in places[:-1]) + f" and {chart.names[places[-1]]}"
    asked = f"What is the {'average' if mean else 'total'} {chart.topic.said} for {which}{within(chart, series)}?"

    def way(values: list[float], summed: float) -> list[str]:
        lines = [f"{' + '.join(map(plain, values))} = {plain(summed)}."]
        return [*lines, f"{plain(summed)} / {len(values)} = {plain(summed / len(values))}."] if mean else lines

    def result(summed: float, count: int) -> float:
        return summed / count if mean else summed

    slips = []
    place = int(rng.integers(len(row)))
    for value, rule, reason in [*one_step(chart, row[place], rng)[:1], *beside(chart, series, places[place])[:1]]:
        wrong = [*row[:place], float(value), *row[place + 1 :]]
        slips.append((way(wrong, sum(wrong)), (plain(result(sum(wrong), len(wrong))), rule, reason)))
    fewer = row[:place] + row[place + 1 :]
    slips.append((way(fewer, sum(fewer)), (plain(result(sum(fewer), len(fewer))), "value left out", f"{chart.names[places[place]]} was left out")))
    twice = [*row, row[place]]
    slips.append((way(twice, sum(twice)), (plain(result(sum(twice), len(twice))), "value added twice", f"{chart.names[places[place]]} was added twice")))
    wrong, rule, reason = carry(sum(row), rng, 1.0)
    slips.append((way(row, wrong), (plain(result(wrong, len(row))), rule, reason)))
    return worked("mean" if mean else "sum", asked, number(result(sum(row), len(row))), way(row, sum(row)), slips)


def extreme(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """The category with the highest, lowest or second highest value, by a clear margin."""
    (series,), most = any_of(rng, len(chart.series)), bool(rng.random() < 0.5)
    row = chart.values[series]
    order = sorted(range(len(row)), key=lambda place: row[place], reverse=most)
    second = len(row) > 3 and rng.random() < 0.3
    wanted = 1 if second else 0
    if any(abs(row[order[wanted]] - row[order[place]]) < chart.step for place in (wanted - 1, wanted + 1) if place >= 0):
        return None
    word = ("second " if second else "") + ("highest" if most else "lowest")
    asked = f"Which {chart.topic.noun} has the {word} {chart.topic.said}{within(chart, series)}?"
    others = [place for place in order[: wanted + 3] if place != order[wanted]]
    slips = [(chart.names[place], "near the extreme", f"{chart.names[place]} comes close and is not the {word}") for place in others]
    slips += [
        (chart.names[place], "neighbouring category", f"{chart.names[place]} stands beside the right one")
        for place in (order[wanted] - 1, order[wanted] + 1)
        if 0 <= place < len(row)
    ]
    slips += [(chart.names[order[-1]], "extreme reversed", "the other end was taken")]
    return short("second" if second else "extreme", asked, exact(chart.names[order[wanted]]), slips)


def count(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """How many values lie above a labelled mark; none lies near it."""
    (series,), (mark,) = any_of(rng, len(chart.series)), any_of(rng, chart.marks - 1)
    row, line = chart.values[series], chart.tick * (mark + 1)
    if any(abs(value - line) < chart.step for value in row):
        return None
    right = sum(value > line for value in row)
    asked = f"How many {chart.topic.nouns} have a {chart.topic.said} above {plain(line)}{within(chart, series)}?"
    slips = [
        (plain(right + 1), "one counted twice", "one more was counted"),
        (plain(max(0, right - 1)), "one missed", "one was not counted"),
        (plain(len(row) - right), "wrong side counted", "those below were counted"),
    ]
    return short("count", asked, number(float(right)), slips)


def legend(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """Which series is larger in one category, or smaller."""
    (name,), most = any_of(rng, len(chart.names)), bool(rng.random() < 0.5)
    column = [row[name] for row in chart.values]
    order = sorted(range(len(column)), key=lambda place: column[place], reverse=most)
    if len(order) < 2 or abs(column[order[0]] - column[order[1]]) < chart.step:
        return None
    asked = f"Which series has the {'highest' if most else 'lowest'} {chart.topic.said} in {chart.names[name]}?"
    slips = [(chart.series[place], "legend swapped", f"the colour of {chart.series[order[0]]} was taken for that of {chart.series[place]}") for place in order[1:]]
    return short("series", asked, exact(chart.series[order[0]]), slips)


def colour(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """Which series has a colour, where the colours have names."""
    if len(chart.series) < 2 or len(set(chart.colours)) < len(chart.series) or "" in chart.colours:
        return None
    (place,) = any_of(rng, len(chart.series))
    slips = [(name, "legend swapped", f"{name} has another colour") for other, name in enumerate(chart.series) if other != place]
    return short("legend", f"Which series is drawn in {chart.colours[place]}?", exact(chart.series[place]), slips)


def title(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """What the title says."""
    return short("title", "What is the title of the chart?", exact(chart.title), [*misspelt(chart.title, rng), *similar_words(chart.title, rng), *digit_off(chart.title, rng)])


def trend(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """Between which neighbours a line rises or falls most, by a clear margin."""
    (series,), most = any_of(rng, len(chart.series)), bool(rng.random() < 0.5)
    row = chart.values[series]
    steps = [(other - one) * (1 if most else -1) for one, other in pairwise(row)]
    order = sorted(range(len(steps)), key=lambda place: -steps[place])
    if len(order) < 3 or steps[order[0]] <= 0 or steps[order[0]] - steps[order[1]] < chart.step:
        return None
    word = "rise" if most else "fall"
    asked = f"After which {chart.topic.noun} does the {chart.topic.said}{within(chart, series)} {word} most until the next {chart.topic.noun}?"
    slips = [(chart.names[place], "near the extreme", f"it does not {word} most there") for place in order[1:3]]
    slips += [
        (chart.names[order[0] + 1], "neighbouring category", f"the {word} ends there"),
        (chart.names[order[-1]], "direction reversed", f"it does the opposite of a {word} there"),
    ]
    return short("trend", asked, exact(chart.names[order[0]]), slips)


def rises(chart: Chart, rng: np.random.Generator) -> Asked | None:
    """Whether the last value is higher than the first, asked for either direction with the same chance."""
    (series,), up = any_of(rng, len(chart.series)), bool(rng.random() < 0.5)
    row = chart.values[series]
    if abs(row[-1] - row[0]) < chart.step:
        return None
    word = "higher" if up else "lower"
    asked = f"Is the {chart.topic.said}{within(chart, series)} {word} in {chart.names[-1]} than in {chart.names[0]}?"
    return verdict("direction", asked, (row[-1] > row[0]) == up, "direction reversed", "the first and the last value were exchanged")
