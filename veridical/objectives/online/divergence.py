"""How far the policy went from the reference, estimated on the tokens that it drew.

With d = log pi(y_t) - log ref(y_t), in nats per token:

    k1 = d        k2 = d²/2        k3 = exp(-d) - 1 + d

k1 belongs into the reward: its gradient as a loss vanishes in expectation. The gradient of k2 is that of the reverse
divergence; k3 is never negative. Source: J. Schulman, "Approximating KL Divergence", 2020; arXiv 2402.03300 (k3 in the loss).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Estimator = Callable[[Tensor], Tensor]
"""From log-ratios d to nats per token, same shape."""


def k1(log_ratio: Tensor) -> Tensor:
    """The log-ratio itself: unbiased, and negative where the token became less likely."""
    return log_ratio


def k1_positive(log_ratio: Tensor) -> Tensor:
    """max(d, 0): biased upwards. Follows: llava-rlhf/LLaVA-RLHF, RLHF/models/rl_models.py."""
    return log_ratio.clamp(min=0)


def absolute(log_ratio: Tensor) -> Tensor:
    """|d|."""
    return log_ratio.abs()


def k2(log_ratio: Tensor) -> Tensor:
    """d²/2: biased low, with the gradient of the reverse divergence on policy."""
    return log_ratio.square() / 2


def k3(log_ratio: Tensor) -> Tensor:
    """exp(-d) - 1 + d: unbiased and never negative."""
    return (-log_ratio).exp() - 1 + log_ratio


@dataclass(frozen=True)
class Bounded:
    """An estimator whose log-ratio and outcome stay within bounds. The bounds differ by program: 20 and 10 in verl, 11 inside in Open-R1-Video, 10 in Video-R1."""

    estimate: Estimator
    inside: float = math.inf
    outside: float = math.inf

    def __call__(self, log_ratio: Tensor) -> Tensor:
        return self.estimate(log_ratio.clamp(-self.inside, self.inside)).clamp(-self.outside, self.outside)


@dataclass(frozen=True)
class StraightThrough:
    """The value of one estimator with the gradient of another. Source: verl, `k3+` (value k3, gradient k2)."""

    value: Estimator
    gradient: Estimator

    def __call__(self, log_ratio: Tensor) -> Tensor:
        slope = self.gradient(log_ratio)
        return slope + (self.value(log_ratio) - slope).detach()


@dataclass(frozen=True)
class Adaptive:
    """A coefficient that steers the divergence to a target.

        error = clip(KL / target - 1, -0.2, 0.2)        beta <- beta (1 + error n / horizon)

    KL is the mean over responses of the mean over their tokens, n the number of responses.
    Source: arXiv 1909.08593. Follows: OpenRLHF and verl, which agree.
    """

    target: float = 0.1
    horizon: float = 10000.0

    def __call__(self, coefficient: float, divergence: float, responses: int) -> float:
        error = min(max(divergence / self.target - 1, -0.2), 0.2)
        return coefficient * (1 + error * responses / self.horizon)


@dataclass(frozen=True)
class Penalty:
    """A divergence that lowers the reward of each token: - coefficient · estimate(d). Source: arXiv 1909.08593."""

    coefficient: float = 0.05
    estimate: Estimator = k1
    control: Adaptive | None = None

    def __call__(self, old: Tensor, reference: Tensor, mask: Tensor, coefficient: float | None = None) -> Tensor:
        """Rewards of tokens, [B, T], zero where nothing was drawn."""
        strength = self.coefficient if coefficient is None else coefficient
        return torch.where(mask, -strength * self.estimate(old - reference), 0.0)
