"""Which records belong to which step: a function of seed and step alone, so that a resumed run continues exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


@dataclass(frozen=True)
class Order:
    """`records` records a step, drawn from `size` records in a fresh random order every epoch; epochs join without a gap."""

    size: int
    records: int
    seed: int
    groups: tuple[tuple[int, ...], ...] = ()
    """Records that stay beside each other (they show the same picture); without any, each is its own group."""
    drawn: dict[int, list[int]] = field(default_factory=dict, compare=False, repr=False)
    """The epoch that was asked for last."""

    def step(self, number: int) -> list[int]:
        """Indices of the records of step `number` (from 0)."""
        first, found = number * self.records, []
        for epoch in range(first // self.size, (first + self.records - 1) // self.size + 1):
            start = first - epoch * self.size
            if epoch not in self.drawn:
                self.drawn.clear()
                self.drawn[epoch] = self.epoch(epoch)
            found += self.drawn[epoch][max(start, 0) : start + self.records]
        return found

    def epoch(self, number: int) -> list[int]:
        """The order of one epoch: groups are shuffled, and the records of each."""
        draw = np.random.default_rng([self.seed, number])
        if not self.groups:
            return draw.permutation(self.size).tolist()
        return [self.groups[group][place] for group in draw.permutation(len(self.groups)) for place in draw.permutation(len(self.groups[group]))]

    def steps(self, epochs: float) -> int:
        """Steps in so many epochs, at least one."""
        return max(1, math.ceil(epochs * self.size / self.records))


def share(indices: Sequence[Item], rank: int, world: int) -> list[Item]:
    """The records of a step that process `rank` of `world` computes: a run of neighbours, as long as the others' or one longer. It may be empty."""
    return list(indices[rank * len(indices) // world : (rank + 1) * len(indices) // world])


def micro_batches(sizes: Sequence[int], budget: int) -> list[list[int]]:
    """Places grouped so that no group exceeds `budget` positions when each is padded to its largest (one that is larger alone stands alone).

    Like sizes come together. Grouping changes speed and memory, never a loss: losses are normalised by the whole step.
    """
    groups: list[list[int]] = []
    for place in sorted(range(len(sizes)), key=lambda n: (sizes[n], n)):
        if not groups or (len(groups[-1]) + 1) * sizes[place] > budget:
            groups.append([])
        groups[-1].append(place)
    return groups
