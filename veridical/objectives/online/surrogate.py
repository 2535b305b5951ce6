"""Policy-gradient terms: the loss of each token, [B, T], before anything is summed.

l is the log-probability now, l_old the one that was sampled with, rho = exp(l - l_old), A the advantage.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from veridical.objectives.online.learning import Learning

Level = Callable[[Tensor, Tensor], Tensor]
"""(log-ratios [B, T], mask) -> log-ratios of what is clipped as one, [B, T]."""


def token(log_ratio: Tensor, mask: Tensor) -> Tensor:
    """Each token by itself."""
    return log_ratio


def sequence_mean(log_ratio: Tensor, mask: Tensor) -> Tensor:
    """The response's mean: exp of it is the geometric mean of its tokens' ratios. Source: GSPO, arXiv 2507.18071."""
    mean = torch.where(mask, log_ratio, 0.0).sum(-1) / mask.sum(-1).clamp(min=1)
    return mean[:, None].expand_as(log_ratio)


def sequence_sum(log_ratio: Tensor, mask: Tensor) -> Tensor:
    """The response's sum: the ratio of whole responses. Source: huggingface/trl 1.16, RLOO; it saturates for long responses."""
    return torch.where(mask, log_ratio, 0.0).sum(-1)[:, None].expand_as(log_ratio)


def sequence_by_token(log_ratio: Tensor, mask: Tensor) -> Tensor:
    """The response's mean in value, each token's own in gradient; at most 10. Source: GSPO-token. Follows: verl."""
    return (sequence_mean(log_ratio, mask).detach() + log_ratio - log_ratio.detach()).clamp(max=10.0)


class Surrogate(Protocol):
    """A term."""

    formula: str

    def __call__(self, batch: Learning) -> Tensor:
        """Loss of each token, [B, T]."""
        ...


@dataclass(frozen=True)
class LogLikelihood:
    """-A l. Source: REINFORCE (Williams 1992). For several updates of one rollout it must not be used."""

    formula = "−A log π"

    def __call__(self, batch: Learning) -> Tensor:
        return -batch.advantages * batch.own.logp


@dataclass(frozen=True)
class OnPolicy:
    """-A exp(l - sg l): the value is -A, the gradient that of -A l. Source: the R1-V family, with one update per rollout."""

    formula = "−A exp(log π − sg log π)"

    def __call__(self, batch: Learning) -> Tensor:
        return -batch.advantages * (batch.own.logp - batch.own.logp.detach()).exp()


@dataclass(frozen=True)
class Clip:
    """-min(rho A, clip(rho, 1 - low, 1 + high) A), and where A < 0 at most -`dual` A.

    `level` says what is clipped as one; `most` bounds the ratio in the unclipped branch (INTELLECT-2, TRL `delta`);
    `before` bounds the log-ratio before the exponential (StableReinforce: log 1000; verl: 20).
    Source: PPO, arXiv 1707.06347; clip-higher: DAPO, arXiv 2503.14476; dual clip: arXiv 1912.09729 (3 in verl, always on
    there; 10 in DAPO's script).
    """

    low: float = 0.2
    high: float = 0.2
    dual: float = math.inf
    most: float = math.inf
    before: float = math.inf
    level: Level = token
    formula = "−min(ρA, clip(ρ, 1−low, 1+high) A)"

    def __call__(self, batch: Learning) -> Tensor:
        ratio = self.level(batch.log_ratio, batch.mask).clamp(-self.before, self.before).exp()
        advantages = batch.advantages
        loss = torch.maximum(-ratio.clamp(max=self.most) * advantages, -ratio.clamp(1 - self.low, 1 + self.high) * advantages)
        return loss if math.isinf(self.dual) else torch.where(advantages < 0, torch.minimum(loss, -self.dual * advantages), loss)


@dataclass(frozen=True)
class Weighted:
    """-sg[clip(rho, low, high)] A l: the weight is clipped, and no token loses its gradient. Bounds are absolute.

    Source: CISPO, MiniMax-M1, arXiv 2506.13585. The bounds' convention differs by program: absolute in TRL (high 5),
    relative to 1 in verl (low 10, high 0.2) and EasyR1 (low 0, high 4).
    """

    low: float = 0.0
    high: float = 5.0
    formula = "−sg[clip(ρ, low, high)] A log π"

    def __call__(self, batch: Learning) -> Tensor:
        return -batch.log_ratio.exp().clamp(self.low, self.high).detach() * batch.advantages * batch.own.logp


@dataclass(frozen=True)
class Soft:
    """-A sigmoid(tau (rho - 1)) 4 / tau: a soft gate in place of the clip, tau by the sign of A.

    Source: SAPO, arXiv 2511.20347 (1 and 1.05).
    """

    positive: float = 1.0
    negative: float = 1.05
    formula = "−A σ(τ(ρ−1)) 4/τ"

    def __call__(self, batch: Learning) -> Tensor:
        tau = torch.where(batch.advantages > 0, self.positive, self.negative)
        return -batch.advantages * (tau * (batch.log_ratio.exp() - 1)).sigmoid() * 4 / tau


@dataclass(frozen=True)
class Cloned:
    """-A w l, w the token's share in a right answer. Source: OREAL, arXiv 2502.06781: behaviour cloning of right responses, weighed by the advantage."""

    formula = "−A w⁺ log π"

    def __call__(self, batch: Learning) -> Tensor:
        return -batch.advantages * shares(batch, True) * batch.own.logp


@dataclass(frozen=True)
class Unlearnt:
    """-exp(l - sg l) A w, w the token's share in a wrong answer. Source: OREAL, arXiv 2502.06781."""

    formula = "−ρ A w⁻"

    def __call__(self, batch: Learning) -> Tensor:
        return -(batch.own.logp - batch.own.logp.detach()).exp() * batch.advantages * shares(batch, False)


def shares(batch: Learning, right: bool) -> Tensor:
    """w = clip((p - 0.5) / 0.5, 0, 1), p = sigmoid of the cumulative mean of the token reward model's scores, or 1 - p of it; one without such a model. [B, T]

    Source: OREAL, arXiv 2502.06781. Follows: InternLM/OREAL, train_oreal.py.
    """
    scores = batch.rollouts.process
    if scores is None:
        return torch.ones_like(batch.advantages)
    counted = batch.rollouts.mask.float().cumsum(-1).clamp(min=1)
    p = (torch.where(batch.rollouts.mask, scores, 0.0).cumsum(-1) / counted).sigmoid()
    return rescaled(p if right else 1 - p)


def rescaled(p: Tensor) -> Tensor:
    """clip((p - 0.5) / 0.5, 0, 1)."""
    return ((p - 0.5) / 0.5).clamp(0, 1)
