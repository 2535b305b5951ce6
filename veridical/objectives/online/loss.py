"""Losses on rollouts. Each is a frozen value that says what it reads; an algorithm is a sum of them.

A loss gives a value per token and says how these are gathered. What it needs (reference, critic, outputs of the
projection, other pictures) it declares, and nothing else is computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from veridical.objectives.link import Link, Logistic
from veridical.objectives.online.divergence import Estimator, k3
from veridical.objectives.online.gather import Gather, Sequences, Tokens
from veridical.objectives.online.keep import rank
from veridical.objectives.online.learning import Learning
from veridical.objectives.online.rollouts import Rollouts, group_deviation, group_size
from veridical.objectives.online.surrogate import Clip, Surrogate


class Loss(Protocol):
    """A loss on rollouts."""

    weight: float
    name: str
    how: Gather
    requests: tuple[str, ...]
    """Outputs that it reads beside log-probabilities."""
    pictures: tuple[str, ...]
    """Other pictures that it reads the rollouts with."""
    needs_reference: bool
    formula: str

    def __call__(self, batch: Learning) -> Tensor:
        """Loss of each token, [B, T]."""
        ...


@dataclass(frozen=True)
class Improve:
    """What raises the reward: a surrogate of the expected advantage."""

    term: Surrogate = Clip()
    how: Gather = Tokens()
    weight: float = 1.0
    name: str = "policy"
    requests: ClassVar[tuple[str, ...]] = ()
    pictures: ClassVar[tuple[str, ...]] = ()
    needs_reference: ClassVar[bool] = False

    @property
    def formula(self) -> str:
        """In symbols."""
        return self.term.formula

    def __call__(self, batch: Learning) -> Tensor:
        return self.term(batch)


@dataclass(frozen=True)
class Stay:
    """A divergence from the reference, in the loss: estimate(log pi - log ref), times the ratio where `corrected`.

    `corrected` makes the gradient that of the reverse divergence also off policy (DeepSeek-V3.2; TRL 1.16's default).
    """

    weight: float = 0.04
    estimate: Estimator = k3
    corrected: bool = False
    how: Gather = Sequences()
    name: str = "kl"
    requests: ClassVar[tuple[str, ...]] = ()
    pictures: ClassVar[tuple[str, ...]] = ()
    needs_reference: ClassVar[bool] = True
    formula: ClassVar[str] = "KL(π, ref)"

    def __call__(self, batch: Learning) -> Tensor:
        found = self.estimate(batch.own.logp - batch.rollouts.reference)
        found = found * batch.log_ratio.exp() if self.corrected else found
        return found if batch.coefficient is None or not self.weight else found * (batch.coefficient / self.weight)


@dataclass(frozen=True)
class Expect:
    """The critic's error: ½ max((V - R)², (clip(V, V_old ± clip) - R)²), R = A + V_old the return.

    Source: PPO, arXiv 1707.06347, as OpenAI's baselines compute it. The advantage is that of before any whitening (`returns`).
    """

    clip: float = 0.2
    weight: float = 0.1
    how: Gather = Tokens()
    name: str = "value"
    requests: ClassVar[tuple[str, ...]] = ()
    pictures: ClassVar[tuple[str, ...]] = ()
    needs_reference: ClassVar[bool] = False
    formula: ClassVar[str] = "½ max((V − R)², (clip(V) − R)²)"

    def __call__(self, batch: Learning) -> Tensor:
        before, now = batch.rollouts.values, batch.values
        bounded = before + (now - before).clamp(-self.clip, self.clip)
        return torch.maximum((now - batch.rollouts.returns) ** 2, (bounded - batch.rollouts.returns) ** 2) / 2


@dataclass(frozen=True)
class Explore:
    """-H, the entropy of the next token, in nats."""

    weight: float = 0.01
    how: Gather = Tokens()
    name: str = "entropy"
    requests: ClassVar[tuple[str, ...]] = ("entropy",)
    pictures: ClassVar[tuple[str, ...]] = ()
    needs_reference: ClassVar[bool] = False
    formula: ClassVar[str] = "−H(π)"

    def __call__(self, batch: Learning) -> Tensor:
        return -batch.own.outputs["entropy"]


@dataclass(frozen=True)
class Perceive:
    """Tokens should depend on the picture: -(rho - log rho - 1), rho = pi(y | picture) / pi(y | picture hidden); gradient through both.

    Unbounded below, so it can be hacked: `most` bounds what a token earns; `Sober` holds it in check.
    Source: PAPO, arXiv 2507.06448 (estimator and coefficient as remembered, both configurable: 0.01 to 0.02).
    """

    weight: float = 0.01
    picture: str = "corrupted"
    most: float = math.inf
    how: Gather = Tokens()
    name: str = "perception"
    requests: ClassVar[tuple[str, ...]] = ()
    needs_reference: ClassVar[bool] = False
    formula: ClassVar[str] = "−(ρ − log ρ − 1), ρ = π(picture) / π(hidden)"

    @property
    def pictures(self) -> tuple[str, ...]:
        """The hidden picture."""
        return (self.picture,)

    def __call__(self, batch: Learning) -> Tensor:
        gap = (batch.own.logp - batch.look(self.picture).logp).masked_fill(~batch.mask, 0.0)
        return -(gap.exp() - gap - 1).clamp(max=self.most)


@dataclass(frozen=True)
class Sober:
    """own · H(pi | picture) + hidden · H(pi | picture hidden), lowered: the double entropy that keeps `Perceive` from being hacked.

    Source: PAPO, arXiv 2507.06448.
    """

    weight: float = 1.0
    own: float = 0.03
    hidden: float = 0.03
    picture: str = "corrupted"
    how: Gather = Tokens()
    name: str = "double entropy"
    requests: ClassVar[tuple[str, ...]] = ("entropy",)
    needs_reference: ClassVar[bool] = False
    formula: ClassVar[str] = "η₁ H(π | picture) + η₂ H(π | hidden)"

    @property
    def pictures(self) -> tuple[str, ...]:
        """The hidden picture."""
        return (self.picture,)

    def __call__(self, batch: Learning) -> Tensor:
        return self.own * batch.own.outputs["entropy"] + self.hidden * batch.look(self.picture).outputs["entropy"]


@dataclass(frozen=True)
class Distil:
    """KL(pi || teacher) of the whole next-token distribution, on the student's own tokens; the teacher stands where the reference does.

    Source: on-policy distillation, GKD, arXiv 2306.13649 (reverse divergence, student's samples only).
    """

    weight: float = 1.0
    how: Gather = Tokens()
    name: str = "distil"
    requests: ClassVar[tuple[str, ...]] = ("reverse_kl",)
    pictures: ClassVar[tuple[str, ...]] = ()
    needs_reference: ClassVar[bool] = True
    formula: ClassVar[str] = "Σ_v π(v) log π(v)/teacher(v)"

    def __call__(self, batch: Learning) -> Tensor:
        return batch.own.outputs["reverse_kl"]


@dataclass(frozen=True)
class Groups:
    """The mean over groups whose best and worst response earn differently; the loss stands at the best one's first token."""

    def weights(self, rollouts: Rollouts) -> Tensor:
        """See `Gather`."""
        first = torch.zeros_like(rollouts.taught)
        first[:, 0] = ends(rollouts)[0]
        return first.float()

    def count(self, rollouts: Rollouts) -> float:
        """Pairs."""
        return float(ends(rollouts)[0].sum())


@dataclass(frozen=True)
class Contest:
    """Best against worst of each group: f(beta (r_best - r_worst)), r = sum over tokens of log pi - log ref.

    Source: online DPO, arXiv 2402.04792. Of equals no pair is made.
    """

    beta: float = 0.1
    link: Link = Logistic()
    weight: float = 1.0
    how: Gather = Groups()
    name: str = "contest"
    requests: ClassVar[tuple[str, ...]] = ()
    pictures: ClassVar[tuple[str, ...]] = ()
    needs_reference: ClassVar[bool] = True
    formula: ClassVar[str] = "−log σ(β (r(best) − r(worst)))"

    def __call__(self, batch: Learning) -> Tensor:
        rollouts = batch.rollouts
        ratio = torch.where(rollouts.mask, batch.own.logp - rollouts.reference, 0.0).sum(-1)
        best, worst = ends(rollouts)
        against = torch.zeros_like(ratio).index_add(0, rollouts.prompt.unique(return_inverse=True)[1], torch.where(worst, ratio, 0.0))
        lost = against[rollouts.prompt.unique(return_inverse=True)[1]]
        out = torch.where(best, self.link(self.beta * (ratio - lost)), 0.0)
        return out[:, None].expand(-1, rollouts.mask.shape[1])


def ends(rollouts: Rollouts) -> tuple[Tensor, Tensor]:
    """Which responses are the best, and which the worst, of a group that has a difference, [B] each."""
    differs = (group_deviation(rollouts.reward.nan_to_num(nan=0.0), rollouts, 0) > 1e-8) & rollouts.scored
    return differs & (rank(rollouts, rollouts.reward) == 0), differs & (rank(rollouts, rollouts.reward) == group_size(rollouts) - 1)

