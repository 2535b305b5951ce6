"""Alignment by optimal transport: distributions of rewards over a step are compared, not single pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from veridical.objectives.batch import Batch
from veridical.objectives.link import Link, Logistic
from veridical.objectives.reading import FREE
from veridical.objectives.statistic import Memory, across, ratio
from veridical.objectives.term import Unit
from veridical.objectives.view import CHOSEN, REJECTED, View


@dataclass(frozen=True)
class Quantiles:
    """link(beta (a - b)), a and b of equal rank among all pairs of the step.

    `paired`: a = S(chosen) - S(rejected) of the policy, b the same of the reference. Else a = r(chosen), b = r(rejected),
    and the two need not answer the same prompt. Ranks, and values of other pairs, carry no gradient here; each value's
    own gradient is that of the whole step's loss. Source: AOT, arXiv 2406.05882.
    """

    paired: bool = True
    beta: float = 0.1
    link: Link = Logistic()
    weight: float = 1.0
    views: ClassVar[tuple[View, ...]] = (CHOSEN, REJECTED)
    requests: ClassVar[tuple[str, ...]] = ()
    needs_reference: ClassVar[bool] = True
    unit: ClassVar[Unit] = "pair"

    @property
    def name(self) -> str:
        """Name in logs."""
        return "quantiles"

    @property
    def key(self) -> str:
        """Names the survey."""
        return f"quantiles/{'paired' if self.paired else 'unpaired'}"

    @property
    def statistics(self) -> tuple[Quantiles, ...]:
        """Itself."""
        return (self,)

    @property
    def formula(self) -> str:
        """The term in symbols."""
        sides = ("S(chosen) − S(rejected)", "S_ref(chosen) − S_ref(rejected)") if self.paired else ("r(chosen)", "r(rejected)")
        return self.link.text(f"{self.beta:g} (sort({sides[0]}) − sort({sides[1]}))")

    def sides(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """a and b with gradient, [B] each."""
        if not self.paired:
            return tuple(FREE(batch, view) - torch.where(batch[view].mask, batch[view].reference.detach(), 0.0).sum(-1) for view in self.views)
        policy = FREE(batch, CHOSEN) - FREE(batch, REJECTED)
        return policy, policy.detach() - (ratio(batch, CHOSEN) - ratio(batch, REJECTED))

    def survey(self, batch: Batch) -> Tensor:
        """a and b of each pair."""
        return torch.stack([side.detach() for side in self.sides(batch)], -1)

    def carry(self, memory: Memory, step: Tensor) -> dict[str, float]:
        """Nothing."""
        return {}

    def __call__(self, batch: Batch) -> Tensor:
        a, b = self.sides(batch)
        step, places = across(batch, self).to(a), batch.places
        loss = self.link(self.beta * (a - partner(step[:, 0], step[:, 1])[places]))
        if not b.requires_grad:
            return loss
        lowered = self.link(self.beta * (partner(step[:, 1], step[:, 0])[places] - b))
        return loss + lowered - lowered.detach()

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Nothing beyond the loss itself."""
        return {}


def partner(own: Tensor, others: Tensor) -> Tensor:
    """For each of `own` the one of `others` that has its rank, [n]."""
    ranks = own.argsort(stable=True).argsort(stable=True)
    return others.sort().values[ranks]
