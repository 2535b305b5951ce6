"""What tells chosen from rejected without looking at the picture or the meaning: length, place, who wrote it, and words.

A set that such a rule gets right teaches the rule. One half is chance.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from veridical.records.inspect.near import normal
from veridical.records.record import Frozen, Pair, Record, Response
from veridical.records.text import word_count

WIDTH = 2**12
"""Columns that words are hashed into."""
FOLDS = 5
FEWEST, MOST = 20, 3000
"""Pairs from which a rule is learnt, and how many are enough for it."""


class Style(Frozen):
    """Shares of pairs that a rule without the picture gets right; None where it cannot be told. One half is chance."""

    pairs: int
    longer: float | None
    """The one with more words, over pairs that differ in length."""
    first: float | None
    """The one that stands first among the record's responses, where these are not named by the sides."""
    writer: float | None
    """The one whose model or origin is more often chosen, counted in the other records; over pairs whose writers differ."""
    words: float | None
    """The one whose words and word pairs a linear classifier prefers, learnt on the other records."""


def style(records: Sequence[Record]) -> Style:
    """How much of the preference is style."""
    found = [(record.record_id, *sides(record, pair), place_of(record, pair)) for record in records for pair in record.pairs if pair.relation == ">"]
    lengths = [word_count(chosen.text) - word_count(rejected.text) for _, chosen, rejected, _ in found]
    differing = [one for one in lengths if one]
    places = [place for _, one, _, place in found if not one.response_id.startswith("chosen")]
    return Style(
        pairs=len(found), longer=sum(one > 0 for one in differing) / len(differing) if differing else None,
        first=sum(places) / len(places) if places else None, writer=by_writer([(name, writer(one), writer(other)) for name, one, other, _ in found]),
        words=by_words([(name, one.text, other.text) for name, one, other, _ in found]),
    )  # fmt: skip


def sides(record: Record, pair: Pair) -> tuple[Response, Response]:
    """Chosen and rejected."""
    return record.response(pair.chosen), record.response(pair.rejected)


def place_of(record: Record, pair: Pair) -> bool:
    """Whether chosen stands before rejected."""
    order = [one.response_id for one in record.responses]
    return order.index(pair.chosen) < order.index(pair.rejected)


def writer(one: Response) -> str:
    """Who made a response."""
    return one.model or one.origin


def fold_of(name: str) -> int:
    """The part of the data that a record belongs to; pairs of one record are never on both sides."""
    return zlib.crc32(name.encode()) % FOLDS


def by_writer(found: Sequence[tuple[str, str, str]]) -> float | None:
    """Accuracy of preferring the writer that wins more often elsewhere; an undecided pair counts one half."""
    told = [(fold_of(name), one, other) for name, one, other in found if one and other and one != other]
    if not told:
        return None
    right = 0.0
    for fold in range(FOLDS):
        won, lost = (Counter(pair[side] for pair in told if pair[0] != fold) for side in (1, 2))
        rates = {name: won[name] / (won[name] + lost[name]) for name in won | lost}
        for part, one, other in told:
            if part == fold:
                gap = rates.get(one, 0.5) - rates.get(other, 0.5)
                right += 1.0 if gap > 0 else 0.5 if gap == 0 else 0.0
    return right / len(told)


def by_words(found: Sequence[tuple[str, str, str]]) -> float | None:
    """Cross-validated accuracy of the words' classifier, on some thousands of pairs, evenly spaced."""
    if len(found) < FEWEST:
        return None
    gaps = preferences(found[:: -(-len(found) // MOST)])
    return float(np.mean(np.where(gaps > 0, 1.0, np.where(gaps == 0, 0.5, 0.0))))


def preferences(found: Sequence[tuple[str, str, str]]) -> np.ndarray:
    """How much the words of chosen are preferred to those of rejected, each pair by a classifier that was learnt on other records (on some thousands of them)."""
    folds = np.array([fold_of(name) for name, _, _ in found])
    words = Words.of([difference(chosen, rejected) for _, chosen, rejected in found])
    sample = np.zeros(len(found), dtype=bool)
    sample[:: -(-len(found) // MOST)] = True
    gaps = np.zeros(len(found))
    for fold in range(FOLDS):
        shown = sample & (folds != fold)
        if shown.any():
            gaps[folds == fold] = words.weighed(learnt(words.only(shown)))[folds == fold]
    return gaps


@dataclass(frozen=True)
class Words:
    """Rows of few numbers in many columns: which row, which column, which number."""

    count: int
    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, found: Sequence[Mapping[int, float]]) -> Words:
        """From a mapping for each row."""
        rows = np.repeat(np.arange(len(found)), [len(one) for one in found])
        return cls(len(found), rows, np.array([key for one in found for key in one], dtype=np.int64), np.array([value for one in found for value in one.values()], dtype=float))

    def only(self, shown: np.ndarray) -> Words:
        """The rows that are shown, numbered anew."""
        inside, numbers = shown[self.rows], np.cumsum(shown) - 1
        return Words(int(shown.sum()), numbers[self.rows[inside]], self.columns[inside], self.values[inside])

    def weighed(self, weights: np.ndarray) -> np.ndarray:
        """Every row's sum of numbers times the weights of their columns."""
        return np.bincount(self.rows, self.values * weights[self.columns], self.count)


def difference(chosen: str, rejected: str) -> dict[int, float]:
    """Words of chosen less those of rejected."""
    found = dict(features(chosen))
    for column, value in features(rejected).items():
        found[column] = found.get(column, 0.0) - value
    return found


def features(text: str) -> dict[int, float]:
    """Words and word pairs of a text, hashed, as a unit vector; how long it is does not show."""
    words = normal(text).split()
    counts = Counter(zlib.crc32(token.encode()) % WIDTH for token in [*words, *map(" ".join, zip(words, words[1:], strict=False))])
    length = sum(count**2 for count in counts.values()) ** 0.5
    return {column: count / length for column, count in counts.items()}


def learnt(words: Words, steps: int = 60, rate: float = 4.0, decay: float = 1e-3) -> np.ndarray:
    """Weights of words that prefer the chosen side: logistic regression of differences by gradient descent from zero.

        minimise mean log(1 + exp(-w·d)) + decay/2 |w|²
    """
    weights = np.zeros(WIDTH)
    for _ in range(steps):
        pull = 1 / (1 + np.exp(np.clip(words.weighed(weights), -30, 30)))
        weights += rate * (np.bincount(words.columns, words.values * pull[words.rows], WIDTH) / words.count - decay * weights)
    return weights
