"""Models that learn beside the policy from the same rollouts: a critic, a process reward model, a reward model of tokens.

Each is a value: what it is made of, how what it says of a token is used, and its loss for each response.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from veridical.objectives.online.rollouts import Rollouts


class Beside(Protocol):
    """A model that learns beside the policy. It starts as a copy of it."""

    lr: float
    clip: float
    head: bool
    """Whether a number per token is read off the hidden state; else the token's log-probability."""
    gives: str
    """Which field of the rollouts its scores are: "process" or "values"."""

    def score(self, said: Tensor, rollouts: Rollouts) -> Tensor:
        """What the advantage uses, [B, T], from what the model says of each token, [B, T]."""
        ...

    def loss(self, said: Tensor, rollouts: Rollouts) -> Tensor:
        """Loss of each response, [B]; the step's is the mean over scored ones."""
        ...


@dataclass(frozen=True)
class ImplicitProcess:
    """Process rewards q_t = log psi(y_t) - log ref(y_t), psi trained to tell right responses from wrong ones:

        loss = BCE(sigmoid(beta · sum_t q_t), right)

    Source: PRIME, arXiv 2502.01456. Follows: PRIME-RL/PRIME, training/verl/workers/actor/dp_prime.py (scores without beta,
    taken before the model learns from the same rollouts).
    """

    beta: float = 0.05
    lr: float = 1e-6
    clip: float = 10.0
    metric: str = "accuracy"
    head: ClassVar[bool] = False
    gives: ClassVar[str] = "process"
    needs_reference: ClassVar[bool] = True

    def score(self, said: Tensor, rollouts: Rollouts) -> Tensor:
        """See `Beside`."""
        return said - rollouts.reference

    def loss(self, said: Tensor, rollouts: Rollouts) -> Tensor:
        """See `Beside`."""
        total = torch.where(rollouts.mask, said - rollouts.reference, 0.0).sum(-1)
        return functional.binary_cross_entropy_with_logits(self.beta * total, rollouts.metric(self.metric).nan_to_num(nan=0.0).clamp(0, 1), reduction="none")


@dataclass(frozen=True)
class TokenReward:
    """A score per token whose mean over the response tells right from wrong: loss = BCE(mean_t s_t, right), right where the reward is above 0.

    Source: OREAL, arXiv 2502.06781. Follows: InternLM/OREAL, train_oreal.py; there the score is one column of the vocabulary's
    scores, here a head of its own.
    """

    lr: float = 2e-6
    clip: float = 1.0
    head: ClassVar[bool] = True
    gives: ClassVar[str] = "process"
    needs_reference: ClassVar[bool] = False

    def score(self, said: Tensor, rollouts: Rollouts) -> Tensor:
        """See `Beside`."""
        return said

    def loss(self, said: Tensor, rollouts: Rollouts) -> Tensor:
        """See `Beside`."""
        mean = torch.where(rollouts.mask, said, 0.0).sum(-1) / rollouts.lengths.clamp(min=1)
        return functional.binary_cross_entropy_with_logits(mean, (rollouts.reward > 0).to(mean), reduction="none")


@dataclass(frozen=True)
class ValueModel:
    """A critic of its own: loss = mean over tokens of ½ max((V - R)², (clip(V, V_old ± bound) - R)²).

    Source: PPO, arXiv 1707.06347. The bound is 5 in align-anything, 0.5 in verl and OpenRLHF.
    """

    bound: float = 5.0
    lr: float = 5e-6
    clip: float = 1.0
    head: ClassVar[bool] = True
    gives: ClassVar[str] = "values"
    needs_reference: ClassVar[bool] = False

    def score(self, said: Tensor, rollouts: Rollouts) -> Tensor:
        """See `Beside`."""
        return said

    def loss(self, said: Tensor, rollouts: Rollouts) -> Tensor:
        """See `Beside`."""
        bounded = rollouts.values + (said - rollouts.values).clamp(-self.bound, self.bound)
        error = torch.maximum((said - rollouts.returns) ** 2, (bounded - rollouts.returns) ** 2) / 2
        return torch.where(rollouts.mask, error, 0.0).sum(-1) / rollouts.lengths.clamp(min=1)
