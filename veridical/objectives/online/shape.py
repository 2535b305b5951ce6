"""What is added to a reward for reasons that only the sampler knows: length, truncation, what a contrast showed.

Every shape is a frozen value called with rollouts, and gives [B]. Units are the reward's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from veridical.objectives.online.rollouts import Rollouts, group_mean, group_sum


class Shape(Protocol):
    """An addition to the reward."""

    def __call__(self, rollouts: Rollouts) -> Tensor:
        """What is added to each response's reward, [B]."""
        ...


@dataclass(frozen=True)
class Overlong:
    """Soft punishment of length: 0 up to `limit - cache` tokens, falling to -1 at `limit`, and -1 beyond, times `factor`.

    Source: DAPO, arXiv 2503.14476, eq. 13; there `limit` is 20480 tokens and `cache` 4096. 0 stands for the sampler's limit, and for a fifth of the limit.
    """

    limit: int = 0
    cache: int = 0
    factor: float = 1.0

    def __call__(self, rollouts: Rollouts) -> Tensor:
        limit = self.limit or rollouts.most
        cache = self.cache or max(1, limit // 5)
        return self.factor * (-(rollouts.lengths - (limit - cache)) / cache).clamp(-1, 0)


@dataclass(frozen=True)
class Unfinished:
    """A fixed amount for a response that was cut off. Source: Fact-RLHF, arXiv 2309.14525 (-8); OREAL replaces the reward instead (`replace_by`)."""

    amount: float = -8.0

    def __call__(self, rollouts: Rollouts) -> Tensor:
        return torch.where(rollouts.ended, 0.0, self.amount).to(rollouts.reward)


@dataclass(frozen=True)
class UnfinishedIs:
    """A response that was cut off earns exactly `value`. Source: OREAL, arXiv 2502.06781 (-1)."""

    value: float = -1.0

    def __call__(self, rollouts: Rollouts) -> Tensor:
        return torch.where(rollouts.ended, 0.0, self.value - rollouts.reward)


@dataclass(frozen=True)
class Long:
    """-`weight` · length / `limit`, a record's own factor included as the part `multiplier` where there is one.

    Source: Fact-RLHF, arXiv 2309.14525 (10 per 896 tokens). Follows: llava-rlhf/LLaVA-RLHF, where the record's factor is
    called `length_bonus` although it makes the penalty larger.
    """

    weight: float = 10.0
    limit: int = 0

    def __call__(self, rollouts: Rollouts) -> Tensor:
        times = rollouts.parts.get("multiplier", torch.ones_like(rollouts.reward)).nan_to_num(nan=1.0)
        return -self.weight * times * rollouts.lengths / (self.limit or rollouts.most)


@dataclass(frozen=True)
class Band:
    """`bonus` for correct responses of `low` to `high` tokens, where at least two of the group are correct.

    Correct: the metric is above 0.1. Source: Video-R1, arXiv 2503.21776 (0.2 within 320 to 512 tokens).
    """

    bonus: float = 0.2
    low: int = 320
    high: int = 512
    metric: str = "accuracy"

    def __call__(self, rollouts: Rollouts) -> Tensor:
        right = rollouts.metric(self.metric).nan_to_num(nan=0.0) > 0.1
        enough = group_sum(right.to(rollouts.reward), rollouts) >= 2
        inside = (rollouts.lengths >= self.low) & (rollouts.lengths <= self.high)
        return torch.where(right & enough & inside, self.bonus, 0.0).to(rollouts.reward)


@dataclass(frozen=True)
class Contrast:
    """`bonus` for correct responses of a group that does at least `slack` times as well as one that saw the pictures in disorder.

        mean metric >= slack · mean metric with pictures in disorder

    Source: T-GRPO, Video-R1, arXiv 2503.21776 (0.3). Follows: tulerfeng/Video-R1, src/r1-v (slack 0.8; the paper compares without slack).
    """

    bonus: float = 0.3
    slack: float = 0.8
    metric: str = "accuracy"

    def __call__(self, rollouts: Rollouts) -> Tensor:
        if rollouts.contrast is None:
            return torch.zeros_like(rollouts.reward)
        own = rollouts.metric(self.metric).nan_to_num(nan=0.0)
        better = group_mean(own, rollouts) >= self.slack * rollouts.contrast  # false where there was no contrast
        return torch.where(better & (own > 0.1), self.bonus, 0.0).to(rollouts.reward)


@dataclass(frozen=True)
class Cosine:
    """Length and correctness together: short right answers earn most, short wrong ones least; it takes the reward's place.

        v(n) = low + (high - low)/2 · (1 + cos(pi min(n / limit, 1)))

    right: from 1 (short) to 0.5 (long); wrong: from -1 (short) to -0.5 (long).
    Source: arXiv 2502.03373. Follows: huggingface/trl 1.16, trl/rewards (`get_cosine_scaled_reward`, whose bounds these are).
    """

    limit: int = 0
    right: tuple[float, float] = (0.5, 1.0)
    wrong: tuple[float, float] = (-0.5, -1.0)
    metric: str = "accuracy"

    def __call__(self, rollouts: Rollouts) -> Tensor:
        turn = 1 + (math.pi * (rollouts.lengths / (self.limit or rollouts.most)).clamp(max=1)).cos()
        value = [low + (high - low) / 2 * turn for low, high in (self.right, self.wrong)]
        return torch.where(rollouts.metric(self.metric) > 0.5, *value).to(rollouts.reward) - rollouts.reward


@dataclass(frozen=True)
class Clamped:
    """The reward within bounds; it takes the reward's place. Source: align-anything (±50)."""

    most: float = 50.0

    def __call__(self, rollouts: Rollouts) -> Tensor:
        return rollouts.reward.clamp(-self.most, self.most) - rollouts.reward


@dataclass(frozen=True)
class Times:
    """The reward multiplied by `factor`. Source: LLaVA-RLHF (10, where rewards are not whitened)."""

    factor: float = 10.0

    def __call__(self, rollouts: Rollouts) -> Tensor:
        return (self.factor - 1) * rollouts.reward


def shaped(rollouts: Rollouts, shapes: tuple[Shape, ...]) -> Tensor:
    """The reward after all shapes, one after the other, [B]."""
    for shape in shapes:
        rollouts = replace(rollouts, reward=rollouts.reward + shape(rollouts))
    return rollouts.reward
