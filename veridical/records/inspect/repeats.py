"""What occurs more than once: prompts, whole records, pictures; and what contradicts or leaks because of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from veridical.records.inspect.look import Look, key_of
from veridical.records.record import Frozen, Media, Record, Response, digest

BITS = 3
"""Largest number of different bits of two perceptual hashes that are alike. Of 300 photographs scaled to half and compressed
95% differ by no more; of their 44,850 pairs none differs by less than 5."""
NEAR = 24
"""Largest difference anywhere in the thumbnails of pictures that are alike, of 255: scaled and compressed copies of
photographs stay below 11, drawings that differ in one small object begin at 43."""
EXAMPLES = 5


class Repeats(Frozen):
    """How many things there are, and how many different ones."""

    total: int
    different: int
    groups: int
    """Groups of two or more that are the same."""
    examples: tuple[tuple[str, ...], ...]
    """Names of the first groups' members."""


def repeats(names: Iterable[tuple[str, str]]) -> Repeats:
    """Repeats among (key, name) pairs: the same key means the same thing."""
    groups: dict[str, list[str]] = defaultdict(list)
    for key, name in names:
        groups[key].append(name)
    return grouped(list(groups.values()))


def grouped(groups: Sequence[Sequence[str]]) -> Repeats:
    """Repeats from groups of names that are the same thing."""
    several = sorted((group for group in groups if len(group) > 1), key=len, reverse=True)
    return Repeats(total=sum(map(len, groups)), different=len(groups), groups=len(several), examples=tuple(tuple(dict.fromkeys(group))[:4] for group in several[:EXAMPLES]))


def content(medium: Media, seen: Mapping[str, Look]) -> str:
    """What a medium shows, as far as that was looked at: its pixels, else its file, else how it is made."""
    known = seen.get(key_of(medium))
    return known.exact if known and known.exact else key_of(medium) or f"{medium.parent_id} {medium.other_id} {medium.recipe}"


def alone(record: Record, seen: Mapping[str, Look]) -> Record:
    """The record without name and place, its media named by what they show: two that are equal say the same."""
    media = tuple(one.replace(path="", data=None, sha256=content(one, seen), width=0, height=0) for one in record.media)
    return record.replace(record_id="", media=media)


def question(record: Record, seen: Mapping[str, Look]) -> str:
    """What is asked, and about which pictures."""
    return "\n".join(
        f"{turn.role}: " + "\n".join(part.text if part.type == "text" else content(record.medium(part.media_id), seen) for part in turn.parts) for turn in record.prompt
    )


def same_prompts(records: Sequence[Record]) -> Repeats:
    """Records by the text of their prompt."""
    return repeats(("\n".join(f"{turn.role}: {turn.text}" for turn in record.prompt), record.record_id) for record in records)


def same_records(records: Sequence[Record], seen: Mapping[str, Look]) -> Repeats:
    """Records that differ at most in id and provenance."""
    return repeats((digest(alone(record, seen)), record.record_id) for record in records)


def same_pictures(seen: Mapping[str, Look]) -> Repeats:
    """Files with the same pixels."""
    return repeats((one.exact, one.name) for one in seen.values() if one.exact)


def alike_pictures(seen: Mapping[str, Look]) -> Repeats:
    """Files that look alike (scaled, compressed); those with the same pixels count once."""
    different = list({one.exact: one for one in seen.values() if one.exact}.values())
    leader = list(range(len(different)))
    for first, second in alike(different):
        low, high = sorted((root(leader, first), root(leader, second)))
        leader[high] = low
    groups: dict[int, list[str]] = defaultdict(list)
    for place, one in enumerate(different):
        groups[root(leader, place)].append(one.name)
    return grouped(list(groups.values()))


def root(leader: Sequence[int], place: int) -> int:
    """The first member of a group."""
    while leader[place] != place:
        place = leader[place]
    return place


def alike(different: Sequence[Look]) -> Iterator[tuple[int, int]]:
    """Pairs of pictures whose hashes differ by at most `BITS` bits and whose thumbnails have nearly the same colours.

    Hashes are cut into four: of two that differ by three bits, one part is equal. Thumbnails are compared as well because
    flat drawings share hashes without looking alike.
    """
    hashes = np.array([one.alike for one in different], dtype=np.uint64)
    colours = np.array([np.frombuffer(one.thumbnail, dtype=np.uint8) for one in different], dtype=np.int16)
    for shift in range(0, 64, 16):
        buckets: dict[int, list[int]] = defaultdict(list)
        for place, one in enumerate(different):
            buckets[one.alike >> shift & 0xFFFF].append(place)
        for bucket in map(np.array, buckets.values()):
            for number, place in enumerate(bucket[:-1]):
                others = bucket[number + 1 :]
                others = others[few_bits(hashes[others] ^ hashes[place])]
                yield from ((int(place), int(other)) for other in others[np.abs(colours[others] - colours[place]).max(1) <= NEAR])


def few_bits(values: np.ndarray) -> np.ndarray:
    """Whether at most `BITS` bits of each number are set."""
    for _ in range(BITS):
        values = values & (values - np.uint64(1))
    return values == 0


def contradictions(records: Sequence[Record], seen: Mapping[str, Look]) -> list[tuple[str, str]]:
    """Records that answer one question with the same two responses in opposite order."""
    order: dict[tuple[str, str, str], str] = {}
    found = []
    for record in records:
        asked = question(record, seen)
        for pair in record.pairs:
            if pair.relation == ">":
                better, worse = record.response(pair.chosen), record.response(pair.rejected)
                order.setdefault((asked, told(better), told(worse)), record.record_id)
                if (asked, told(worse), told(better)) in order:
                    found.append((order[asked, told(worse), told(better)], record.record_id))
    return found


def told(response: Response) -> str:
    """A response's text, and the pictures that it was given instead."""
    return response.text + "".join(f"\n{swap.from_id} {swap.to_id}" for swap in response.swaps)


def leaks(records: Sequence[Record], seen: Mapping[str, Look]) -> dict[str, int]:
    """Questions that stand in two splits, by the names of the splits."""
    splits: dict[str, set[str]] = defaultdict(set)
    for record in records:
        splits[question(record, seen)].add(record.split)
    found: dict[str, int] = defaultdict(int)
    for names in splits.values():
        for first, second in combinations(sorted(names), 2):
            found[f"{first or 'none'} and {second or 'none'}"] += 1
    return dict(found)
