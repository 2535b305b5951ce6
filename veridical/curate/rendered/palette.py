"""Colours: sets that charts and programs use, and how well one can be read on another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Colour = tuple[int, int, int]

WHITE, BLACK, NIGHT = (255, 255, 255), (24, 24, 28), (32, 34, 42)
READABLE = 4.5
"""The least contrast of a text with its ground.

Source: Web Content Accessibility Guidelines 2.1, criterion 1.4.3 (level AA).
"""
SEEN = 1.6
"""The least contrast of a filled shape with its ground."""
APART = 85.0
"""The distance of two colours that a legend tells apart, where the set has enough of them."""

NAMED: dict[str, Colour] = {
    "blue": (44, 105, 186), "orange": (228, 122, 24), "green": (52, 148, 64), "red": (202, 48, 48), "purple": (132, 82, 176),
    "brown": (132, 84, 62), "pink": (220, 110, 180), "gray": (122, 124, 128), "yellow": (214, 172, 28), "teal": (30, 152, 158),
}  # fmt: skip
"""Colours that a question can name: no two are near each other."""

PALETTES: tuple[tuple[Colour, ...], ...] = (
    tuple(NAMED.values()),
    ((68, 114, 196), (237, 125, 49), (128, 134, 139), (222, 170, 10), (84, 150, 60), (150, 60, 110)),
    ((76, 114, 176), (221, 132, 82), (85, 168, 104), (196, 78, 82), (129, 114, 179), (147, 120, 96)),
    ((38, 70, 83), (42, 157, 143), (226, 170, 60), (236, 132, 76), (206, 82, 60), (130, 90, 140)),
    ((94, 60, 153), (230, 97, 1), (26, 136, 120), (200, 60, 120), (90, 90, 96), (178, 140, 20)),
)


def luminance(colour: Colour) -> float:
    """Relative luminance in [0, 1] of an sRGB colour."""
    parts = [value / 255 for value in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast of two colours, from 1 (none) to 21: (lighter + 0.05) / (darker + 0.05).

    Source: Web Content Accessibility Guidelines 2.1.
    """
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(ground: Colour) -> Colour:
    """Black or white, whichever is read better: its contrast is at least the root of 21, 4.58."""
    return max(((0, 0, 0), WHITE), key=lambda ink: contrast(ink, ground))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def readable(ink: Colour, ground: Colour, least: float = READABLE) -> Colour:
    """The ink, as far towards black or white as it must be to be read on the ground."""
    end = ink_on(ground)
    return next(found for step in range(11) if contrast(found := mixed(ink, end, step / 10), ground) >= least or step == 10)


def series_colours(rng: np.random.Generator, count: int, ground: Colour) -> list[Colour]:
    """So many colours of one set that are seen on the ground and told apart, in a drawn order."""
    sets = [seen for palette in PALETTES if len(seen := [colour for colour in palette if contrast(colour, ground) >= SEEN]) >= count]
    chosen = sets[int(rng.integers(len(sets)))]
    order = [chosen[place] for place in rng.permutation(len(chosen))]
    return next(found for least in (APART, APART / 2, 0) if len(found := spread(order, least)) >= count)[:count]


def spread(colours: Sequence[Colour], least: float) -> list[Colour]:
    """Those of the colours, in their order, that lie so far from all before them (Euclidean, in RGB)."""
    found: list[Colour] = []
    for colour in colours:
        if all(math.dist(colour, other) >= least for other in found):
            found.append(colour)
    return found


def name_of(colour: Sequence[int]) -> str:
    """The name of a colour that has one, else ""."""
    return next((name for name, value in NAMED.items() if value == tuple(colour)), "")
