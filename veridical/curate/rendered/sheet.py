"""A sheet to draw on: shapes and lettering with smooth edges, and a note of every text that was written and on what ground.

Everything is drawn twice as large and brought to its size at the end. A text that would leave the sheet, touch another one or
stand across a line is refused, so a picture that comes about can be read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from veridical.curate.rendered.palette import Colour

FINE = 2
"""Drawn this many times larger."""
GAP = 1.0
"""Pixels that stay free around a text."""
CLEAR = 0.91
"""The least share of a text's place that has the colour of its ground."""

Point = tuple[float, float]


class Crowded(ValueError):
    """Something has no room on the sheet; the message says what."""


class Place(NamedTuple):
    """A rectangle in pixels of the finished picture."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.y2 - self.y1

    @property
    def middle(self) -> Point:
        """Its centre."""
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def inset(self, by: float) -> Place:
        """The rectangle without a border of so many pixels."""
        return Place(self.x1 + by, self.y1 + by, self.x2 - by, self.y2 - by)

    def touches(self, other: Place, gap: float = 0.0) -> bool:
        """Whether the two come nearer than `gap`."""
        return self.x1 - gap < other.x2 and other.x1 - gap < self.x2 and self.y1 - gap < other.y2 and other.y1 - gap < self.y2


class Written(NamedTuple):
    """A text on a sheet, and the colour under most of it when it was written."""

    said: str
    place: Place
    ink: Colour
    ground: Colour
    size: float
    clear: float
    """The share of the place that had the ground's colour: what else is there is a line that crosses the text."""


@cache
def font(file: str, size: int) -> ImageFont.FreeTypeFont:
    """A font in pixels: a file of the user's, or the one that comes with Pillow (Latin letters without accents)."""
    return ImageFont.truetype(file, size) if file else ImageFont.load_default(size=size)


