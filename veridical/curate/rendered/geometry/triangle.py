"""Triangles with angles: their sum, an outer angle, two equal sides."""

from __future__ import annotations

import numpy as np

from veridical.curate.rendered.asked import Asked, number, worked
from veridical.curate.rendered.geometry.figure import NAMES, angle, away, equal_mark, figure, name_point, posed, shape, triangle_points
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.slips import carry

ASKED = "What is the value of x in the figure, in degrees?"


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """Difficulty 1: the third angle. 2: also an outer angle. 3: also two equal sides."""
    kind = str(rng.choice(["third", "outer", "equal"][: wish.difficulty]))
    return {"third": third, "outer": outer, "equal": equal}[kind](wish, rng)


def drawn_angles(rng: np.random.Generator) -> tuple[int, int]:
    """Two angles that leave a third of at least 28 degrees."""
    first = int(rng.integers(28, 105))
    return first, int(rng.integers(28, 152 - first))


def named(rng: np.random.Generator) -> str:
    """Names for the points."""
    return NAMES[int(rng.integers(len(NAMES)))]


def third(wish: Wish, rng: np.random.Generator) -> Drawn:
    """Two angles are given, the third is asked for."""
    (first, second), names = drawn_angles(rng), named(rng)
    one = figure(wish, rng, triangle_points(first, second, names))
    shape(one, names[:3])
    for name, others, said in ((names[0], names[1:3], f"{first}°"), (names[1], names[0] + names[2], f"{second}°"), (names[2], names[:2], "x")):
        angle(one, name, others[0], others[1], said)
        name_point(one, name)
    facts = {"figure": "triangle", "angles": {names[0]: first, names[1]: second}, "x": f"angle {names[2]}"}
    return Drawn(one.sheet, sum_question(first, second, rng), facts)


def sum_question(first: int, second: int, rng: np.random.Generator) -> Asked:
    """The third angle from the sum."""
    right = 180 - first - second

    def way(given: int, other: int, result: float) -> list[str]:
        return ["The angles of a triangle add up to 180°.", f"180 - {given} - {other} = {int(result)}."]

    wrong, rule, reason = carry(right, rng)
    other = first + (10 if first < 90 else -10)
    slips = [
        (way(first, second, wrong), (str(int(wrong)), rule, reason)),
        (
            [f"The outer angle is the sum of the other two angles: {first} + {second} = {first + second}."],
            (str(first + second), "outer angle for inner", "the two angles were added"),
        ),
        (way(other, second, 180 - other - second), (str(180 - other - second), "misread label", f"{first}° was read as {other}°")),
    ]
    if 90 > first:
        slips.append((["Two angles of the triangle add up to 90°.", f"x = 90 - {first} = {90 - first}."], (str(90 - first), "right angle assumed", "no right angle is marked")))
    return worked("angle sum", ASKED, number(str(right)), way(first, second, right), [slip for slip in slips if float(slip[1][0]) > 0])


def outer(wish: Wish, rng: np.random.Generator) -> Drawn:
    """One inner angle and the outer angle of another point are given."""
    (first, second), names = drawn_angles(rng), named(rng)
    points = triangle_points(first, second, names)
    one = figure(wish, rng, points | {names[3]: (1.5, 0.0)})
    shape(one, names[:3])
    one.sheet.line([one.points[names[1]], one.points[names[3]]], one.ink, one.width)
    inner = tuple(sum(one.points[name][axis] for name in names[:3]) / 3 for axis in (0, 1))
    angle(one, names[0], names[1], names[2], f"{first}°")
    angle(one, names[1], names[3], names[2], f"{180 - second}°")
    angle(one, names[2], names[0], names[1], "x")
    for name in (names[0], names[2]):
        name_point(one, name, inner)
    name_point(one, names[3], one.points[names[0]])
    below = away(one.points[names[2]], one.points[names[1]], one.size * 0.95)
    one.sheet.text(below, names[1], one.size, one.ink, "mm")
    facts = {"figure": "outer angle", "angles": {names[0]: first, f"outer {names[1]}": 180 - second}, "x": f"angle {names[2]}"}
    return Drawn(one.sheet, outer_question(first, 180 - second, rng), facts)


