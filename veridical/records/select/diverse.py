"""Few records that differ from one another: the best first, and none that is like one already taken."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from veridical.records.inspect.coverage import task_of
from veridical.records.inspect.near import normal
from veridical.records.record import Record
from veridical.records.select.quality import good

WIDTH = 2**9
"""Columns that words are hashed into."""
LIKE = 0.9
"""Cosine similarity above which a record is like another at first; it is raised where too few are left."""


def embedded(records: Sequence[Record]) -> np.ndarray:
    """Question and good response of every record as a unit vector of hashed words, rare ones weighing more, beside its pictures' names."""
    counts = np.zeros((len(records), WIDTH), dtype=np.float32)
    for place, record in enumerate(records):
        response = good(record)
        for token in normal(record.prompt_text + " " + (response.text if response else "")).split():
            counts[place, zlib.crc32(token.encode()) % WIDTH] += 1
    rarity = np.log((1 + len(records)) / (1 + (counts > 0).sum(0))) + 0.1
    weighed = np.log1p(counts) * rarity
    return weighed / np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), 1e-9)


def diverse(records: Sequence[Record], quality: Sequence[float], most: int, kinds: Sequence[str] = ()) -> list[int]:
    """Places of at most `most` records in the order of the data: by quality, each unlike those taken before it, and no task beyond its fair share.

    `kinds` (one for each record) divide the tasks further, as the side of a bias that was balanced. A task's share follows the
    square root of its size. Where too few are left, likeness and shares are relaxed in steps, so that `most` records come back
    whenever there are as many.
    """
    vectors, tasks = embedded(records), [f"{task_of(record)} {kind}" for record, kind in zip(records, kinds or [""] * len(records), strict=True)]
    order = sorted(range(len(records)), key=lambda place: (-quality[place], zlib.crc32(records[place].record_id.encode()), records[place].record_id))
    shares = fair_shares(tasks, most)
    taken: list[int] = []
    for likeness, slack in ((LIKE, 1.0), (0.97, 1.5), (0.999, 3.0), (2.0, float("inf"))):
        taken = more(order, vectors, tasks, shares, taken, most, likeness, slack)
    return sorted(taken)


def more(order: Sequence[int], vectors: np.ndarray, tasks: Sequence[str], shares: dict[str, int], taken: list[int], most: int, likeness: float, slack: float) -> list[int]:
    """What was taken, and what may be taken beside it at this likeness."""
    found, held, have = list(taken), set(taken), Counter(tasks[place] for place in taken)
    chosen = np.zeros((most, vectors.shape[1]), dtype=np.float32)
    chosen[: len(found)] = vectors[found]
    for place in order:
        if len(found) >= most:
            break
        if place in held or have[tasks[place]] >= shares[tasks[place]] * slack or (len(found) and float((chosen[: len(found)] @ vectors[place]).max()) > likeness):
            continue
        chosen[len(found)] = vectors[place]
        found.append(place)
        have[tasks[place]] += 1
    return found


def fair_shares(tasks: Sequence[str], most: int) -> dict[str, int]:
    """How many records each task may have: in proportion to the square root of its size, at least one."""
    roots = {task: count**0.5 for task, count in Counter(tasks).items()}
    return {task: max(1, round(most * root / sum(roots.values()))) for task, root in roots.items()}


def spread_out(records: Sequence[Record]) -> float:
    """Mean cosine similarity of a record to the one most like it (of at most 2,000): 1 where every record has a twin, near 0 where all differ."""
    shown = records[:: max(1, -(-len(records) // 2000))]
    if len(shown) < 2:
        return 0.0
    vectors = embedded(shown)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    return float(alike.max(1).mean())