@dataclass
class Sheet:
    """A picture that is being drawn. Lengths are pixels of the finished picture; y grows downwards."""

    width: int
    height: int
    paper: Colour
    file: str = ""
    """The font."""
    written: list[Written] = field(default_factory=list)

    def __post_init__(self) -> None:
        """An empty sheet."""
        self.picture = Image.new("RGB", (self.width * FINE, self.height * FINE), self.paper)
        self.pen = ImageDraw.Draw(self.picture)

    @property
    def whole(self) -> Place:
        """All of the sheet."""
        return Place(0, 0, self.width, self.height)

    def rectangle(self, place: Place, fill: Colour | None = None, outline: Colour | None = None, width: float = 1, radius: float = 0) -> None:
        """A rectangle, with round corners where `radius` is given."""
        x1, y1, x2, y2 = (round(value * FINE) for value in place)
        if x2 > x1 and y2 > y1:
            self.pen.rounded_rectangle((x1, y1, x2 - 1, y2 - 1), radius * FINE, fill, outline, max(1, round(width * FINE)) if outline else 0)

    def line(self, points: Sequence[Point], ink: Colour, width: float = 1, dash: float = 0) -> None:
        """A line through points, in dashes of a length where `dash` is given."""
        pieces = [dashed for one, other in zip(points, points[1:], strict=False) for dashed in dashes(one, other, dash)] if dash else [list(points)]
        for piece in pieces:
            self.pen.line([(x * FINE, y * FINE) for x, y in piece], fill=ink, width=max(1, round(width * FINE)), joint="curve")

    def polygon(self, points: Sequence[Point], fill: Colour | None = None, outline: Colour | None = None, width: float = 1) -> None:
        """A closed shape."""
        if fill is not None:
            self.pen.polygon([(x * FINE, y * FINE) for x, y in points], fill=fill)
        if outline is not None:
            self.line([*points, points[0], points[1]], outline, width)

    def circle(self, middle: Point, radius: float, fill: Colour | None = None, outline: Colour | None = None, width: float = 1) -> None:
        """A disc or a circle."""
        self.pen.ellipse(around(middle, radius), fill, outline, max(1, round(width * FINE)) if outline else 0)

    def slice(self, middle: Point, radius: float, start: float, end: float, fill: Colour, outline: Colour | None = None) -> None:
        """A sector between two angles (degrees, clockwise from the right)."""
        self.pen.pieslice(around(middle, radius), start, end, fill, outline, FINE * 2 if outline else 0)

    def arc(self, middle: Point, radius: float, start: float, end: float, ink: Colour, width: float = 1) -> None:
        """A part of a circle between two angles (degrees, clockwise from the right)."""
        self.pen.arc(around(middle, radius), start, end, ink, max(1, round(width * FINE)))

    def measure(self, said: str, size: float, bold: bool = False) -> tuple[float, float]:
        """Width, and height of a line with capitals, of a text."""
        return self.lettering(size).getlength(said) / FINE + (heavy(size) / FINE if bold else 0), size * 0.75

    def lettering(self, size: float) -> ImageFont.FreeTypeFont:
        """The font, as large as it is drawn."""
        return font(self.file, round(size * FINE))

    def text(self, at: Point, said: str, size: float, ink: Colour, anchor: str = "ls", bold: bool = False, halo: Colour | None = None) -> Place:
        """Write a line and note it. Anchors are Pillow's: l, m, r across; a (top), m, s (base line) down. Errors: Crowded."""
        spot, lettering, extra = (at[0] * FINE, at[1] * FINE), self.lettering(size), heavy(size) if bold else 0
        box = self.pen.textbbox(spot, said, font=lettering, anchor=anchor)
        place = self.note(said, Place(box[0] / FINE, box[1] / FINE, (box[2] + extra) / FINE, box[3] / FINE), ink, size, halo)
        for shift in range(extra + 1):
            self.pen.text((spot[0] + shift, spot[1]), said, font=lettering, fill=ink, anchor=anchor)
        return place

    def upright(self, middle: Point, said: str, size: float, ink: Colour) -> Place:
        """Write a line that is read from below upwards, centred. Errors: Crowded."""
        lettering = self.lettering(size)
        x1, y1, x2, y2 = (round(value) for value in lettering.getbbox(said))
        mask = Image.new("L", (x2 - x1, y2 - y1))
        ImageDraw.Draw(mask).text((-x1, -y1), said, font=lettering, fill=255)
        mask = mask.rotate(90, expand=True)
        left, top = round(middle[0] * FINE - mask.width / 2), round(middle[1] * FINE - mask.height / 2)
        place = self.note(said, Place(left / FINE, top / FINE, (left + mask.width) / FINE, (top + mask.height) / FINE), ink, size, None)
        self.picture.paste(ink, (left, top), mask)
        return place

    def note(self, said: str, place: Place, ink: Colour, size: float, halo: Colour | None) -> Place:
        """Remember a text before it is written. Errors: Crowded where it has no room."""
        if place.x1 < GAP or place.y1 < GAP or place.x2 > self.width - GAP or place.y2 > self.height - GAP:
            raise Crowded(f"{said!r} does not fit into {self.width} x {self.height} pixels")
        if other := next((one for one in self.written if place.touches(one.place, GAP)), None):
            raise Crowded(f"{said!r} would touch {other.said!r}")
        if halo is not None:
            self.rectangle(Place(place.x1 - 2, place.y1 - 2, place.x2 + 2, place.y2 + 2), fill=halo, radius=2)
        ground, clear = self.ground(place)
        if clear < CLEAR:
            raise Crowded(f"a line would cross {said!r}")
        self.written.append(Written(said, place, ink, ground, size, clear))
        return place

    def cover(self, place: Place) -> None:
        """Forget the texts that something will be drawn over."""
        self.written = [one for one in self.written if not one.place.touches(place)]

    def ground(self, place: Place) -> tuple[Colour, float]:
        """The colour of most of a place, and its share."""
        part = self.picture.crop(tuple(round(value * FINE) for value in place))
        count, colour = max(part.getcolors(part.width * part.height) or [(1, self.paper)])
        return colour, count / max(1, part.width * part.height)

    def finished(self) -> Image.Image:
        """The picture in its size."""
        return self.picture.reduce(FINE)


def heavy(size: float) -> int:
    """How far bold lettering is drawn again to the right, in drawn pixels."""
    return max(1, round(size / 16))


def around(middle: Point, radius: float) -> tuple[float, float, float, float]:
    """The box of a circle, as it is drawn."""
    return (middle[0] - radius) * FINE, (middle[1] - radius) * FINE, (middle[0] + radius) * FINE, (middle[1] + radius) * FINE


def dashes(one: Point, other: Point, length: float) -> list[list[Point]]:
    """A straight line cut into dashes, with gaps nearly as long."""
    whole = math.dist(one, other)
    count = max(1, round(whole / length / 1.8))
    step = [(other[axis] - one[axis]) / count for axis in (0, 1)]
    return [[(one[0] + step[0] * place, one[1] + step[1] * place), (one[0] + step[0] * (place + 0.55), one[1] + step[1] * (place + 0.55))] for place in range(count)]


def wrapped(sheet: Sheet, said: str, size: float, width: float, bold: bool = False) -> list[str]:
    """A text cut into lines no wider than `width`; a longer word has a line of its own."""
    lines = [""]
    for word in said.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and sheet.measure(longer, size, bold)[0] > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def png(picture: Image.Image) -> bytes:
    """The picture as PNG bytes, packed quickly: three times as fast as the usual level, a sixth larger."""
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()
