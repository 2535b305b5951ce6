"""Which records belong to which step: a function of seed and step alone, so that a resumed run continues exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Order:
    """`records` records a step, drawn from `size` records in a fresh random order every epoch; epochs join without a gap."""

    size: int
    records: int
    seed: int

    def step(self, number: int) -> list[int]:
        """Indices of the records of step `number` (from 0)."""
        first = number * self.records
        return [self.at(place) for place in range(first, first + self.records)]

    def at(self, place: int) -> int:
        """The record at a place of the endless sequence of epochs."""
        epoch, offset = divmod(place, self.size)
        return int(self.epoch(epoch)[offset])

    def epoch(self, number: int) -> np.ndarray:
        """The order of one epoch."""
        return np.random.default_rng([self.seed, number]).permutation(self.size)

    def steps(self, epochs: float) -> int:
        """Steps in so many epochs, at least one."""
        return max(1, math.ceil(epochs * self.size / self.records))


def share(indices: Sequence[int], rank: int, world: int) -> list[int]:
    """The records of a step that process `rank` of `world` computes."""
    return list(indices[rank::world])


def micro_batches(sizes: Sequence[int], budget: int) -> list[list[int]]:
    """Places grouped so that no group exceeds `budget` tokens (one that is larger alone stands alone), like sizes together.

    Grouping changes speed and memory, never a loss: losses are normalised by the whole step.
    """
    groups: list[list[int]] = []
    total = 0
    for place in sorted(range(len(sizes)), key=lambda n: (sizes[n], n)):
        if not groups or total + sizes[place] > budget:
            groups.append([])
            total = 0
        groups[-1].append(place)
        total += sizes[place]
    return groups
