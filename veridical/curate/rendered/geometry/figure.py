"""A figure on a sheet: points brought into the picture, sides, angles and points with their labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from veridical.curate.rendered.asked import Asked
from veridical.curate.rendered.palette import BLACK, WHITE, Colour, mixed, readable
from veridical.curate.rendered.rendering import Wish
from veridical.curate.rendered.sheet import Crowded, Point, Sheet

INKS: tuple[Colour, ...] = (BLACK, (30, 60, 130), (120, 30, 40), (20, 90, 80), (70, 50, 120))
PAPERS: tuple[Colour, ...] = (WHITE, WHITE, (253, 251, 244), (244, 247, 251))
NAMES = ("ABCDEFGH", "PQRSTUVW", "KLMNOPQR", "EFGHIJKL")


@dataclass
class Figure:
    """A sheet, the points in pixels, and the dress of the lines."""

    sheet: Sheet
    points: dict[str, Point]
    ink: Colour
    accent: Colour
    fill: Colour
    size: float
    width: float
    scale: float

    @property
    def middle(self) -> Point:
        """The mean of the points."""
        return tuple(sum(point[axis] for point in self.points.values()) / len(self.points) for axis in (0, 1))


def figure(wish: Wish, rng: np.random.Generator, points: Mapping[str, Point], turn: bool = True, margin: float = 3.2) -> Figure:
    """The points, turned by a drawn angle, as large as the sheet allows. Errors: Crowded where the figure would be too thin."""
    angle = float(rng.uniform(0, 2 * math.pi)) if turn else 0.0
    turned = {name: (x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)) for name, (x, y) in points.items()}
    low, high = ([pick(point[axis] for point in turned.values()) for axis in (0, 1)] for pick in (min, max))
    wide, tall = high[0] - low[0], high[1] - low[1]
    if min(wide, tall) < 0.3 * max(wide, tall):
        raise Crowded("the figure is too thin")
    size = min(24.0, max(11.0, wish.size / 26 * float(rng.uniform(0.85, 1.15))))
    border = size * margin
    scale = (wish.size - 2 * border) / max(wide, tall)
    paper = PAPERS[int(rng.integers(len(PAPERS)))]
    sheet = Sheet(round(wide * scale + 2 * border), round(tall * scale + 2 * border), paper, wish.font)
    placed = {name: (border + (x - low[0]) * scale, border + (high[1] - y) * scale) for name, (x, y) in turned.items()}
    ink = INKS[int(rng.integers(len(INKS)))]
    accent = readable(INKS[int(rng.integers(1, len(INKS)))], paper)
    fill = mixed(paper, accent, float(rng.choice([0.0, 0.08, 0.14])))
    return Figure(sheet, placed, ink, accent, fill, size, max(1.5, size * float(rng.uniform(0.1, 0.16))), scale)


def shape(one: Figure, names: Sequence[str]) -> None:
    """A closed shape through the points of these names."""
    one.sheet.polygon([one.points[name] for name in names], fill=one.fill, outline=one.ink, width=one.width)


def away(start: Point, end: Point, reach: float) -> Point:
    """A point beyond `end`, seen from `start`."""
    length = math.dist(start, end) or 1.0
    return end[0] + (end[0] - start[0]) / length * reach, end[1] + (end[1] - start[1]) / length * reach


def name_point(one: Figure, name: str, middle: Point | None = None, said: str = "") -> None:
    """Write a point's name, on the far side from the middle."""
    one.sheet.text(away(middle or one.middle, one.points[name], one.size * 0.95), said or name, one.size, one.ink, "mm")


def side(one: Figure, first: str, second: str, said: str, middle: Point | None = None, reach: float = 1.0) -> None:
    """Write along a side, outside the figure; the longer the text and the steeper the side, the farther off."""
    if not said:
        return
    a, b, inner = one.points[first], one.points[second], middle or one.middle
    centre = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    length = math.dist(a, b) or 1.0
    normal = (b[1] - a[1]) / length, -(b[0] - a[0]) / length
    if normal[0] * (centre[0] - inner[0]) + normal[1] * (centre[1] - inner[1]) < 0:
        normal = -normal[0], -normal[1]
    wide = one.sheet.measure(said, one.size)[0]
    off = reach * (one.size * 0.55 + abs(normal[0]) * wide / 2 + abs(normal[1]) * one.size * 0.35)
    one.sheet.text((centre[0] + normal[0] * off, centre[1] + normal[1] * off), said, one.size, one.accent, "mm")


def angle(one: Figure, at: str, first: str, second: str, said: str) -> None:
    """An arc at a point between two others, with its text inside. Errors: Crowded where the angle is too narrow for it."""
    point, ends = one.points[at], [one.points[first], one.points[second]]
    bearings = [math.degrees(math.atan2(end[1] - point[1], end[0] - point[0])) % 360 for end in ends]
    opening = (bearings[1] - bearings[0]) % 360
    start, opening = (bearings[0], opening) if opening < 180 else (bearings[1], 360 - opening)
    radius = one.size * (1.5 if opening > 45 else 2.2)
    if radius > min(math.dist(point, end) for end in ends) * 0.6:
        raise Crowded("a side is too short for its angle's mark")
    one.sheet.arc(point, radius, start, start + opening, one.accent, max(1.0, one.width * 0.7))
    if not said:
        return
    half = math.radians(start + opening / 2)
    wide = one.sheet.measure(said, one.size)[0]
    reach = radius + one.size * 0.35 + wide * 0.55
    if 2 * reach * math.sin(math.radians(min(opening, 90) / 2)) < one.size * 1.15 + wide * 0.25:
        reach = (one.size * 1.15 + wide * 0.25) / 2 / math.sin(math.radians(opening / 2))
    if reach > min(math.dist(point, end) for end in ends) * 0.8:
        raise Crowded("an angle is too narrow for its text")
    one.sheet.text((point[0] + reach * math.cos(half), point[1] + reach * math.sin(half)), said, one.size, one.accent, "mm")


def right_angle(one: Figure, at: str, first: str, second: str) -> None:
    """The small square of a right angle."""
    point, reach = one.points[at], one.size * 0.9
    a, b = (away(one.points[name], point, -reach) for name in (first, second))
    one.sheet.line([a, (a[0] + b[0] - point[0], a[1] + b[1] - point[1]), b], one.ink, max(1.0, one.width * 0.6))


def equal_mark(one: Figure, first: str, second: str) -> None:
    """The stroke across a side that says that sides are equal."""
    a, b = one.points[first], one.points[second]
    length, centre = math.dist(a, b) or 1.0, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    reach = (b[1] - a[1]) / length * one.size * 0.4, -(b[0] - a[0]) / length * one.size * 0.4
    one.sheet.line([(centre[0] - reach[0], centre[1] - reach[1]), (centre[0] + reach[0], centre[1] + reach[1])], one.ink, one.width)


def posed(asked: Asked, rng: np.random.Generator) -> Asked:
    """The question that the figure was drawn for."""
    return asked


def triangle_points(first: float, second: float, names: Sequence[str]) -> dict[str, Point]:
    """A triangle with these angles at its first two points, whose distance is 1."""
    a, b = math.radians(first), math.radians(second)
    reach = math.sin(b) / math.sin(a + b)
    return {names[0]: (0.0, 0.0), names[1]: (1.0, 0.0), names[2]: (reach * math.cos(a), reach * math.sin(a))}
