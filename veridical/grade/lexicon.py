"""Names of objects: which words mean which class of object, read from a file of synonyms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from veridical.grade.singular import find_singularizer
from veridical.grade.words import words

YOUNG_OR_GROWN = ("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "animal", "cub")
VEHICLES = ("jet", "train")
DOUBLES: Mapping[str, str] = {
    **{f"{age} {animal}": animal for age in ("baby", "adult") for animal in YOUNG_OR_GROWN},
    **{f"passenger {vehicle}": vehicle for vehicle in VEHICLES},
    "bow tie": "tie",
    "toilet seat": "toilet",
    "wine glas": "wine glass",
    "home plate": "home plate",
    "train track": "train track",
}
"""Pairs of words that are taken for another word, whatever the file says: a baby bear is no person, a home plate no plate."""


class Mention(NamedTuple):
    """One naming of an object in a text."""

    name: str
    """The class of the object."""
    word: str
    """The word of the lexicon that was found."""
    written: str
    """As it stands in the text, in lower case."""


@dataclass(frozen=True)
class Lexicon:
    """Words, the class that each means, pairs of words that are one, and the rule for singulars (named, for the result)."""

    classes: Mapping[str, str]
    doubles: Mapping[str, str]
    singularizer: str = "pattern"

    def mentions(self, text: str) -> list[Mention]:
        """Every naming of a known object in the order of the text; naming one twice gives two.

        Lower case, words, singulars, pairs (greedy from the left), then look-up. Where "toilet" stands, "seat" is none.

        Source: CHAIR, arXiv 1809.02156. Follows: LisaAnne/Hallucination, utils/chair.py.
        """
        found = self.merged(words(text.lower()))
        names = {name for name, _ in found}
        if "toilet" in names and "seat" in names:
            found = [pair for pair in found if pair[0] != "seat"]
        return [Mention(self.classes[name], name, written) for name, written in found if name in self.classes]

    def merged(self, tokens: Sequence[str]) -> list[tuple[str, str]]:
        """(singular, as written), pairs of the table as one."""
        singular: Callable[[str], str] = find_singularizer(self.singularizer)
        forms, found, place = [singular(token) for token in tokens], [], 0
        while place < len(forms):
            taken = 2 if " ".join(forms[place : place + 2]) in self.doubles else 1
            name = " ".join(forms[place : place + taken])
            found.append((self.doubles.get(name, name), " ".join(tokens[place : place + taken])))
            place += taken
        return found

    def names(self, text: str) -> set[str]:
        """The classes that the text names."""
        return {mention.name for mention in self.mentions(text)}


def read_lexicon(path: str | Path, singularizer: str = "pattern") -> Lexicon:
    """A lexicon from a synonyms file: one class per line, its name first, entries separated by a comma and a space.

    Spaces inside an entry count: the published file's " motor bike" is never found, as in the published numbers.
    Errors: ValueError naming file and line.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such file; expected the synonyms file of CHAIR (one class per line: name, synonym, synonym)")
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    groups = [line.split(", ") for line in lines if line]
    if not groups:
        raise ValueError(f"{path}: holds no classes; expected one per line: name, synonym, synonym")
    return lexicon_of(groups, singularizer, str(path))


def lexicon_of(groups: Sequence[Sequence[str]], singularizer: str = "pattern", where: str = "lexicon") -> Lexicon:
    """A lexicon from groups of synonyms, each led by the name of its class. Errors: ValueError for a word of two classes."""
    find_singularizer(singularizer)
    classes: dict[str, str] = {}
    for number, group in enumerate(groups, 1):
        for word in group:
            if classes.setdefault(word, group[0]) != group[0]:
                raise ValueError(f"{where}, line {number}: {word!r} already means {classes[word]!r}; a word can name one class only")
    pairs = {word.strip() for word in classes if len(word.split()) == 2}
    return Lexicon(classes, {**{pair: pair for pair in sorted(pairs)}, **DOUBLES}, singularizer)
