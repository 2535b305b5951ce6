"""Scenes as pictures: nine cells, one pictogram in each at most. PIL only, drawn large and scaled down for smooth edges."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from veridical.world.scene import Scene

SIZE = 60
"""Pixels of a side."""
FINE = 4
"""Drawn this many times larger."""
RGB = {
    "red": (214, 39, 40), "green": (44, 140, 60), "blue": (31, 90, 200),
    "yellow": (225, 190, 20), "purple": (140, 60, 170), "orange": (240, 120, 20),
}  # fmt: skip
SCALE = {"small": 0.62, "large": 0.96}
PAPER = (246, 244, 238)

Pen = Callable[[ImageDraw.ImageDraw, Callable[[float, float], tuple[float, float]], tuple[int, int, int]], None]


def draw(scene: Scene, size: int = SIZE) -> Image.Image:
    """The picture of a scene, `size` pixels square."""
    side = size * FINE
    picture = Image.new("RGB", (side, side), PAPER)
    pen = ImageDraw.Draw(picture)
    cell = side / 3
    for thing in scene.things:
        radius = cell / 2 * SCALE[thing.size]
        middle = ((thing.place % 3 + 0.5) * cell, (thing.place // 3 + 0.5) * cell)
        PICTOGRAMS[thing.name](pen, frame(middle, radius), RGB[thing.colour])
    if scene.digit:
        middle = ((scene.digit_place % 3 + 0.5) * cell, (scene.digit_place // 3 + 0.5) * cell)
        write_digit(pen, scene.digit, frame(middle, cell / 2 * 0.8), cell * 0.09)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def frame(middle: tuple[float, float], radius: float) -> Callable[[float, float], tuple[float, float]]:
    """From (-1..1, -1..1) around an object's middle to pixels; y grows downwards."""
    return lambda x, y: (middle[0] + x * radius, middle[1] + y * radius)


def box(at: Callable[[float, float], tuple[float, float]], x1: float, y1: float, x2: float, y2: float) -> list[tuple[float, float]]:
    """Two corners in pixels."""
    return [at(x1, y1), at(x2, y2)]


def polygon(*corners: tuple[float, float]) -> Pen:
    """A filled polygon."""
    return lambda pen, at, colour: pen.polygon([at(x, y) for x, y in corners], fill=colour)


def ellipse(x1: float, y1: float, x2: float, y2: float, hole: bool = False) -> Pen:
    """A filled ellipse, or one in the colour of the paper."""
    return lambda pen, at, colour: pen.ellipse(box(at, x1, y1, x2, y2), fill=PAPER if hole else colour)


def bar(x1: float, y1: float, x2: float, y2: float, hole: bool = False) -> Pen:
    """A filled rectangle, or one in the colour of the paper."""
    return lambda pen, at, colour: pen.rectangle(box(at, x1, y1, x2, y2), fill=PAPER if hole else colour)


def parts(*pens: Pen) -> Pen:
    """Several shapes, one over the other."""

    def all_of(pen: ImageDraw.ImageDraw, at: Callable[[float, float], tuple[float, float]], colour: tuple[int, int, int]) -> None:
        for one in pens:
            one(pen, at, colour)

    return all_of


def star_corners() -> list[tuple[float, float]]:
    """Five points, five notches."""
    turn = [(-math.pi / 2 + step * math.pi / 5, 1.0 if step % 2 == 0 else 0.42) for step in range(10)]
    return [(math.cos(angle) * reach, math.sin(angle) * reach) for angle, reach in turn]


PICTOGRAMS: dict[str, Pen] = {
    "tree": parts(polygon((0, -1), (0.8, 0.45), (-0.8, 0.45)), bar(-0.18, 0.45, 0.18, 1)),
    "house": parts(polygon((0, -1), (1, -0.1), (-1, -0.1)), bar(-0.75, -0.1, 0.75, 1), bar(-0.2, 0.35, 0.2, 1, hole=True)),
    "cup": parts(bar(-0.75, -0.7, 0.45, 0.9), ellipse(0.2, -0.4, 1, 0.5), ellipse(0.42, -0.18, 0.78, 0.28, hole=True), bar(-0.5, -0.7, 0.2, -0.35, hole=True)),
    "spoon": parts(ellipse(-0.42, -1, 0.42, 0.1), bar(-0.13, 0, 0.13, 1)),
    "star": polygon(*star_corners()),
    "moon": parts(ellipse(-0.9, -1, 0.9, 1), ellipse(-0.35, -0.95, 1.25, 0.75, hole=True)),
    "fish": parts(ellipse(-0.55, -0.55, 1, 0.55), polygon((-1, -0.6), (-0.3, 0), (-1, 0.6)), ellipse(0.5, -0.25, 0.72, -0.03, hole=True)),
    "boat": parts(polygon((-1, 0.35), (1, 0.35), (0.6, 0.95), (-0.6, 0.95)), bar(-0.07, -1, 0.07, 0.35), polygon((0.12, -0.95), (0.85, 0.2), (0.12, 0.2))),
    "key": parts(ellipse(-1, -0.5, 0, 0.5), ellipse(-0.7, -0.2, -0.3, 0.2, hole=True), bar(-0.1, -0.14, 1, 0.14), bar(0.5, 0.1, 0.68, 0.5), bar(0.82, 0.1, 1, 0.5)),
    "lock": parts(ellipse(-0.6, -1, 0.6, 0.4), ellipse(-0.32, -0.72, 0.32, 0.2, hole=True), bar(-0.85, -0.1, 0.85, 1), ellipse(-0.16, 0.25, 0.16, 0.57, hole=True)),
    "hat": parts(bar(-0.5, -0.8, 0.5, 0.45), bar(-1, 0.4, 1, 0.75), bar(-0.5, 0.05, 0.5, 0.2, hole=True)),
    "shoe": parts(bar(-0.95, -0.75, -0.2, 0.7), ellipse(-0.6, -0.1, 1, 0.95), bar(-1, 0.7, 1, 0.95)),
    "ball": parts(ellipse(-0.9, -0.9, 0.9, 0.9)),
    "kite": parts(polygon((0, -1), (0.65, -0.2), (0, 0.6), (-0.65, -0.2)), polygon((-0.28, 1), (0, 0.55), (0.28, 1))),
}

SEGMENTS = {"a": (-0.5, -0.9, 0.5, -0.9), "b": (0.5, -0.9, 0.5, 0), "c": (0.5, 0, 0.5, 0.9), "d": (-0.5, 0.9, 0.5, 0.9), "e": (-0.5, 0, -0.5, 0.9), "f": (-0.5, -0.9, -0.5, 0), "g": (-0.5, 0, 0.5, 0)}  # fmt: skip
STROKES = {"0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg"}


def write_digit(pen: ImageDraw.ImageDraw, digit: str, at: Callable[[float, float], tuple[float, float]], width: float) -> None:
    """A digit in black strokes, the same on every machine (no font)."""
    for stroke in STROKES[digit]:
        x1, y1, x2, y2 = SEGMENTS[stroke]
        pen.line([at(x1, y1), at(x2, y2)], fill=(25, 25, 25), width=max(1, round(width)))
