"""How the token values of a view become one number per pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from veridical.objectives.view import CHOSEN, REJECTED, Scores, View


class Reads(Protocol):
    """What a term needs of a reading."""

    @property
    def relative(self) -> bool:
        """Whether the reference is read."""
        ...

    @property
    def requests(self) -> tuple[str, ...]:
        """Outputs beside log-probabilities."""
        ...

    def views(self, view: View) -> tuple[View, ...]:
        """What must be computed to read `view`."""
        ...

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        """One number per pair, [B]."""
        ...

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        ...


@dataclass(frozen=True)
class Mark:
    """Tokens inside the spans that an annotator gave this label weigh `weight`."""

    label: str
    weight: float


@dataclass(frozen=True)
class Reading:
    """rho = sum_t w_t (log pi_t - log ref_t), or its weighted mean.

    w_t is 1, times `changed` on changed segments, times `tail` beyond the shorter response's length, times the weight of
    the first of `marks` whose spans contain the token.
    """

    relative: bool = True
    """Subtract the reference's log-probabilities."""
    mean: bool = False
    """Divide by the sum of the weights (for policy and reference alike)."""
    changed: float = 1.0
    """Weight of tokens in changed segments (DDPO's gamma)."""
    tail: float = 1.0
    """Weight of tokens beyond min(|chosen|, |rejected|) (LD-DPO's alpha)."""
    marks: tuple[Mark, ...] = ()
    """Weights by an annotator's label (OPA-DPO's severities)."""
    requests: ClassVar[tuple[str, ...]] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of spans whose tokens weigh differently."""
        return tuple(mark.label for mark in self.marks)

    def views(self, view: View) -> tuple[View, ...]:
        """The view; both responses where lengths are compared."""
        return tuple(dict.fromkeys((view, *((CHOSEN, REJECTED) if self.tail != 1 else ()))))

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        """One number per pair, shape [B]."""
        own = batch[view]
        weights = self.weights(batch, view)
        total = torch.where(own.mask, values(own, self.relative) * weights, 0.0).sum(-1)
        return total / weights.sum(-1).clamp(min=torch.finfo(total.dtype).tiny) if self.mean else total

    def weights(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        """w_t, zero outside the mask, shape [B, T]."""
        own = batch[view]
        weights = own.mask.to(own.policy.dtype).masked_fill(own.mask & own.changed, self.changed)
        if self.tail != 1:
            common = torch.minimum(batch[CHOSEN].lengths, batch[REJECTED].lengths)
            weights = torch.where(torch.arange(weights.shape[-1], device=weights.device) < common[:, None], weights, weights * self.tail)
        free = torch.ones_like(own.mask)
        for mark in self.marks:
            here = own.marks.get(mark.label, torch.zeros_like(own.mask)) & free
            weights, free = torch.where(here, weights * mark.weight, weights), free & ~here
        return weights

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        inside = f"r({view})" if self.relative else f"S({view})"
        dense = [f"γ={self.changed:g}"] * (self.changed != 1) + [f"tail {self.tail:g}"] * (self.tail != 1) + ["marked"] * bool(self.marks)
        if dense:
            inside = f"{inside}^({', '.join(dense)})"
        return f"mean {inside}" if self.mean else inside


def values(own: Scores, relative: bool) -> Tensor:
    """Log-probabilities, minus the reference's when `relative`, [B, T]."""
    if not relative:
        return own.policy
    if own.reference is None:
        raise ValueError("this reading compares with a reference, and none was computed")
    return own.policy - own.reference.detach()


MEAN = Reading(mean=True)
FREE = Reading(relative=False)
FREE_MEAN = Reading(relative=False, mean=True)
SUM = Reading()
