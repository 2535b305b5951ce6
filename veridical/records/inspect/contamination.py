"""Whether a data set holds a benchmark: the same pictures by name, pixels or looks, and the same questions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path

from veridical.records.inspect.look import Look, key_of, looks
from veridical.records.inspect.near import normal, shingles
from veridical.records.inspect.repeats import alike
from veridical.records.record import Frozen, Record

LONG = 13
"""Words in a row that make a shared text; a shorter question must be the same as a whole."""
NUMBER, COCO = re.compile(r"\d{6,}"), 12
"""Numbers that name a picture, and how many digits COCO writes: the same number without zeros is another set's picture."""
EXAMPLES = 5


class Overlap(Frozen):
    """Benchmark records that one way of looking finds in the data."""

    benchmark: int
    """How many of the benchmark's records."""
    data: int
    """How many of the data's records."""
    examples: tuple[tuple[str, str], ...]
    """(benchmark record, data record) of the first."""


class Contamination(Frozen):
    """What a data set shares with a benchmark."""

    name: str
    size: int
    """Records of the benchmark."""
    touched: int
    """How many of them share a picture, or a question about the same picture, with the data."""
    by: dict[str, Overlap]
    """By `STRONG` ways, and "question": the same words about another picture."""
    records: tuple[str, ...]
    """Data records that touch it: what training should be without."""

    @property
    def share(self) -> float:
        """Share of the benchmark that is touched."""
        return self.touched / self.size if self.size else 0.0


STRONG = ("picture's name", "pixels", "looks", "question and picture", "question alone")
"""Ways that mean contamination; the same question about another picture ("question") is only said."""


def contamination(data: Sequence[Record], benchmark: Sequence[Record], name: str = "", progress: bool = True) -> Contamination:
    """What the data shares with the benchmark. Pictures that are not there are compared by name only."""
    ours, theirs = looks(data, progress=progress), looks(benchmark, progress=progress)
    seen = {**ours, **theirs}
    pictures = {
        "picture's name": by_key(data, benchmark, names), "pixels": by_key(data, benchmark, lambda record: pixels(record, seen)), "looks": by_looks(data, benchmark, ours, theirs),
    }  # fmt: skip
    asked = by_key(data, benchmark, questions)
    together = set().union(*pictures.values())
    bare = {record.record_id for record in (*data, *benchmark) if not record.media}
    found = pictures | {
        "question": asked,
        "question and picture": asked & together,
        "question alone": {(there, here) for there, here in asked if there in bare and here in bare},
    }
    touched = set().union(*(found[way] for way in STRONG))
    by = {way: overlap(pairs) for way, pairs in found.items()}
    return Contamination(name=name, size=len(benchmark), touched=len({one for one, _ in touched}), by=by, records=tuple(sorted({one for _, one in touched})))


def overlap(pairs: set[tuple[str, str]]) -> Overlap:
    """Counts of (benchmark, data) pairs."""
    return Overlap(benchmark=len({one for one, _ in pairs}), data=len({one for _, one in pairs}), examples=tuple(sorted(pairs)[:EXAMPLES]))


def by_key(data: Sequence[Record], benchmark: Sequence[Record], keys: Callable[[Record], Iterable[Hashable]]) -> set[tuple[str, str]]:
    """(benchmark, data) records that share a key."""
    known = defaultdict(list)
    for record in data:
        for key in keys(record):
            known[key].append(record.record_id)
    return {(record.record_id, here) for record in benchmark for key in keys(record) for here in known.get(key, ())}


def names(record: Record) -> set[str]:
    """Names of the record's pictures: the long number in a file's name (twelve digits are COCO's, others another source's), else the name; "1.jpg" names nothing."""
    found = set()
    for medium in record.media:
        stem = Path(medium.path).stem
        if numbers := NUMBER.findall(stem):
            found.add(f"coco {int(numbers[-1])}" if len(numbers[-1]) == COCO else numbers[-1])
        elif len(stem) > 8 and any(character.isalpha() for character in stem):
            found.add(stem)
    return found


def pixels(record: Record, seen: Mapping[str, Look]) -> set[str]:
    """Hashes of the record's pictures, as far as they could be opened."""
    return {seen[key_of(one)].exact for one in record.media if one.kind == "image" and key_of(one) in seen and seen[key_of(one)].exact}


def by_looks(data: Sequence[Record], benchmark: Sequence[Record], ours: Mapping[str, Look], theirs: Mapping[str, Look]) -> set[tuple[str, str]]:
    """(benchmark, data) records whose pictures look alike: hashes that differ in few bits and thumbnails of the same colours."""
    one, other = (list({look.exact: look for look in side.values() if look.exact}.values()) for side in (ours, theirs))
    border, both = len(one), [*one, *other]
    same = {(both[high].exact, both[low].exact) for low, high in map(sorted, alike(both)) if low < border <= high}
    same |= {(look.exact, look.exact) for look in other if look.exact in {mine.exact for mine in one}}
    mine, their = (holders(records, {**ours, **theirs}) for records in (data, benchmark))
    return {(there, here) for shown, held in same for there in their.get(shown, ()) for here in mine.get(held, ())}


def holders(records: Sequence[Record], seen: Mapping[str, Look]) -> dict[str, list[str]]:
    """Records by the pixels that they show."""
    found = defaultdict(list)
    for record in records:
        for exact in pixels(record, seen):
            found[exact].append(record.record_id)
    return found


def questions(record: Record) -> set[int | str]:
    """What makes a question the same: itself where it is short, every 13 words in a row where it is long."""
    text = normal(record.prompt_text)
    return {text} if len(text.split()) < LONG else set(shingles(text, LONG))
