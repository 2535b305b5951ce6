"""Scenes: what is there, where, in which colour and size. The truth that captions and answers are checked against."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

COLOURS = ("red", "green", "blue", "yellow", "purple", "orange")
SIZES = ("small", "large")
PLACES = (
    "top left", "top", "top right",
    "left", "center", "right",
    "bottom left", "bottom", "bottom right",
)  # fmt: skip
PARTNERS = {"tree": "house", "cup": "spoon", "star": "moon", "fish": "boat", "key": "lock", "hat": "shoe"}
"""What often stands beside what: a caption writer who sees a tree expects a house."""
NAMES = (*PARTNERS, *PARTNERS.values(), "ball", "kite")
DIGITS = tuple("0123456789")
TOGETHER = 0.4
"""Share of scenes with a name of `PARTNERS` in which its partner is there too."""
SUGGESTIVE = 0.75
"""Share of drawn names that have a partner."""


@dataclass(frozen=True)
class Thing:
    """One object: its name, colour, size, and place (0 to 8, row by row)."""

    name: str
    colour: str
    size: str
    place: int


@dataclass(frozen=True)
class Scene:
    """Objects in different places, and perhaps a written digit in a place of its own."""

    things: tuple[Thing, ...]
    digit: str = ""
    digit_place: int = -1

    @property
    def names(self) -> tuple[str, ...]:
        """Different names that are there, in reading order."""
        return tuple(dict.fromkeys(thing.name for thing in self.things))

    @property
    def absent(self) -> tuple[str, ...]:
        """Names that are not there."""
        return tuple(name for name in NAMES if name not in self.names)

    @property
    def missing_partners(self) -> tuple[str, ...]:
        """Partners that one would expect, and that are not there."""
        return tuple(PARTNERS[name] for name in self.names if name in PARTNERS and PARTNERS[name] not in self.names)

    @property
    def present_partners(self) -> tuple[str, ...]:
        """Partners that one would expect, and that are there."""
        return tuple(PARTNERS[name] for name in self.names if PARTNERS.get(name) in self.names)

    def count(self, name: str) -> int:
        """How many objects have that name."""
        return sum(thing.name == name for thing in self.things)

    def only(self, name: str) -> Thing | None:
        """The object of that name when there is exactly one."""
        found = [thing for thing in self.things if thing.name == name]
        return found[0] if len(found) == 1 else None

    @property
    def key(self) -> str:
        """Digest of the truth: equal scenes have equal keys."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def scene(seed: int, split: str = "train") -> Scene:
    """The scene of a seed. Scenes of split "train" and "test" are disjoint: the key decides where a scene belongs."""
    draw = np.random.default_rng([seed, 7])
    while True:
        found = attempt(draw)
        if belongs(found) == split:
            return found


def belongs(found: Scene) -> str:
    """One scene in eight is a test scene."""
    return "test" if int(found.key[:4], 16) % 8 == 0 else "train"


def attempt(draw: np.random.Generator) -> Scene:
    """Two to four names; each partner present half of the time; sometimes a name more than once, sometimes a digit."""
    places = list(draw.permutation(9))
    names: list[str] = []
    for _ in range(int(draw.integers(2, 4))):
        free = [name for name in NAMES if name not in names and name not in partners_of(names)]
        liked = [name for name in free if name in PARTNERS and PARTNERS[name] not in names]
        name = str(draw.choice(liked if liked and draw.random() < SUGGESTIVE else free))
        names.append(name)
        if name in PARTNERS and draw.random() < TOGETHER:
            names.append(PARTNERS[name])
    things = []
    for name in names[:5]:
        copies = 1 if draw.random() < 0.85 else int(draw.integers(2, 4))
        colour, size = str(draw.choice(COLOURS)), str(draw.choice(SIZES))
        things += [Thing(name, colour, size, int(places.pop())) for _ in range(copies) if len(places) > 2]
    digit = str(draw.choice(DIGITS)) if draw.random() < 0.4 else ""
    return Scene(tuple(sorted(things, key=lambda thing: thing.place)), digit, int(places.pop()) if digit else -1)


def partners_of(names: list[str]) -> list[str]:
    """Partners of what is there: whether they come is decided once, not by a later draw."""
    return [PARTNERS[name] for name in names if name in PARTNERS]
