"""A triangle cut by a line that is parallel to one side: similar triangles."""

from __future__ import annotations

import numpy as np

from veridical.curate.rendered.asked import Asked, number, plain, worked
from veridical.curate.rendered.geometry.figure import NAMES, figure, name_point, posed, shape, side, triangle_points
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Crowded
from veridical.curate.rendered.slips import carry

RATIOS = ((1, 2), (2, 3), (1, 3), (3, 4), (2, 5), (3, 5), (4, 5))


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """Of four lengths (a side, its upper part, both parallels) three are given."""
    small, large = RATIOS[int(rng.integers(3 + 2 * (wish.difficulty - 1)))]
    names, unit = NAMES[int(rng.integers(len(NAMES)))], str(rng.choice(["cm", "m", ""]))
    top, left, right, cut_left, cut_right = names[:5]
    one_part, base_part = (int(rng.integers(2, 9)) for _ in range(2))
    upper, whole, short, base = small * one_part, large * one_part, small * base_part, large * base_part
    angles = int(rng.integers(45, 80)), int(rng.integers(45, 80))
    ratio = base / whole
    if not 0.5 < ratio < 1.9:
        raise Crowded("the sides do not fit the figure")
    points = triangle_points(*angles, (left, right, top))
    share = small / large
    for name, corner in ((cut_left, left), (cut_right, right)):
        points[name] = tuple(points[top][axis] + (points[corner][axis] - points[top][axis]) * share for axis in (0, 1))
    one = figure(wish, rng, points, turn=bool(wish.difficulty > 1))
    shape(one, [top, left, right])
    one.sheet.line([one.points[cut_left], one.points[cut_right]], one.ink, one.width)
    wanted = str(rng.choice(["base", "short"]))
    side(one, top, cut_left, f"{upper} {unit}".strip())
    side(one, cut_left, left, f"{whole - upper} {unit}".strip())
    side(one, cut_left, cut_right, "x" if wanted == "short" else f"{short} {unit}".strip(), one.points[top])
    side(one, left, right, "x" if wanted == "base" else f"{base} {unit}".strip())
    for name in names[:5]:
        name_point(one, name)
    lengths = {top + cut_left: upper, cut_left + left: whole - upper, "cut" if wanted == "base" else "base": short if wanted == "base" else base}
    facts = {"figure": "similar triangles", "lengths": lengths, "top": top, "unit": unit, "wanted": wanted}
    return Drawn(one.sheet, question(upper, whole, short, base, wanted, rng, f"{cut_left}{cut_right}", f"{left}{right}"), facts)


def question(upper: int, whole: int, short: int, base: int, wanted: str, rng: np.random.Generator, cut: str, bottom: str) -> Asked:
    """One of the parallels from the other."""
    right = base if wanted == "base" else short
    rest = whole - upper
    known = ["The triangles are similar.", f"The whole side is {upper} + {rest} = {whole}."]
    sign = f"{short} x {whole} / {upper}" if wanted == "base" else f"{base} x {upper} / {whole}"
    parts = short * rest / upper if wanted == "base" else base * upper / rest
    turned = short * upper / whole if wanted == "base" else base * whole / upper
    turning = f"{short} x {upper} / {whole}" if wanted == "base" else f"{base} x {whole} / {upper}"
    parting = f"{short} x {rest} / {upper}" if wanted == "base" else f"{base} x {upper} / {rest}"
    added = short + rest if wanted == "base" else base - rest
    wrong, rule, reason = carry(right, rng)
    slips = [
        ([*known, f"x = {sign} = {int(wrong)}."], (str(int(wrong)), rule, reason)),
        (
            [*known, f"x = {f'{short} + {whole} - {upper}' if wanted == 'base' else f'{base} - {whole} + {upper}'} = {added}."],
            (str(added) if added > 0 else "", "difference for ratio", "the sides grow by the same factor, not by the same length"),
        ),
        ([*known, f"x = {turning} = {plain(round(turned, 2))}."], (plain(round(turned, 2)), "ratio turned round", "the ratio was taken the other way")),
        (
            [*known, f"x = {parting} = {plain(round(parts, 2))}."],
            (plain(round(parts, 2)), "part for whole", "the lower part was taken for the whole side"),
        ),
    ]
    return worked("similar triangles", f"{cut} is parallel to {bottom}. What is the length x in the figure?", number(str(right)), [*known, f"x = {sign} = {right}."], slips)


RENDERING = Rendering("similar", "geometry", "mathematics", "a triangle cut by a parallel to one side", draw, (posed,))
