"""Circles: area, circumference, sector, and the angles at centre and rim."""

from __future__ import annotations

import math

import numpy as np

from veridical.curate.rendered.asked import Asked, number, worked
from veridical.curate.rendered.geometry.figure import NAMES, Figure, angle, figure, name_point, posed, side
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.slips import carry
from veridical.records.record import Answer

PI = "in terms of \\pi"


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """Difficulty 1: area and circumference. 2: also the angle at the rim. 3: also a sector."""
    kind = str(rng.choice(["area", "circumference", "rim", "sector"][: 1 + wish.difficulty]))
    if kind == "rim":
        return rim(wish, rng)
    return sector(wish, rng) if kind == "sector" else round_one(wish, rng, kind)


def ring(wish: Wish, rng: np.random.Generator, points: dict[str, tuple[float, float]]) -> Figure:
    """A circle of radius 1 with its centre, and points on it."""
    corners = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "top": (0.0, 1.0), "bottom": (0.0, -1.0)}
    one = figure(wish, rng, points | corners, turn=False)
    one.sheet.circle(one.points["O"], one.scale, fill=one.fill, outline=one.ink, width=one.width)
    one.sheet.circle(one.points["O"], max(2.5, one.width), fill=one.ink)
    return one


def on_rim(degrees: float) -> tuple[float, float]:
    """A point of the circle."""
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def round_one(wish: Wish, rng: np.random.Generator, kind: str) -> Drawn:
    """A circle with a radius or a diameter."""
    length, across, turn = int(rng.integers(2, 26)), bool(rng.random() < 0.5), float(rng.choice([0, 0, 90, 30, -30, 150]))
    radius = length
    shown = 2 * radius if across else radius
    one = ring(wish, rng, {"O": (0.0, 0.0), "A": on_rim(turn), "B": on_rim(turn + 180)})
    start, end = one.points["B" if across else "O"], one.points["A"]
    one.sheet.line([start, end], one.ink, one.width)
    side(one, "O", "A", f"{shown} cm", (one.points["O"][0], one.points["O"][1] + one.scale))
    facts = {"figure": "circle", "diameter" if across else "radius": shown, "unit": "cm", "wanted": kind}
    return Drawn(one.sheet, (area if kind == "area" else circumference)(radius, across, rng), facts)


def pi_answer(value: int) -> Answer:
    """An answer that is a multiple of pi."""
    return Answer(type="math", value=f"{value}\\pi")


def area(radius: int, across: bool, rng: np.random.Generator) -> Asked:
    """The area of a circle."""
    first = [f"The radius is {2 * radius} / 2 = {radius}."] if across else []
    wrong, rule, reason = carry(radius * radius, rng)
    slips = [
        ([*first, f"Area = 2\\pi x {radius} = {2 * radius}\\pi."], (f"{2 * radius}\\pi", "circumference for area", "the circumference was computed")),
        ([*first, f"Area = \\pi x {radius}² = {int(wrong)}\\pi."], (f"{int(wrong)}\\pi", rule, reason)),
    ]
    if across:
        slips.append(
            (
                [f"The radius is the line drawn, {2 * radius}.", f"Area = \\pi x {2 * radius}² = {4 * radius * radius}\\pi."],
                (f"{4 * radius * radius}\\pi", "diameter for radius", "the line goes through the whole circle"),
            )
        )
    return worked(
        "circle area", f"What is the area of the circle in square cm, {PI}?", pi_answer(radius * radius), [*first, f"Area = \\pi x {radius}² = {radius * radius}\\pi."], slips
    )


def circumference(radius: int, across: bool, rng: np.random.Generator) -> Asked:
    """The circumference of a circle."""
    first = [f"The radius is {2 * radius} / 2 = {radius}."] if across else []
    wrong, rule, reason = carry(2 * radius, rng)
    slips = [
        ([*first, f"Circumference = \\pi x {radius}² = {radius * radius}\\pi."], (f"{radius * radius}\\pi", "area for circumference", "the area was computed")),
        ([*first, f"Circumference = 2\\pi x {radius} = {int(wrong)}\\pi."], (f"{int(wrong)}\\pi", rule, reason)),
    ]
    if across:
        doubled = [f"The radius is the line drawn, {2 * radius}.", f"Circumference = 2\\pi x {2 * radius} = {4 * radius}\\pi."]
        slips.append((doubled, (f"{4 * radius}\\pi", "diameter for radius", "the line goes through the whole circle")))
    else:
        slips.append(([f"Circumference = \\pi x {radius} = {radius}\\pi."], (f"{radius}\\pi", "radius for diameter", "the line ends at the centre")))
    steps = [*first, f"Circumference = 2\\pi x {radius} = {2 * radius}\\pi."]
    return worked("circumference", f"What is the circumference of the circle in cm, {PI}?", pi_answer(2 * radius), steps, slips)


