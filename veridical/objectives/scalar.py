"""Betas, margins and weights that differ from pair to pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from veridical.objectives.batch import Batch
from veridical.objectives.reading import SUM
from veridical.objectives.sight import masked_sum
from veridical.objectives.view import CHOSEN, REJECTED, View


class Scalar(Protocol):
    """One number per pair, taken from elsewhere than the settings.

    Beside what is here a scalar may have `requests` (outputs), `facts` (that every pair must state), `may_read` (facts
    that it does without), `relative` (it reads the reference), and what `objectives.statistic` says of numbers that need the whole step.
    """

    @property
    def views(self) -> tuple[View, ...]:
        """What must be computed."""
        ...

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        ...

    def __call__(self, batch: Batch) -> Tensor:
        """[B]."""
        ...


@dataclass(frozen=True)
class FromMargin:
    """beta (1 + strength (1 - e^(-rate margin))): a pair that a reward model tells further apart weighs its difference more.

    Source: MM-RLHF, arXiv 2502.10391.
    """

    beta: float = 0.1
    strength: float = 0.5
    rate: float = 0.5
    views: ClassVar[tuple[View, ...]] = ()
    facts: ClassVar[tuple[str, ...]] = ("margin",)

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        return f"{self.beta:g} (1 + {self.strength:g} (1 − e^(−{self.rate:g} margin)))"

    def __call__(self, batch: Batch) -> Tensor:
        return self.beta * (1 + self.strength * (1 - (-self.rate * batch.fact("margin")).exp()))


@dataclass(frozen=True)
class LengthGap:
    """-alpha (|chosen| - |rejected|), in tokens: a longer winner is given a margin, hence pushed less. Source: R-DPO, arXiv 2403.19159."""

    alpha: float = 0.02
    views: ClassVar[tuple[View, ...]] = (CHOSEN, REJECTED)

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        return f"(−{self.alpha:g} (|chosen| − |rejected|))"

    def __call__(self, batch: Batch) -> Tensor:
        gap = batch[CHOSEN].lengths - batch[REJECTED].lengths
        return -self.alpha * gap.to(batch[CHOSEN].policy.dtype)


@dataclass(frozen=True)
class Shortfall:
    """beta strength max(0, -r(chosen)), with gradient: what the chosen response lost against the reference. Source: DPOP, arXiv 2402.13228."""

    beta: float = 0.3
    strength: float = 50.0
    views: ClassVar[tuple[View, ...]] = (CHOSEN,)
    relative: ClassVar[bool] = True

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        return f"{self.beta:g} · {self.strength:g} max(0, −r(chosen))"

    def __call__(self, batch: Batch) -> Tensor:
        return self.beta * self.strength * (-SUM(batch, CHOSEN)).clamp(min=0)


@dataclass(frozen=True)
class DriftGap:
    """beta alpha (D(rejected) - D(chosen)), D the KL(reference || policy) summed over a response's positions.

    With `held` the chosen side's drift carries no gradient (TDPO2). Source: TDPO, arXiv 2404.11999.
    """

    beta: float = 0.1
    alpha: float = 0.5
    held: bool = True
    views: ClassVar[tuple[View, ...]] = (CHOSEN, REJECTED)
    requests: ClassVar[tuple[str, ...]] = ("kl",)

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        return f"{self.beta * self.alpha:g} (D(rejected) − {'sg ' if self.held else ''}D(chosen))"

    def __call__(self, batch: Batch) -> Tensor:
        chosen, rejected = (masked_sum(batch[view], batch[view].outputs["kl"]) for view in self.views)
        return self.beta * self.alpha * (rejected - (chosen.detach() if self.held else chosen))


@dataclass(frozen=True)
class WinRate:
    """(P - 1/2) / beta, P the probability that the response wins: a judge's where the pair states one, else 1 for chosen, 0 for rejected.

    Source: SPPO, arXiv 2405.00675.
    """

    beta: float = 0.001
    loses: bool = False
    views: ClassVar[tuple[View, ...]] = ()
    may_read: ClassVar[tuple[str, ...]] = ("probability",)

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        return f"(P({'rejected' if self.loses else 'chosen'}) − ½) / {self.beta:g}"

    def __call__(self, batch: Batch) -> Tensor:
        wins = batch.fact("probability", 1.0)
        return ((1 - wins if self.loses else wins) - 0.5) / self.beta


@dataclass(frozen=True)
class OnPolicy:
    """min(1, e^(a(chosen) + a(rejected))), a the mean of log p(y_t) - log sum_v p(v)²: how likely the policy would write the pair.

    Without gradient; `clamped` false leaves out the min. Source: WPO, arXiv 2406.11827.
    """

    clamped: bool = True
    views: ClassVar[tuple[View, ...]] = (CHOSEN, REJECTED)
    requests: ClassVar[tuple[str, ...]] = ("collision",)

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        return "min(1, e^(a(chosen) + a(rejected)))" if self.clamped else "e^(a(chosen) + a(rejected))"

    def __call__(self, batch: Batch) -> Tensor:
        means = [masked_sum(own := batch[view], own.policy - own.outputs["collision"]) / own.lengths.clamp(min=1) for view in self.views]
        return sum(means).detach().exp().clamp(max=1.0 if self.clamped else torch.inf)
