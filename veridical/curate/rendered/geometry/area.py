"""Rectangles and shapes made of them: area and perimeter."""

from __future__ import annotations

import numpy as np

from veridical.curate.rendered.asked import Asked, number, worked
from veridical.curate.rendered.geometry.figure import figure, posed, shape, side
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.slips import carry

UNITS = ("cm", "m", "ft")


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """Difficulty 1: a rectangle. 2: also an L. 3: also a frame with a hole."""
    kind = str(rng.choice(["rectangle", "corner", "hole"][: wish.difficulty]))
    wanted = str(rng.choice(["area", "perimeter"])) if kind != "hole" else "area"
    return {"rectangle": rectangle, "corner": corner, "hole": hole}[kind](wish, rng, wanted, UNITS[int(rng.integers(len(UNITS)))])


def rectangle(wish: Wish, rng: np.random.Generator, wanted: str, unit: str) -> Drawn:
    """A rectangle with two sides."""
    wide, tall = int(rng.integers(5, 30)), int(rng.integers(3, 22))
    one = figure(wish, rng, {"A": (0, 0), "B": (wide, 0), "C": (wide, tall), "D": (0, tall)}, turn=False, margin=4)
    shape(one, "ABCD")
    side(one, *("AB" if rng.random() < 0.5 else "CD"), f"{wide} {unit}")
    side(one, *("BC" if rng.random() < 0.5 else "DA"), f"{tall} {unit}")
    facts = {"figure": "rectangle", "width": wide, "height": tall, "unit": unit, "wanted": wanted}
    product, around = wide * tall, 2 * (wide + tall)
    ways = {"area": ([f"Area = {wide} x {tall} = "], product, around), "perimeter": ([f"Perimeter = 2 x ({wide} + {tall}) = "], around, product)}
    lines, right, other = ways[wanted]
    swapped = [f"Area = 2 x ({wide} + {tall}) = {around}."] if wanted == "area" else [f"Perimeter = {wide} x {tall} = {product}."]
    slips = [(swapped, (str(other), "perimeter for area" if wanted == "area" else "area for perimeter", "the other measure was computed"))]
    if wanted == "area":
        slips.append(([f"Area = {wide} + {tall} = {wide + tall}."], (str(wide + tall), "sides added", "the two sides were only added")))
    else:
        slips.append(([f"Perimeter = {wide} + {tall} + {wide} = {around - tall}."], (str(around - tall), "side left out", "three sides were added")))
    return Drawn(one.sheet, asked(wanted, unit, right, lines, slips, rng), facts)


def asked(wanted: str, unit: str, right: int, lines: list[str], slips: list, rng: np.random.Generator, what: str = "shape") -> Asked:
    """The question, with an arithmetic slip beside the others. The last line lacks its result."""
    wrong, rule, reason = carry(right, rng)
    said = [*lines[:-1], f"{lines[-1]}{right}."]
    slips = [*slips, ([*lines[:-1], f"{lines[-1]}{int(wrong)}."], (str(int(wrong)), rule, reason))]
    question = f"What is the area of the {what} in square {unit}?" if wanted == "area" else f"What is the perimeter of the {what} in {unit}?"
    return worked(wanted, question, number(str(right)), said, slips)


