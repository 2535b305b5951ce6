"""How the token values of a view become one number per pair."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from veridical.objectives.view import Scores


@dataclass(frozen=True)
class Reading:
    """rho = sum_t w_t (log pi_t - log ref_t), or its weighted mean; w_t is `changed` on changed segments, else 1."""

    relative: bool = True
    """Subtract the reference's log-probabilities."""
    mean: bool = False
    """Divide by the sum of the weights (for policy and reference alike)."""
    changed: float = 1.0
    """Weight of tokens in changed segments (DDPO's gamma)."""

    def __call__(self, scores: Scores) -> Tensor:
        """One number per pair, shape [B]."""
        if self.relative and scores.reference is None:
            raise ValueError("this reading compares with a reference, and none was computed")
        values = scores.policy - scores.reference.detach() if self.relative else scores.policy
        weights = self.weights(scores)
        total = torch.where(scores.mask, values * weights, 0.0).sum(-1)
        return total / weights.sum(-1) if self.mean else total

    def weights(self, scores: Scores) -> Tensor:
        """w_t, zero outside the mask, shape [B, T]."""
        return scores.mask.to(scores.policy.dtype).masked_fill(scores.mask & scores.changed, self.changed)

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        inside = f"r({view})" if self.relative else f"S({view})"
        if self.changed != 1:
            inside = f"{inside}^(γ={self.changed:g})"
        return f"mean {inside}" if self.mean else inside


MEAN = Reading(mean=True)
