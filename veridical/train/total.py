"""Sums over all processes, and what they know together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import torch
from accelerate.utils import gather_object
from torch import Tensor


def summed(numbers: Mapping[str, float]) -> dict[str, float]:
    """Each number added up over all processes, in their order; one that a process lacks counts as zero there."""
    total: dict[str, float] = defaultdict(float)
    for part in gather_object([dict(numbers)]):
        for name, value in part.items():
            total[name] += value
    return dict(total)


def gathered(rows: Mapping[str, Tensor], rank: int) -> tuple[int, dict[str, Tensor]]:
    """Rows of all processes one below the other, by name, on the CPU; and how many stand before those of process `rank`.

    A process without rows may know no name.
    """
    parts = gather_object([{name: value.cpu() for name, value in rows.items()}])
    names = dict.fromkeys(name for part in parts for name in part)
    before = sum(len(next(iter(part.values()))) for part in parts[:rank] if part)
    return before, {name: torch.cat([part[name] for part in parts if name in part]) for name in names}
