"""Part of a benchmark's questions: drawn with a seed, in the proportions of the whole, without tearing apart what is counted together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from veridical.evaluate.labels import MARK
from veridical.records.record import Record, content_of

Together = Callable[[Record], str]
"""Records of one key are drawn together, or not at all."""


def subset(records: Sequence[Record], size: int | None, seed: int = 0, together: Together | None = None) -> list[Record]:
    """About `size` records in their order; all of them where `size` is None or not smaller.

    Units (`together`; by default the questions that show the same pictures) are sorted by split and category, in random
    order within each, and every k-th is taken from a random start: each split and category has its share to within one unit.
    """
    if size is None or size >= len(records):
        return list(records)
    units = units_of(records, together or shown)
    rng = np.random.default_rng(seed)
    shuffled = [units[place] for place in rng.permutation(len(units))]
    ordered = sorted(shuffled, key=lambda unit: sorted({stratum(records[place]) for place in unit}))
    count = max(1, round(size * len(units) / len(records)))
    starts = np.floor((np.arange(count) + rng.random()) * len(units) / count).astype(int)
    return [records[place] for place in sorted(place for start in starts for place in ordered[start])]


def units_of(records: Sequence[Record], together: Together) -> list[list[int]]:
    """Places of the records of each unit, in the order in which units appear."""
    units: dict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        units[together(record)].append(place)
    return list(units.values())


def shown(record: Record) -> str:
    """The same text for records that show the same pictures; a record without a picture has its own."""
    pictures = [f"{content_of(one) or one.path or one.media_id} {one.recipe or ''}" for one in record.media]
    return "\n".join(pictures) if pictures else f"record {record.record_id}"


def stratum(record: Record) -> tuple[str, str]:
    """Split and category of a question; the category is its first label."""
    return record.split, next((fact.text for fact in record.facts if fact.kind.startswith(MARK)), "")
