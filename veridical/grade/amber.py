"""AMBER's grade of a description: objects that are not there, objects covered, and the ones that people would imagine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from veridical.grade.grade import Grade, Grader
from veridical.grade.nouns import Similarity, Tagger, likeness_exact, tag_lexicon
from veridical.records.record import Record

ALIKE = 0.8
"""Nouns more alike than this count as one."""


@dataclass(frozen=True)
class Vocabulary:
    """AMBER's words: what else each object may be called, and nouns that are never counted as hallucinated."""

    associated: Mapping[str, tuple[str, ...]]
    safe: frozenset[str] = frozenset()

    @property
    def words(self) -> frozenset[str]:
        """Every noun that is looked for."""
        return frozenset(self.associated) | {word for others in self.associated.values() for word in others}

    def ways(self, targets: Sequence[str]) -> list[tuple[str, int]]:
        """(word, which target it stands for), associated words before the targets themselves, in AMBER's order."""
        others = [(word, place) for place, target in enumerate(targets) for word in self.associated.get(target, ())]
        return others + [(target, place) for place, target in enumerate(targets)]


def read_vocabulary(folder: Path) -> Vocabulary:
    """relation.json and safe_words.txt of a folder. Errors: ValueError naming the file."""
    relation, safe = folder / "relation.json", folder / "safe_words.txt"
    for path in (relation, safe):
        if not path.is_file():
            raise ValueError(f"{path}: no such file; AMBER's descriptions cannot be graded without it")
    associated = {word: tuple(others) for word, others in json.loads(relation.read_text(encoding="utf-8")).items()}
    return Vocabulary(associated, frozenset(safe.read_text(encoding="utf-8").split("\n")) - {""})


def amber_caption(vocabulary: Vocabulary, tagger: Tagger = tag_lexicon, similarity: Similarity = likeness_exact) -> Grader:
    """A grader of descriptions; facts of kind "object" are there, facts of kind "imagined" are what people would invent.

    Counts: `nouns` (of the vocabulary), `hallucinated`, `true`, `covered`, `targets` (imagined objects), `imagined`
    (of these, the ones named), `words`. The value is the share of nouns that are not hallucinated (0 without any noun).

    Source: AMBER, arXiv 2311.07397. Follows: junyangwang0410/AMBER, inference.py, with nltk and spacy; one target is
    marked per noun, the first in AMBER's order.
    """
    known = vocabulary.words

    def grade(record: Record, response: str) -> Grade:
        true, imagined = targets(record, "object"), targets(record, "imagined")
        nouns = [noun for noun in tagger(response, known) if noun in known]
        seen = Seen(vocabulary.ways(true), vocabulary.ways(imagined), similarity)
        absent = [noun for noun in nouns if noun not in vocabulary.safe and not seen.shows(noun)]
        counts = {
            "nouns": float(len(nouns)),
            "hallucinated": float(len(absent)),
            "true": float(len(true)),
            "covered": float(len(seen.covered)),
            "targets": float(len(imagined)),
            "imagined": float(len(seen.marked)),
            "words": float(len(response.split())),
        }
        value = 1 - len(absent) / len(nouns) if nouns else 0.0
        return Grade(value, ", ".join(dict.fromkeys(nouns)), f"not there: {', '.join(dict.fromkeys(absent)) or 'nothing'}", counts, tuple(dict.fromkeys(absent)))

    return grade


def targets(record: Record, kind: str) -> list[str]:
    """Texts of the record's facts of a kind, repeated ones included."""
    return [fact.text for fact in record.facts if fact.kind == kind]


class Seen:
    """Which targets the nouns of one response have named so far."""

    def __init__(self, there: Sequence[tuple[str, int]], imagined: Sequence[tuple[str, int]], similarity: Similarity) -> None:
        self.there, self.imagined, self.similarity = there, imagined, similarity
        self.covered: set[int] = set()
        self.marked: set[int] = set()

    def shows(self, noun: str) -> bool:
        """Whether the noun names something that is there; marks what it names."""
        if (place := first(self.there, noun.__eq__)) is not None:
            self.covered.add(place)
            return True
        for match in (noun.__eq__, self.like(noun)):
            if (place := first(self.imagined, match)) is not None:
                self.marked.add(place)
        if (place := first(self.there, self.like(noun))) is not None:
            self.covered.add(place)
        return place is not None

    def like(self, noun: str) -> Callable[[str], bool]:
        """A test for words that are more alike than `ALIKE`."""
        return lambda word: self.similarity(noun, word) > ALIKE


def first(ways: Iterable[tuple[str, int]], fits: Callable[[str], bool]) -> int | None:
    """The target of the first word that fits."""
    return next((place for word, place in ways if fits(word)), None)
