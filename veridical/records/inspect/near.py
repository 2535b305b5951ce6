"""Texts that are nearly the same: five-word shingles, MinHash signatures in bands, and the exact Jaccard similarity of what they propose."""

from __future__ import annotations

import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from veridical.records.inspect.repeats import Repeats, grouped, root
from veridical.records.record import Record
from veridical.records.text import WORD

SHINGLE = 5
BANDS, ROWS = 32, 4
"""128 hashes: two texts of Jaccard similarity s share a band with probability 1 - (1 - s^4)^32, 0.9999 at 0.8 and 0.04 at 0.2."""
NEAR = 0.8
PRIME = np.uint64((1 << 61) - 1)


def normal(text: str) -> str:
    """A text without what spelling varies: NFKC, lower case, words with single spaces."""
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text).lower()))


def shingles(text: str, size: int = SHINGLE) -> frozenset[int]:
    """Hashes of every `size` words in a row; of all words where there are fewer."""
    words = normal(text).split()
    return frozenset(zlib.crc32(" ".join(words[place : place + size]).encode()) for place in range(max(1, len(words) - size + 1)))


def jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    """Shared shingles over all shingles."""
    return len(one & other) / len(one | other) if one or other else 1.0


def signatures(sets: Sequence[frozenset[int]]) -> np.ndarray:
    """MinHash: the smallest of every one of 128 hashes over a set; one row each."""
    rng = np.random.default_rng(0)
    factors, offsets = (rng.integers(1, 1 << 31, BANDS * ROWS, dtype=np.uint64) for _ in range(2))
    found = np.empty((len(sets), BANDS * ROWS), dtype=np.uint64)
    for place, one in enumerate(sets):
        values = np.fromiter(one, dtype=np.uint64, count=len(one))[:, None]
        found[place] = ((values * factors + offsets) % PRIME).min(0)
    return found


def near_texts(texts: Sequence[str], least: float = NEAR) -> Iterator[tuple[int, int]]:
    """Pairs of places whose texts are nearly the same, the lower one first; each pair once. Equal texts should be counted before: every two of them are a pair."""
    sets, seen = [shingles(text) for text in texts], set()
    marks = signatures(sets)
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for place in range(len(texts)):
            buckets[marks[place, band * ROWS : (band + 1) * ROWS].tobytes()].append(place)
        for bucket in buckets.values():
            for two in combinations(bucket, 2):
                if two not in seen and jaccard(sets[two[0]], sets[two[1]]) >= least:
                    seen.add(two)
                    yield two


def near_prompts(records: Sequence[Record]) -> Repeats:
    """Records by prompts that are nearly the same; equal ones count once."""
    names: dict[str, str] = {}
    for record in records:
        names.setdefault(normal(record.prompt_text), record.record_id)
    texts, leader = list(names), list(range(len(names)))
    for first, second in near_texts(texts):
        low, high = sorted((root(leader, first), root(leader, second)))
        leader[high] = low
    groups: dict[int, list[str]] = defaultdict(list)
    for place, text in enumerate(texts):
        groups[root(leader, place)].append(names[text])
    return grouped(list(groups.values()))
