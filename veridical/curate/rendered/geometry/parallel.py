"""Two parallel lines and one that crosses them: corresponding, alternate and neighbouring angles."""

from __future__ import annotations

import math

import numpy as np

from veridical.curate.rendered.asked import Asked, number, worked
from veridical.curate.rendered.geometry.figure import Figure, angle, figure, posed
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.slips import carry

ENDS = {"upper right": ("right", "up"), "upper left": ("left", "up"), "lower left": ("left", "down"), "lower right": ("right", "down")}
"""The four angles of a crossing by the rays that they lie between."""
SHARP = ("upper right", "lower left")
"""The angles that are as large as the one that the crossing line makes with the parallels."""


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """An angle at one crossing is given, one at the other is x; at difficulty 3 x stands in a term."""
    slope = int(rng.choice([int(rng.integers(42, 80)), int(rng.integers(101, 139))]))
    run = 1 / math.tan(math.radians(slope))
    points = {"P": (0.0, 0.0), "Q": (run, 1.0)}
    for name, (x, y) in list(points.items()):
        points |= {f"{name} left": (x - 1.1, y), f"{name} right": (x + 1.1, y)}
    points |= {"bottom": (-run * 0.7, -0.7), "top": (run * 1.7, 1.7)}
    one = figure(wish, rng, points, margin=2.4)
    for name in "PQ":
        one.sheet.line([one.points[f"{name} left"], one.points[f"{name} right"]], one.ink, one.width)
        arrow(one, one.points[f"{name} left"], one.points[f"{name} right"])
    one.sheet.line([one.points["bottom"], one.points["top"]], one.ink, one.width)
    places = list(ENDS)
    given, asked = places[int(rng.integers(4))], places[int(rng.integers(4))]
    size = slope if given in SHARP else 180 - slope
    wanted = slope if asked in SHARP else 180 - slope
    added = int(rng.integers(5, 25)) if wish.difficulty == 3 else 0
    corner(one, "P", given, f"{size}°")
    corner(one, "Q", asked, f"x + {added}°" if added else "x")
    facts = {"figure": "parallel lines", "given": {"crossing": "first", "place": given, "angle": size}, "asked": {"crossing": "second", "place": asked, "added": added}}
    return Drawn(one.sheet, question(given, asked, size, wanted, added, rng), facts)


def arrow(one: Figure, start: tuple[float, float], end: tuple[float, float]) -> None:
    """The mark of parallel lines, at three quarters of a line."""
    spot = start[0] + (end[0] - start[0]) * 0.86, start[1] + (end[1] - start[1]) * 0.86
    bearing = math.atan2(end[1] - start[1], end[0] - start[0])
    tips = [(spot[0] - one.size * 0.5 * math.cos(bearing + turn), spot[1] - one.size * 0.5 * math.sin(bearing + turn)) for turn in (0.6, -0.6)]
    one.sheet.line([tips[0], spot, tips[1]], one.ink, one.width)


def corner(one: Figure, crossing: str, place: str, said: str) -> None:
    """The mark of one of the four angles of a crossing."""
    across, along = ENDS[place]
    other = ("Q" if crossing == "P" else "top") if along == "up" else ("bottom" if crossing == "P" else "P")
    angle(one, crossing, f"{crossing} {across}", other, said)


def question(given: str, asked: str, size: int, wanted: int, added: int, rng: np.random.Generator) -> Asked:
    """The angle at the other crossing."""
    equal = (given in SHARP) == (asked in SHARP)
    alike = f"The two angles are {'corresponding' if given == asked else 'alternate'} angles at parallel lines, so they are equal."
    sides = "The two angles lie on different sides of the crossing line, so they add up to 180°."
    known, mistaken = (alike, sides) if equal else (sides, alike)
    right, other = wanted - added, 180 - wanted

    def way(known: str, value: int, result: float) -> list[str]:
        lines = [known] if value == size else [known, f"{90 if '90°' in known else 180} - {size} = {value}."]
        return [*lines, f"x + {added} = {value}, so x = {int(result)}."] if added else [*lines, f"So x = {int(result)}."]

    wrong, rule, reason = carry(right, rng)
    named = [
        (mistaken, other, other - added, "supplement for equal" if equal else "equal for supplement", "the position of the angles was misjudged"),
        (known, wanted, wrong, rule, reason),
    ]
    if added:
        named += [(known, wanted, wanted, "term ignored", f"the label says x + {added}"), (known, wanted, wanted + added, "term added", f"{added} was added and not taken away")]
    if not equal and size < 90:
        named.append((sides.replace("180°", "90°"), 90 - size, 90 - size - added, "complement for supplement", "the angles do not add up to 90°"))
    slips = [(way(said, value, result), (str(int(result)), name, why)) for said, value, result, name, why in named if result > 0]
    return worked("parallel lines", "The two lines with arrows are parallel. What is the value of x in degrees?", number(str(right)), way(known, wanted, right), slips)


RENDERING = Rendering("parallel", "geometry", "mathematics", "parallel lines and a line that crosses them", draw, (posed,))
