"""Texts that should be the record's letter by letter, or say what it says: edit distances and ROUGE."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from veridical.grade.exact import rule_of
from veridical.grade.extract import find_reading, unread
from veridical.grade.grade import Grade, Grader, NotInstalled
from veridical.records.record import Record

TOKEN = re.compile(r"[a-z0-9]+")
MOST = 20_000
"""Units of a text that are compared."""


def distance(gold: Sequence[str], said: Sequence[str]) -> int:
    """Levenshtein's distance: insertions, deletions and replacements."""
    codes = {item: number for number, item in enumerate(dict.fromkeys((*gold, *said)))}
    target, steps = np.array([codes[item] for item in said], dtype=np.int64), np.arange(len(said) + 1)
    row = steps.copy()
    for number, item in enumerate(gold, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (target != codes[item]))
        row = np.minimum.accumulate(np.concatenate(([number], best)) - steps) + steps
    return int(row[-1])


def fidelity(gold: Sequence[str], said: Sequence[str]) -> float:
    """max(0, 1 − distance / |gold|)."""
    if len(said) >= 2 * len(gold):  # then the distance alone is as large as the gold text
        return 0.0
    gold = gold[:MOST]
    return max(0.0, 1 - distance(gold, said[:MOST]) / len(gold))


UNITS: Mapping[str, Callable[[str], list[str]]] = MappingProxyType({"characters": list, "words": str.split})


def ocr(rule: str = "characters", reading: str = "place") -> Grader:
    """A grader of text that was read off a picture: 1 − CER, or with rule="words" 1 − WER, not below 0.

    CER and WER are Levenshtein's distance over the length of the record's text, in characters or words. White space counts as one space.

    Source: Video-R1, arXiv 2503.21776 (1 − WER).
    """
    cut = rule_of(UNITS, rule)
    return written(lambda gold, said: fidelity(cut(" ".join(gold.split())), cut(" ".join(said.split()))), reading)


def rouge(stem: bool = False, reading: str = "place") -> Grader:
    """A grader of free answers: the mean F of ROUGE-1, ROUGE-2 and ROUGE-L.

    With `stem`, words are compared by their stems, as Video-R1 does; this needs nltk. A text of one word has no pairs: its ROUGE-2 is 0.

    Source: ROUGE (Lin 2004); Video-R1, arXiv 2503.21776. Errors: NotInstalled.
    """
    stems = stemmer() if stem else str

    def tokens(text: str) -> list[str]:
        return [stems(token) if len(token) > 3 else token for token in TOKEN.findall(text.lower())][:MOST]

    def mean(gold: str, said: str) -> float:
        one, other = tokens(gold), tokens(said)
        shared = longest(one, other)
        return (grams(one, other, 1) + grams(one, other, 2) + harmonic(shared, len(one), len(other))) / 3

    return written(mean, reading)


def stemmer() -> Callable[[str], str]:
    """Porter's stems."""
    try:
        from nltk.stem.porter import PorterStemmer
    except ImportError as error:
        raise NotInstalled("rouge with stem=true needs nltk: pip install 'veridical[amber]'; without it words are compared as they are") from error
    return PorterStemmer().stem


def grams(gold: Sequence[str], said: Sequence[str], size: int) -> float:
    """F of sequences of `size` words."""
    one, other = (Counter(zip(*(tokens[start:] for start in range(size)), strict=False)) for tokens in (gold, said))
    return harmonic((one & other).total(), one.total(), other.total())


def harmonic(shared: int, gold: int, said: int) -> float:
    """F of recall shared/gold and precision shared/said."""
    return 2 * shared / (gold + said) if shared else 0.0


def longest(gold: Sequence[str], said: Sequence[str]) -> int:
    """Length of the longest common subsequence. Bits of one integer are the columns of the table (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for number, item in enumerate(gold):
        places[item] = places.get(item, 0) | 1 << number
    full = (1 << len(gold)) - 1
    row = full
    for item in said:
        kept = row & places.get(item, 0)
        row = ((row + kept) | (row - kept)) & full
    return len(gold) - row.bit_count()


def written(measure: Callable[[str, str], float], reading: str) -> Callable[[Record, str], Grade]:
    """A grader of longer texts by a measure of (gold, said)."""
    read = find_reading(reading)

    def grade(record: Record, response: str) -> Grade:
        if record.answer is None or not record.answer.value.strip():
            return Grade(None, None, f"record {record.record_id}: has no answer to compare with")
        said = read(response)
        return unread("no answer could be read") if said is None else Grade(measure(record.answer.value, said), said[:200])

    return grade
