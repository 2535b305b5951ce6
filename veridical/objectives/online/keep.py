"""Which responses teach. Every rule is a frozen value called with rollouts, and gives True for rows that stay, [B]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from veridical.objectives.online.rollouts import Rollouts, group_deviation, group_mean, group_size


class Keep(Protocol):
    """A rule."""

    def __call__(self, rollouts: Rollouts) -> Tensor:
        """True for rows that stay, [B]."""
        ...


@dataclass(frozen=True)
class Spread:
    """Groups in which the metric is not the same for all; a group of one stays.

    Source: DAPO, arXiv 2503.14476 (dynamic sampling, on accuracy and not on the shaped reward).
    """

    metric: str = "accuracy"

    def __call__(self, rollouts: Rollouts) -> Tensor:
        values = rollouts.metric(self.metric).nan_to_num(nan=0.0)
        return (group_deviation(values, rollouts, 0) > 1e-8) | (group_size(rollouts) <= 1)


@dataclass(frozen=True)
class Within:
    """Groups whose mean metric lies within bounds. Source: PRIME, arXiv 2502.01456 (0.2 to 0.8); MM-Eureka, arXiv 2503.07365 (0.1 to 0.9)."""

    low: float = 0.2
    high: float = 0.8
    metric: str = "accuracy"

    def __call__(self, rollouts: Rollouts) -> Tensor:
        mean = group_mean(rollouts.metric(self.metric).nan_to_num(nan=0.0), rollouts)
        return (mean >= self.low - 1e-6) & (mean <= self.high + 1e-6)


@dataclass(frozen=True)
class Ended:
    """Responses that were not cut off. Source: DAPO's overlong filtering."""

    def __call__(self, rollouts: Rollouts) -> Tensor:
        return rollouts.ended


@dataclass(frozen=True)
class Above:
    """Responses whose metric is above `threshold`. Source: ReST, arXiv 2308.08998; STaR, arXiv 2203.14465 (right answers)."""

    threshold: float = 0.5
    metric: str = ""

    def __call__(self, rollouts: Rollouts) -> Tensor:
        return rollouts.metric(self.metric).nan_to_num(nan=-torch.inf) > self.threshold


@dataclass(frozen=True)
class Best:
    """The best `count` responses to each prompt; of equals the first. Source: RAFT, arXiv 2304.06767; best of N."""

    count: int = 1

    def __call__(self, rollouts: Rollouts) -> Tensor:
        return rank(rollouts, rollouts.reward) < self.count


@dataclass(frozen=True)
class OneOfEach:
    """One right and one wrong response to each prompt that has both, the first of each; no other.

    Right: the reward is above 0. Source: OREAL, arXiv 2502.06781, which draws them at random; rows come in random order already.
    """

    def __call__(self, rollouts: Rollouts) -> Tensor:
        right = rollouts.reward > 0
        mixed = group_deviation(right.to(rollouts.reward), rollouts, 0) > 1e-8
        first = torch.zeros_like(right)
        for side in (right, ~right & rollouts.scored):
            first |= side & (rank(rollouts, side.to(rollouts.reward)) == 0)
        return first & mixed


def rank(rollouts: Rollouts, values: Tensor) -> Tensor:
    """Place of each response among those to its prompt, 0 for the largest value; equals keep their order; unscored ones come last. [B]"""
    known = torch.where(rollouts.scored, values, -torch.inf)
    same = rollouts.prompt[:, None] == rollouts.prompt[None]
    larger = known[None] > known[:, None]
    earlier = torch.arange(len(rollouts), device=known.device)[None] < torch.arange(len(rollouts), device=known.device)[:, None]
    return (same & (larger | ((known[None] == known[:, None]) & earlier))).sum(-1)


def kept(rollouts: Rollouts, rules: tuple[Keep, ...]) -> Tensor:
    """Rows that every rule keeps, [B]."""
    found = rollouts.scored
    for rule in rules:
        found = found & rule(rollouts)
    return found
