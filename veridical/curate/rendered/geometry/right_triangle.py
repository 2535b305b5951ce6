"""Right triangles: the third side, the area, the perimeter."""

from __future__ import annotations

import math

import numpy as np

from veridical.curate.rendered.asked import Asked, number, plain, worked
from veridical.curate.rendered.geometry.figure import NAMES, figure, name_point, posed, right_angle, shape, side
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.slips import carry

TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41), (12, 35, 37), (28, 45, 53))
UNITS = ("cm", "m", "mm", "")


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """Difficulty 1: the longest side. 2: also a short one. 3: also area or perimeter where a side is missing."""
    triple = TRIPLES[int(rng.integers(3 + 2 * (wish.difficulty - 1)))]
    factor = int(rng.integers(1, 2 + 90 // triple[2]))
    a, b, c = (factor * length for length in triple)
    if rng.random() < 0.5:
        a, b = b, a
    unit, names = UNITS[int(rng.integers(len(UNITS)))], NAMES[int(rng.integers(len(NAMES)))]
    wanted = str(rng.choice(["hypotenuse", "leg", "area", "perimeter"][: {1: 1, 2: 2, 3: 4}[wish.difficulty]]))
    one = figure(wish, rng, {names[0]: (0.0, 0.0), names[1]: (float(b), 0.0), names[2]: (0.0, float(a))})
    shape(one, names[:3])
    right_angle(one, names[0], names[1], names[2])
    inner = tuple(sum(one.points[name][axis] for name in names[:3]) / 3 for axis in (0, 1))
    said = {"hypotenuse": (a, b, "x"), "leg": (a, "x", c), "area": (a, "", c), "perimeter": (a, b, "")}[wanted]
    for (first, second), value in zip(((0, 2), (0, 1), (1, 2)), said, strict=True):
        label = f"{value} {unit}".strip() if isinstance(value, int) else value
        side(one, names[first], names[second], label, inner)
    for name in names[:3]:
        name_point(one, name, inner)
    facts = {"figure": "right triangle", "right angle": names[0], "sides": {"first leg": said[0], "second leg": said[1], "hypotenuse": said[2]}, "unit": unit, "wanted": wanted}
    return Drawn(one.sheet, {"hypotenuse": hypotenuse, "leg": leg, "area": area, "perimeter": perimeter}[wanted](a, b, c, rng), facts)


def hypotenuse(a: int, b: int, c: int, rng: np.random.Generator) -> Asked:
    """The longest side from the two others."""
    wrong, rule, reason = carry(c, rng)
    squares = f"x² = {a}² + {b}² = {a * a} + {b * b} = {c * c}."
    slips = [
        ([f"x² = ({a} + {b})² = {a + b} x {a + b} = {(a + b) ** 2}.", f"x = {a + b}."], (str(a + b), "sides added", "the sides were added instead of their squares")),
        ([squares, f"x = {c * c}."], (str(c * c), "root forgotten", "the square of the side was given")),
        ([squares, f"x = {int(wrong)}."], (str(int(wrong)), rule, reason)),
    ]
    return worked("hypotenuse", "What is the length x in the figure?", number(str(c)), [squares, f"x = {c}."], slips)


def leg(a: int, b: int, c: int, rng: np.random.Generator) -> Asked:
    """A short side from the longest and the other."""
    wrong, rule, reason = carry(b, rng)
    root = plain(round(math.sqrt(c * c + a * a), 2))
    squares = f"x² = {c}² - {a}² = {c * c} - {a * a} = {b * b}."
    slips = [
        ([f"x² = ({c} - {a})² = {c - a} x {c - a} = {(c - a) ** 2}.", f"x = {c - a}."], (str(c - a), "sides subtracted", "the sides were subtracted instead of their squares")),
        ([f"x² = {c}² + {a}² = {c * c} + {a * a} = {c * c + a * a}.", f"x = {root}."], (root, "wrong longest side", "x was taken for the longest side")),
        ([squares, f"x = {int(wrong)}."], (str(int(wrong)), rule, reason)),
    ]
    return worked("leg", "What is the length x in the figure?", number(str(b)), [squares, f"x = {b}."], slips)


def area(a: int, b: int, c: int, rng: np.random.Generator) -> Asked:
    """The area, where a short side is missing."""
    third = f"The other short side is sqrt({c}² - {a}²) = {b}."
    wrong, rule, reason = carry(a * b / 2, rng)
    slips = [
        ([third, f"Area = {a} x {b} = {a * b}."], (str(a * b), "half forgotten", "the area of the rectangle was given")),
        (
            [f"The other short side is the one with {c}.", f"Area = {a} x {c} / 2 = {plain(a * c / 2)}."],
            (plain(a * c / 2), "wrong height", "the longest side was taken for a short one"),
        ),
        ([third, f"Area = {a} x {b} / 2 = {plain(wrong)}."], (plain(wrong), rule, reason)),
    ]
    return worked("area", "What is the area of the triangle, in square units of the sides?", number(a * b / 2), [third, f"Area = {a} x {b} / 2 = {plain(a * b / 2)}."], slips)


def perimeter(a: int, b: int, c: int, rng: np.random.Generator) -> Asked:
    """The perimeter, where the longest side is missing."""
    third = f"The longest side is sqrt({a}² + {b}²) = {c}."
    wrong, rule, reason = carry(a + b + c, rng)
    slips = [
        (["The longest side has no number and is not counted.", f"{a} + {b} = {a + b}."], (str(a + b), "side left out", "the side without a number was left out")),
        ([third, f"{a} + {b} + {c} = {int(wrong)}."], (str(int(wrong)), rule, reason)),
        ([third, f"{a} x {b} / 2 = {plain(a * b / 2)}."], (plain(a * b / 2), "area for perimeter", "the area was computed")),
    ]
    return worked("perimeter", "What is the perimeter of the triangle?", number(str(a + b + c)), [third, f"{a} + {b} + {c} = {a + b + c}."], slips)


RENDERING = Rendering("right_triangle", "geometry", "mathematics", "right triangles: third side, area, perimeter", draw, (posed,))
