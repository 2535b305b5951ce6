"""Many numbers in a few: mean, quantiles, and a histogram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from veridical.records.record import Frozen

BARS = 24


class Spread(Frozen):
    """How numbers are spread."""

    n: int
    mean: float
    low: float
    """The smallest."""
    q05: float
    q25: float
    median: float
    q75: float
    q95: float
    high: float
    """The largest."""
    left: float
    """Where the histogram begins: the first percentile. What lies outside its ends is counted in its outer bars."""
    right: float
    bars: tuple[int, ...]


def spread(values: Sequence[float]) -> Spread | None:
    """The spread of numbers, None of none."""
    if not len(values):
        return None
    numbers = np.asarray(values, dtype=float)
    left, q05, q25, median, q75, q95, right = np.quantile(numbers, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]).tolist()
    bars, _ = np.histogram(numbers.clip(left, right), BARS, (left, right if right > left else left + 1))
    return Spread(
        n=len(numbers), mean=float(numbers.mean()), low=float(numbers.min()), q05=q05, q25=q25, median=median, q75=q75, q95=q95, high=float(numbers.max()),
        left=left, right=right, bars=tuple(bars.tolist()),
    )  # fmt: skip


def counted(names: Iterable[str], empty: str = "none") -> dict[str, int]:
    """How often each name occurs, the most frequent first; `empty` stands for a name that is not given."""
    return dict(Counter(name or empty for name in names).most_common())