def corner(wish: Wish, rng: np.random.Generator, wanted: str, unit: str) -> Drawn:
    """A rectangle without one corner; four of its six sides are given."""
    wide, tall = int(rng.integers(8, 26)), int(rng.integers(8, 22))
    inner_wide, inner_tall = int(rng.integers(3, wide - 3)), int(rng.integers(3, tall - 3))
    points = {"A": (0, 0), "B": (wide, 0), "C": (wide, tall - inner_tall), "D": (wide - inner_wide, tall - inner_tall), "E": (wide - inner_wide, tall), "F": (0, tall)}
    if rng.random() < 0.5:
        points = {name: (wide - x, y) for name, (x, y) in points.items()}
    one = figure(wish, rng, points, turn=False, margin=4)
    shape(one, "ABCDEF")
    low = ((one.points["A"][0] + one.points["D"][0]) / 2, (one.points["A"][1] + one.points["D"][1]) / 2)
    for ends, value in (("AB", wide), ("FA", tall), ("CD", inner_wide), ("DE", inner_tall)):
        side(one, *ends, f"{value} {unit}", low)
    facts = {"figure": "corner", "width": wide, "height": tall, "cut width": inner_wide, "cut height": inner_tall, "unit": unit, "wanted": wanted}
    whole, cut = wide * tall, inner_wide * inner_tall
    if wanted == "area":
        lines = [f"The whole rectangle: {wide} x {tall} = {whole}.", f"The missing corner: {inner_wide} x {inner_tall} = {cut}.", f"What is left: {whole} - {cut} = "]
        slips = [
            ([*lines[:2], f"What is left: {whole} - 0 = {whole}."], (str(whole), "missing part ignored", "the corner was not taken away")),
            ([*lines[:2], f"What is left: {whole} + {cut} = {whole + cut}."], (str(whole + cut), "added for subtracted", "the corner was added")),
            (
                [f"The sides of the whole rectangle: {wide} + {tall} = {wide + tall}.", "The missing corner leaves this as it is.", f"2 x {wide + tall} = {2 * (wide + tall)}."],
                (str(2 * (wide + tall)), "perimeter for area", "the perimeter was computed"),
            ),
        ]
        return Drawn(one.sheet, asked(wanted, unit, whole - cut, lines, slips, rng), facts)
    right, given = 2 * (wide + tall), wide + tall + inner_wide + inner_tall
    lines = ["The sides without a number are as long as the rest of the sides opposite them.", f"2 x ({wide} + {tall}) = "]
    slips = [
        (
            ["The perimeter is the sum of the sides that have a number in the figure.", f"{wide} + {tall} + {inner_wide} + {inner_tall} = {given}."],
            (str(given), "sides left out", "only the sides with a number were added"),
        ),
        (
            ["The corner that is missing is taken away from the whole rectangle.", f"{wide} x {tall} - {inner_wide} x {inner_tall} = {whole - cut}."],
            (str(whole - cut), "area for perimeter", "the area was computed"),
        ),
    ]
    return Drawn(one.sheet, asked(wanted, unit, right, lines, slips, rng), facts)


def hole(wish: Wish, rng: np.random.Generator, wanted: str, unit: str) -> Drawn:
    """A rectangle with a rectangular hole; the shaded area is asked for."""
    wide, tall = int(rng.integers(12, 30)), int(rng.integers(10, 24))
    inner_wide, inner_tall = int(rng.integers(4, wide - 5)), int(rng.integers(4, tall - 5))
    left, low = (wide - inner_wide) * float(rng.uniform(0.3, 0.7)), (tall - inner_tall) * float(rng.uniform(0.3, 0.7))
    points = {"A": (0, 0), "B": (wide, 0), "C": (wide, tall), "D": (0, tall)}
    inside = {"E": (left, low), "F": (left + inner_wide, low), "G": (left + inner_wide, low + inner_tall), "H": (left, low + inner_tall)}
    one = figure(wish, rng, points | inside, turn=False, margin=4)
    one.fill = (214, 224, 238)
    shape(one, "ABCD")
    one.fill = one.sheet.paper
    shape(one, "EFGH")
    far = tuple(2 * value for value in one.middle)
    side(one, "A", "B", f"{wide} {unit}")
    side(one, "D", "A", f"{tall} {unit}")
    side(one, "G", "H", f"{inner_wide} {unit}", (one.points["G"][0], -far[1]), 0.9)
    side(one, "F", "G", f"{inner_tall} {unit}", (far[0] * 2, one.points["F"][1]), 0.9)
    facts = {"figure": "hole", "width": wide, "height": tall, "hole width": inner_wide, "hole height": inner_tall, "unit": unit, "wanted": wanted}
    whole, cut = wide * tall, inner_wide * inner_tall
    lines = [f"The outer rectangle: {wide} x {tall} = {whole}.", f"The hole: {inner_wide} x {inner_tall} = {cut}.", f"What is left: {whole} - {cut} = "]
    slips = [
        ([*lines[:2], f"What is left: {whole} - 0 = {whole}."], (str(whole), "hole ignored", "the hole was not taken away")),
        ([*lines[:2], f"What is left: {cut} - 0 = {cut}."], (str(cut), "hole for shaded part", "the area of the hole was given")),
        ([*lines[:2], f"What is left: {whole} + {cut} = {whole + cut}."], (str(whole + cut), "added for subtracted", "the hole was added")),
    ]
    return Drawn(one.sheet, asked(wanted, unit, whole - cut, lines, slips, rng, "shaded part"), facts)


RENDERING = Rendering("area", "geometry", "mathematics", "rectangles, with a corner or a hole cut out: area and perimeter", draw, (posed,))
