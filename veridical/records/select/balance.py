"""Pairs without a bias: as many with the bias as against it, at every strength of it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from veridical.records.inspect.style import preferences, sides
from veridical.records.record import Pair, Record
from veridical.records.text import word_count

Key = tuple[str, str, str]
"""A pair: record, chosen, rejected."""
Gaps = Mapping[Key, float]
"""How strongly chosen is favoured by something that should not decide."""
BINS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8)
"""Where the strengths of a bias are cut, in shares of its largest value among nineteen of twenty pairs."""


def words_longer(records: Sequence[Record]) -> Gaps:
    """Words of chosen less words of rejected, over those of the longer one."""
    found = {}
    for record in records:
        for pair in preferring(record):
            ours, theirs = (word_count(one.text) for one in sides(record, pair))
            found[key_of(record, pair)] = (ours - theirs) / max(ours, theirs, 1)
    return found


def words_preferred(records: Sequence[Record]) -> Gaps:
    """How much a classifier of words alone, learnt on other records, prefers chosen."""
    pairs = [(record, pair) for record in records for pair in preferring(record)]
    told = preferences([(record.record_id, *(one.text for one in sides(record, pair))) for record, pair in pairs]) if pairs else []
    return {key_of(record, pair): float(gap) for (record, pair), gap in zip(pairs, told, strict=True)}


BIASES: Mapping[str, Callable[[Sequence[Record]], Gaps]] = MappingProxyType({"length": words_longer, "style": words_preferred})
"""What can be balanced."""


def preferring(record: Record) -> list[Pair]:
    """Pairs that prefer one."""
    return [pair for pair in record.pairs if pair.relation == ">"]


def key_of(record: Record, pair: Pair) -> Key:
    """The pair's name."""
    return record.record_id, pair.chosen, pair.rejected


def balanced(records: Sequence[Record], bias: str) -> list[Record]:
    """Records with the pairs that are left when every strength of a bias has as many pairs for it as against it.

    Which ones go depends on their names alone, not on the order of records. A record whose pairs all go, goes; one without
    pairs stays. Pairs without any gap stay. Learnt styles are balanced as they were measured: the classifier that is learnt
    on what is left finds less, and may find something else.
    """
    kept = kept_of(BIASES[bias](records))
    found = []
    for record in records:
        pairs = tuple(pair for pair in record.pairs if pair.relation == "=" or key_of(record, pair) in kept)
        if pairs or not record.pairs:
            found.append(record if pairs == record.pairs else record.replace(pairs=pairs))
    return found


def side_of(records: Sequence[Record], bias: str) -> list[str]:
    """On which side of a bias each record's first pair is: "+", "-", or "" without a gap."""
    gaps = BIASES[bias](records)
    found = [next((gaps[key_of(record, pair)] for pair in preferring(record)), 0.0) for record in records]
    return ["+" if gap > 0 else "-" if gap < 0 else "" for gap in found]


def kept_of(gaps: Gaps) -> set[Key]:
    """Pairs that stay: of every bin the smaller side whole, and as many of the larger one."""
    sizes = sorted(abs(gap) for gap in gaps.values())
    scale = sizes[int(0.95 * (len(sizes) - 1))] if sizes else 1.0
    bins: dict[int, dict[bool, list[Key]]] = defaultdict(lambda: {True: [], False: []})
    kept = {key for key, gap in gaps.items() if gap == 0}
    for key, gap in gaps.items():
        if gap:
            bins[sum(abs(gap) / (scale or 1.0) > edge for edge in BINS)][gap > 0].append(key)
    for two in bins.values():
        count = min(map(len, two.values()))
        for side in two.values():
            kept |= set(sorted(side, key=drawn)[:count])
    return kept


def drawn(key: Key) -> bytes:
    """A place in a draw that depends on names alone."""
    return hashlib.sha256("\n".join(key).encode()).digest()