def outer_question(first: int, outside: int, rng: np.random.Generator) -> Asked:
    """The other inner angle from an outer one."""
    right = outside - first

    def way(result: float) -> list[str]:
        return ["An outer angle is the sum of the two inner angles at the other points.", f"{outside} - {first} = {int(result)}."]

    wrong, rule, reason = carry(right, rng)
    slips = [
        (way(wrong), (str(int(wrong)), rule, reason)),
        (
            ["An outer angle and the inner angle that lies beside it add up to 180°.", f"180 - {outside} = {180 - outside}."],
            (str(180 - outside), "wrong angle", "the angle beside the outer one was given"),
        ),
    ]
    if 180 - first - outside > 0:
        slips.append(
            (
                ["The three angles with a label in the figure add up to 180° together.", f"180 - {first} - {outside} = {180 - first - outside}."],
                (str(180 - first - outside), "outer angle as inner", "the outer angle was taken for an inner one"),
            )
        )
    return worked("outer angle", ASKED, number(str(right)), way(right), slips)


def equal(wish: Wish, rng: np.random.Generator) -> Drawn:
    """Two sides are equal; the angle between them, or one beside, is given."""
    at_base, names = int(rng.integers(32, 75)), named(rng)
    top, given_top = 180 - 2 * at_base, bool(rng.random() < 0.5)
    one = figure(wish, rng, triangle_points(at_base, at_base, names))
    shape(one, names[:3])
    for first, second in ((names[0], names[2]), (names[1], names[2])):
        equal_mark(one, first, second)
    angle(one, names[2], names[0], names[1], f"{top}°" if given_top else "x")
    angle(one, names[0], names[1], names[2], "x" if given_top else f"{at_base}°")
    for name in names[:3]:
        name_point(one, name)
    facts = {
        "figure": "two equal sides",
        "equal": [names[0] + names[2], names[1] + names[2]],
        "angles": {names[2]: top} if given_top else {names[0]: at_base},
        "x": f"angle {names[0] if given_top else names[2]}",
    }
    return Drawn(one.sheet, equal_question(top, at_base, given_top, rng), facts)


def equal_question(top: int, at_base: int, given_top: bool, rng: np.random.Generator) -> Asked:
    """An angle of a triangle with two equal sides."""
    known = "The sides with a stroke are equal, so the angles at the base are equal."
    if given_top:
        wrong, rule, reason = carry(at_base, rng)
        slips = [
            ([known, f"(180 - {top}) / 2 = {int(wrong)}."], (str(int(wrong)), rule, reason)),
            ([known, f"180 - {top} = {180 - top}."], (str(180 - top), "half forgotten", "both angles at the base were given together")),
            (
                [known.replace("at the base", "beside one of them"), f"So x is equal to {top}."],
                (str(top), "wrong equal angles", "the angle at the top was taken for one at the base"),
            ),
        ]
        return worked("equal sides", ASKED, number(str(at_base)), [known, f"(180 - {top}) / 2 = {at_base}."], slips)
    wrong, rule, reason = carry(top, rng)
    slips = [
        ([known, f"180 - 2 x {at_base} = {int(wrong)}."], (str(int(wrong)), rule, reason)),
        ([known, f"180 - {at_base} = {180 - at_base}."], (str(180 - at_base), "one angle forgotten", "one of the two equal angles was left out")),
        (
            [known.replace("at the base", "beside one of them"), f"So x is equal to {at_base}."],
            (str(at_base), "wrong equal angles", "the angle at the top was taken for one at the base"),
        ),
    ]
    return worked("equal sides", ASKED, number(str(top)), [known, f"180 - 2 x {at_base} = {top}."], slips)


RENDERING = Rendering("triangle", "geometry", "mathematics", "triangles with angles: sum, outer angle, equal sides", draw, (posed,))
