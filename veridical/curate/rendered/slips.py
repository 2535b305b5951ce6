"""Errors that models make when they read a figure or compute with it. Every function gives a wrong value, the error's name and a reason, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from veridical.curate.rendered.asked import Slip
from veridical.curate.rendered.documents.contents import FIRMS, FIRST, LAST, MONTHS, STREETS, TOWNS

ALIKE = {"0": "8", "1": "7", "2": "7", "3": "8", "4": "9", "5": "6", "6": "8", "7": "1", "8": "3", "9": "4"}
LETTERS = {"o": "0", "O": "0", "l": "1", "i": "l", "e": "c", "m": "rn", "n": "m", "v": "y", "a": "o", "t": "f", "u": "v", "h": "b", "S": "5", "B": "8"}

POOLS = (MONTHS, TOWNS, FIRST, LAST, STREETS, FIRMS, ("by", "per", "of", "for"), ("txt", "doc", "pdf", "csv"), ("city", "country", "product", "department", "species", "crop"))
"""Words that stand for one another in what is written."""


def misread(said: str, rng: np.random.Generator) -> list[Slip]:
    """Ways to misread a number that is printed, in a drawn order."""
    found = [*transposed(said), *digit_off(said, rng), *lookalike(said, rng)]
    return [found[place] for place in rng.permutation(len(found))]


def transposed(said: str) -> Iterator[Slip]:
    """Two neighbouring digits in each other's place."""
    for place in range(len(said) - 1):
        one, other = said[place], said[place + 1]
        if one.isdigit() and other.isdigit() and one != other and not (place == 0 and other == "0"):
            yield said[:place] + other + one + said[place + 2 :], "transposed digits", f"{one}{other} was read as {other}{one}"
            return


def digit_off(said: str, rng: np.random.Generator) -> Iterator[Slip]:
    """One digit that is one too large or too small."""
    digits = [place for place, sign in enumerate(said) if sign.isdigit() and not leads_to_nothing(said, place)]
    if digits:
        place = digits[int(rng.integers(len(digits)))]
        old = int(said[place])
        new = old + 1 if old == 0 or (old < 9 and rng.random() < 0.5) or (old == 1 and place == 0) else old - 1
        yield said[:place] + str(new) + said[place + 1 :], "off-by-one digit", f"a digit {old} was read as {new}"


def leads_to_nothing(said: str, place: int) -> bool:
    """Whether a digit is behind the point and last of several zeros, where a change is not what one misreads."""
    return said[place] == "0" and "." in said[:place]


def lookalike(said: str, rng: np.random.Generator) -> Iterator[Slip]:
    """One digit taken for one of the same form."""
    digits = [place for place, sign in enumerate(said) if sign.isdigit() and not leads_to_nothing(said, place)]
    if digits:
        place = digits[int(rng.integers(len(digits)))]
        new = ALIKE[said[place]]
        yield said[:place] + new + said[place + 1 :], "look-alike digit", f"a {said[place]} was taken for a {new}"


def misspelt(said: str, rng: np.random.Generator) -> list[Slip]:
    """A text with one error of spelling. A reader who sees no picture may notice it, so it is only one error among several."""
    found = [*lookalike_letter(said, rng), *exchanged_letters(said, rng), *dropped_letter(said, rng)]
    return [found[int(rng.integers(len(found)))]] if found else []


def inner_letters(said: str) -> list[int]:
    """Places of letters inside words."""
    return [place for place in range(1, len(said) - 1) if said[place].isalpha() and said[place - 1].isalpha()]


def lookalike_letter(said: str, rng: np.random.Generator) -> Iterator[Slip]:
    """One letter taken for one that looks like it."""
    alike = [place for place in inner_letters(said) if said[place] in LETTERS]
    if alike:
        place = alike[int(rng.integers(len(alike)))]
        yield said[:place] + LETTERS[said[place]] + said[place + 1 :], "look-alike letter", f"{said[place]!r} was read as {LETTERS[said[place]]!r}"


def exchanged_letters(said: str, rng: np.random.Generator) -> Iterator[Slip]:
    """Two neighbouring letters exchanged."""
    swaps = [place for place in inner_letters(said) if said[place + 1].isalpha() and said[place].lower() != said[place + 1].lower()]
    if swaps:
        place = swaps[int(rng.integers(len(swaps)))]
        yield said[:place] + said[place + 1] + said[place] + said[place + 2 :], "exchanged letters", "two neighbouring letters were exchanged"


def dropped_letter(said: str, rng: np.random.Generator) -> Iterator[Slip]:
    """One letter left out."""
    inner = inner_letters(said)
    if len(inner) > 3:
        place = inner[int(rng.integers(len(inner)))]
        yield said[:place] + said[place + 1 :], "dropped letter", f"a letter {said[place]!r} was left out"


def similar_words(said: str, rng: np.random.Generator, most: int = 2) -> list[Slip]:
    """A text with one word in the place of another that could stand there as well, so that only the picture tells: another month, town, name, end of a file."""
    found: list[Slip] = []
    for pool in POOLS:
        for word in pool:
            if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", said):
                others = [one for one in pool if one != word and one not in said.split()]
                other = others[int(rng.integers(len(others)))]
                found.append((re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", other, said, count=1), "similar word", f"{word!r} was read as {other!r}"))
    return [found[place] for place in rng.permutation(len(found))[:most]]


def one_of_many(said: str, pool: Sequence[str], rng: np.random.Generator) -> list[Slip]:
    """Another text of the same kind, one with a word in common if there is one."""
    words = set(said.lower().split())
    others = [one for one in pool if one != said]
    near = [one for one in others if words & set(one.lower().split())] or others
    return [(near[int(rng.integers(len(near)))], "similar text", "a text of the same kind was said")]


def carry(value: float, rng: np.random.Generator, unit: float = 1.0) -> tuple[float, str, str]:
    """A result that is off by one or ten units, as when a carry is forgotten."""
    step = (10 if abs(value) >= 20 * unit and rng.random() < 0.6 else 1) * unit
    wrong = value - step if value > step and rng.random() < 0.5 else value + step
    return wrong, "arithmetic slip", "the numbers were read right and computed wrong"
