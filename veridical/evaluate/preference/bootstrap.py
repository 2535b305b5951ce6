"""The intervals of Arena-Hard's second scorer, drawn as its program draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

ROUNDS = 100
SEED = 42


class Printed(NamedTuple):
    """What the program prints of one model, as shares."""

    mean: float
    low: float
    high: float


def means(scores: Mapping[str, Sequence[float]], rounds: int = ROUNDS, seed: int | None = SEED) -> dict[str, np.ndarray]:
    """Mean score in each of `rounds` draws of every model's single scores with replacement, [rounds].

    Scores of one prompt are drawn apart, so intervals of these are too narrow. The program sets no seed.

    Follows: lmarena/arena-hard-auto at 196f6b8, show_result.py.
    """
    stream = np.random.RandomState(seed)
    values = {name: np.asarray(scores[name], dtype=float) for name in sorted(scores)}
    drawn = [{name: each[stream.choice(len(each), len(each), replace=True)].mean() for name, each in values.items()} for _ in range(rounds)]
    return {name: np.array([one[name] for one in drawn]) for name in values}


def printed(scores: Mapping[str, Sequence[float]], rounds: int = ROUNDS, seed: int | None = SEED) -> dict[str, Printed]:
    """Mean, 5 and 95 percentile of the draws: a 90% interval, about a mean that scatters about the mean score by a tenth of the interval's half."""
    return {name: Printed(float(drawn.mean()), *map(float, np.quantile(drawn, [0.05, 0.95]))) for name, drawn in means(scores, rounds, seed).items()}
