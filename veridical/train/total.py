"""Sums over all processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from accelerate.utils import gather_object


def summed(numbers: Mapping[str, float]) -> dict[str, float]:
    """Each number added up over all processes, in their order; one that a process lacks counts as zero there."""
    total: dict[str, float] = defaultdict(float)
    for part in gather_object([dict(numbers)]):
        for name, value in part.items():
            total[name] += value
    return dict(total)