def rim(wish: Wish, rng: np.random.Generator) -> Drawn:
    """The angle at the centre and the one at the rim over the same arc: one is given."""
    half, names, turn = int(rng.integers(25, 68)), NAMES[0], float(rng.uniform(0, 360))
    a, b, c = names[:3]
    one = ring(wish, rng, {"O": (0.0, 0.0), a: on_rim(turn - half), b: on_rim(turn + half), c: on_rim(turn + 180 + float(rng.uniform(-12, 12)))})
    for centre in ("O", c):
        one.sheet.line([one.points[a], one.points[centre], one.points[b]], one.ink, one.width)
    at_centre = bool(rng.random() < 0.5)
    angle(one, "O", a, b, f"{2 * half}°" if at_centre else "x")
    angle(one, c, a, b, "x" if at_centre else f"{half}°")
    for name in (a, b, c):
        name_point(one, name, one.points["O"])
    half_way = ((one.points[a][0] + one.points[b][0]) / 2, (one.points[a][1] + one.points[b][1]) / 2)
    name_point(one, "O", half_way)
    facts = {"figure": "rim angle", "angle at centre" if at_centre else "angle at rim": 2 * half if at_centre else half, "wanted": "rim" if at_centre else "centre"}
    return Drawn(one.sheet, rim_question(half, at_centre, rng), facts)


def rim_question(half: int, at_centre: bool, rng: np.random.Generator) -> Asked:
    """The other of the two angles."""
    known = "The angle at the centre is twice the angle at the rim over the same arc."
    given, right = (2 * half, half) if at_centre else (half, 2 * half)
    sign = f"{given} / 2" if at_centre else f"2 x {given}"
    wrong, rule, reason = carry(right, rng)
    twice = 2 * given if at_centre else given / 2
    slips = [
        (
            ["The angle at the centre is equal to the angle at the rim over the same arc.", f"So x = {given}."],
            (str(given), "equal angles assumed", "one is at the centre, one at the rim"),
        ),
        ([known, f"{sign} = {int(wrong)}."], (str(int(wrong)), rule, reason)),
        (
            ["The angles at the centre and at the rim over the same arc add up to 180°.", f"180 - {given} = {180 - given}."],
            (str(180 - given), "supplement for half", "the angles do not add up to 180°"),
        ),
    ]
    if twice == int(twice):
        slips.append(
            (
                ["The angle at the rim is twice the angle at the centre over the same arc.", f"{f'2 x {given}' if at_centre else f'{given} / 2'} = {int(twice)}."],
                (str(int(twice)), "centre and rim exchanged", "the larger angle is at the centre"),
            )
        )
    return worked("rim angle", "O is the centre of the circle. What is the value of x in degrees?", number(str(right)), [known, f"{sign} = {right}."], slips)


def sector(wish: Wish, rng: np.random.Generator) -> Drawn:
    """The area of a sector with a radius and an angle."""
    part = int(rng.choice([2, 3, 4, 5, 6, 8, 9]))
    opening, turn = 360 // part, float(rng.uniform(0, 360))
    radius = int(rng.integers(2, 14)) * (part if part in (2, 3, 5, 6) else {4: 2, 8: 4, 9: 3}[part])
    one = ring(wish, rng, {"O": (0.0, 0.0), "A": on_rim(turn), "B": on_rim(turn + opening)})
    one.sheet.slice(one.points["O"], one.scale, -turn - opening, -turn, one.sheet.paper if one.fill != one.sheet.paper else (228, 234, 242), None)
    one.sheet.circle(one.points["O"], one.scale, outline=one.ink, width=one.width)
    one.sheet.line([one.points["A"], one.points["O"], one.points["B"]], one.ink, one.width)
    if opening < 180:
        angle(one, "O", "A", "B", f"{opening}°")
    else:
        one.sheet.text(
            (one.points["O"][0] - math.sin(math.radians(turn)) * one.size * 1.6, one.points["O"][1] - math.cos(math.radians(turn)) * one.size * 1.6),
            "180°",
            one.size,
            one.accent,
            "mm",
        )
    spot = on_rim(turn - 22)
    one.sheet.text((one.points["O"][0] + spot[0] * one.scale * 0.62, one.points["O"][1] - spot[1] * one.scale * 0.62), f"{radius} cm", one.size, one.accent, "mm", halo=one.fill)
    facts = {"figure": "sector", "radius": radius, "angle": opening, "unit": "cm", "wanted": "sector area"}
    return Drawn(one.sheet, sector_question(radius, opening, part, rng), facts)


def sector_question(radius: int, opening: int, part: int, rng: np.random.Generator) -> Asked:
    """The area of the sector."""
    right, whole = radius * radius // part, radius * radius
    wrong, rule, reason = carry(right, rng)
    share = f"The sector is {opening}/360 = 1/{part} of the circle."
    slips = [
        ([share, f"Area = \\pi x {radius}² x 1 = {whole}\\pi."], (f"{whole}\\pi", "whole for part", "the area of the whole circle was given")),
        ([share, f"Area = \\pi x {radius}² / {part} = {int(wrong)}\\pi."], (f"{int(wrong)}\\pi", rule, reason)),
        (
            [share, f"2 x \\pi x {radius} / {part} = {2 * radius // part}\\pi."],
            (f"{2 * radius // part}\\pi" if 2 * radius % part == 0 else "", "arc for area", "the length of the arc was computed"),
        ),
    ]
    return worked(
        "sector", f"What is the area of the sector with the marked angle in square cm, {PI}?", pi_answer(right), [share, f"Area = \\pi x {radius}² / {part} = {right}\\pi."], slips
    )


RENDERING = Rendering("circle", "geometry", "mathematics", "circles: area, circumference, sector, angles at centre and rim", draw, (posed,))
