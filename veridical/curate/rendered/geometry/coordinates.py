"""Points on a grid with two axes: coordinates, distance, middle, slope, area."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np

from veridical.curate.rendered.asked import Asked, Slip, Wrong, distinct, exact, number, plain, short, worked
from veridical.curate.rendered.geometry.figure import INKS, PAPERS, away
from veridical.curate.rendered.palette import BLACK, mixed, readable
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Crowded, Place, Sheet
from veridical.curate.rendered.slips import carry

LEGS = ((3, 4), (4, 3), (6, 8), (8, 6), (5, 12), (12, 5))
Spot = tuple[int, int]


@dataclass(frozen=True)
class Grid:
    """Everything that is true of the picture: points by name, and whether they are joined to a triangle."""

    points: dict[str, Spot]
    joined: bool


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """Two to four points; difficulty 1 has only positive coordinates."""
    low, high = (0, 10) if wish.difficulty == 1 else (-5, 5) if wish.difficulty == 2 else (-8, 8)
    names = "ABCD"[: int(rng.integers(2, 5))]
    spots: list[Spot] = []
    while len(spots) < len(names):
        spot = spread(spots, low, high, rng)
        if all(hypot(spot[0] - x, spot[1] - y) >= 2.2 for x, y in spots):
            spots.append(spot)
    truth = Grid(dict(zip(names, spots, strict=True)), len(names) == 3)
    if truth.joined and area_of(list(truth.points.values())) < 4:
        raise Crowded("the triangle is too thin")
    sheet = Sheet(wish.size, wish.size, PAPERS[int(rng.integers(len(PAPERS)))], wish.font)
    plot(sheet, truth, low, high, rng)
    return Drawn(sheet, truth, {"figure": "coordinates", "points": {name: list(spot) for name, spot in truth.points.items()}})


def spread(spots: list[Spot], low: int, high: int, rng: np.random.Generator) -> Spot:
    """A drawn point off the axes; every other second one at a whole distance from the first."""
    steps = [leg for leg in LEGS if max(leg) <= high - low - 1]
    if len(spots) == 1 and rng.random() < 0.5:
        (wide, tall), (x, y) = steps[int(rng.integers(len(steps)))], spots[0]
        found = x + wide * int(rng.choice([-1, 1])), y + tall * int(rng.choice([-1, 1]))
        if all(low < value < high and value != 0 for value in found):
            return found
    values = [value for value in range(low + 1, high) if value != 0]
    return tuple(int(value) for value in rng.choice(values, 2))


def plot(sheet: Sheet, truth: Grid, low: int, high: int, rng: np.random.Generator) -> None:
    """Grid, axes with numbers, and the points."""
    size, ink = max(9.0, sheet.width / 34), INKS[int(rng.integers(len(INKS)))]
    room = sheet.whole.inset(size * 2.2)
    step, dot = room.width / (high - low), readable(INKS[int(rng.integers(1, len(INKS)))], sheet.paper)

    def at(x: float, y: float) -> tuple[float, float]:
        return room.x1 + (x - low) * step, room.y2 - (y - low) * step

    for value in range(low, high + 1):
        for ends in ((at(value, low), at(value, high)), (at(low, value), at(high, value))):
            sheet.line(ends, mixed(sheet.paper, BLACK, 0.16), 1)
    for ends in ((at(low, 0), at(high, 0)), (at(0, low), at(0, high))):
        sheet.line(ends, ink, 1.8)
    if truth.joined:
        sheet.polygon([at(*spot) for spot in truth.points.values()], outline=dot, width=1.6)
    every = 1 if step > size * 2 else 2
    taken = [at(*spot) for spot in truth.points.values()]
    for value in range(low, high + 1):
        if value % every == 0 and value:
            for spot in ((at(value, 0)[0], at(0, 0)[1] + size), (at(0, 0)[0] - size * 0.9, at(0, value)[1])):
                numbered(sheet, spot, str(value), size, ink, taken)
    inner = tuple(sum(spot[axis] for spot in taken) / len(taken) for axis in (0, 1))
    for name, (x, y) in zip(truth.points, taken, strict=True):
        sheet.circle((x, y), size * 0.34, fill=dot)
        spot = away(inner, (x, y), size * 1.15) if truth.joined else (x + size * 0.9, y - size * 0.8)
        sheet.text(spot, name, size * 1.15, readable(dot, sheet.paper), "mm", True, halo=sheet.paper)


def numbered(sheet: Sheet, spot: tuple[float, float], said: str, size: float, ink: tuple[int, int, int], taken: list[tuple[float, float]]) -> None:
    """A number of an axis, left out where a point or its name would hide it."""
    place = Place(spot[0] - size, spot[1] - size, spot[0] + size, spot[1] + size)
    if not any(place.touches(Place(x - size * 1.6, y - size * 1.8, x + size * 1.6, y + size * 1.6)) for x, y in taken):
        sheet.text(spot, said, size, ink, "mm", halo=sheet.paper)


def written(spot: tuple[float, float]) -> str:
    """A point as it is written."""
    return f"({plain(spot[0])}, {plain(spot[1])})"


def as_point(skill: str, question: str, right: str, slips: list[Slip]) -> Asked:
    """A question whose answer is a point."""
    wrongs = tuple(Wrong(rule, reason, value, value) for value, rule, reason in distinct(slips, right))
    return Asked(skill, f"{question} Answer as (x, y).", exact(right), right, wrongs)


def two(truth: Grid, rng: np.random.Generator) -> list[tuple[str, Spot]]:
    """Two of the points with their names."""
    entries = list(truth.points.items())
    return [entries[place] for place in rng.permutation(len(entries))[:2]]


def coordinates(truth: Grid, rng: np.random.Generator) -> Asked | None:
    """Where a point is."""
    (name, (x, y)), (other, spot) = two(truth, rng)
    slips = [
        (written((y, x)), "axes swapped", "the coordinates were exchanged"),
        (written((x + int(rng.choice([-1, 1])), y)), "one step off the axis", "x was read one step beside the right one"),
    ]
    slips += [(written((-x, y)), "sign lost", "x has the other sign"), (written(spot), "neighbouring point", f"the coordinates of {other} were read")]
    return as_point("coordinates", f"What are the coordinates of the point {name}?", written((x, y)), slips)


def middle(truth: Grid, rng: np.random.Generator) -> Asked | None:
    """The middle of two points."""
    (name, (a, b)), (other, (c, d)) = two(truth, rng)
    slips = [
        (written(((c - a) / 2, (d - b) / 2)), "difference for mean", "the coordinates were subtracted"),
        (written((a + c, b + d)), "half forgotten", "the sums were not halved"),
    ]
    slips.append((written(((b + d) / 2, (a + c) / 2)), "axes swapped", "the coordinates were exchanged"))
    return as_point("middle", f"What is the middle of the points {name} and {other}?", written(((a + c) / 2, (b + d) / 2)), slips)


def distance(truth: Grid, rng: np.random.Generator) -> Asked | None:
    """The distance of two points, where it is a whole number."""
    (name, (a, b)), (other, (c, d)) = two(truth, rng)
    wide, tall = abs(c - a), abs(d - b)
    right = round(hypot(wide, tall))
    if right * right != wide * wide + tall * tall or not wide or not tall:
        return None
    steps = f"{name} = {written((a, b))}, {other} = {written((c, d))}, so the steps are {wide} and {tall}."
    wrong, rule, reason = carry(right, rng)
    slips = [
        ([steps, f"{wide} + {tall} = {wide + tall}."], (str(wide + tall), "sides added", "the steps were added instead of their squares")),
        ([steps, f"sqrt({wide}² + {tall}²) = {int(wrong)}."], (str(int(wrong)), rule, reason)),
        ([steps, f"{wide}² + {tall}² = {right * right}."], (str(right * right), "root forgotten", "the square of the distance was given")),
    ]
    return worked("distance", f"What is the distance between the points {name} and {other}?", number(str(right)), [steps, f"sqrt({wide}² + {tall}²) = {right}."], slips)


def slope(truth: Grid, rng: np.random.Generator) -> Asked | None:
    """The slope of the line through two points, where it has at most one decimal."""
    (name, (a, b)), (other, (c, d)) = two(truth, rng)
    if a == c or b == d or (d - b) * 10 % (c - a):
        return None

    def way(rise: int, run: int, result: float) -> list[str]:
        return [f"{name} = {written((a, b))}, {other} = {written((c, d))}.", f"{rise} / {run} = {plain(result)}."]

    right, turned = (d - b) / (c - a), (c - a) / (d - b)
    slips = [
        (way(d - b, c - a, -right), (plain(-right), "sign lost", "the line goes the other way")),
        (way(c - a, d - b, round(turned, 2)), (plain(round(turned, 2)), "ratio turned round", "run and rise were exchanged")),
    ]
    return worked("slope", f"What is the slope of the line through {name} and {other}?", number(right), way(d - b, c - a, right), slips)


def area_of(spots: list[Spot]) -> float:
    """The area of a triangle: |x1(y2 − y3) + x2(y3 − y1) + x3(y1 − y2)| / 2."""
    (a, b), (c, d), (e, f) = spots
    return abs(a * (d - f) + c * (f - b) + e * (b - d)) / 2


def area(truth: Grid, rng: np.random.Generator) -> Asked | None:
    """The area of the triangle."""
    if not truth.joined:
        return None
    spots, right = list(truth.points.values()), area_of(list(truth.points.values()))
    (a, b), (c, d), (e, f) = spots
    said = ", ".join(f"{name} = {written(spot)}" for name, spot in truth.points.items()) + "."
    formula = f"|{a} x ({d} - {f}) + {c} x ({f} - {b}) + {e} x ({b} - {d})|".replace("- -", "+ ")
    wrong, rule, reason = carry(right, rng)
    boxed = float((max(a, c, e) - min(a, c, e)) * (max(b, d, f) - min(b, d, f)))
    slips = [
        ([said, f"{formula} x 1 = {plain(2 * right)}."], (plain(2 * right), "half forgotten", "the area of the parallelogram was given")),
        ([said, f"{formula} / 2 = {plain(wrong)}."], (plain(wrong), rule, reason)),
        ([said, f"The box around the points has width x height = {plain(boxed)}."], (plain(boxed), "box for triangle", "the rectangle around the triangle was taken")),
    ]
    return worked("grid area", "What is the area of the triangle, in squares of the grid?", number(right), [said, f"{formula} / 2 = {plain(right)}."], slips)


def outermost(truth: Grid, rng: np.random.Generator) -> Asked | None:
    """Which point is the outermost in a direction."""
    axis, most = int(rng.integers(2)), bool(rng.random() < 0.5)
    order = sorted(truth.points, key=lambda name: truth.points[name][axis], reverse=most)
    if truth.points[order[0]][axis] == truth.points[order[1]][axis]:
        return None
    word = (("farthest to the left", "farthest to the right"), ("lowest", "highest"))[axis][most]
    slips = [(order[1], "near the extreme", "it comes second"), (order[-1], "extreme reversed", "the other end was taken")]
    return short("outermost point", f"Which point is the {word}?" if axis else f"Which point lies {word}?", exact(order[0]), slips)


RENDERING = Rendering(
    "coordinates", "geometry", "mathematics", "points on a grid with two axes", draw, (coordinates, middle, distance, distance, slope, area, outermost), least=320
)
