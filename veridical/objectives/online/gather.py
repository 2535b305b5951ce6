"""How the losses of tokens become one number. The part in which programs differ most, silently.

Each is a value with `weights` [B, T] and a `count` that adds up over responses, so the outcome depends neither on
micro-batches nor on processes:

    loss = sum over tokens of weight · loss / (count of the whole update)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from veridical.objectives.online.rollouts import Rollouts


class Gather(Protocol):
    """A way to sum up."""

    def weights(self, rollouts: Rollouts) -> Tensor:
        """Weight of each token, [B, T]; zero where it teaches nothing."""
        ...

    def count(self, rollouts: Rollouts) -> float:
        """What the sum is divided by, over these responses."""
        ...


@dataclass(frozen=True)
class Tokens:
    """The mean over all tokens of the update. Source: DAPO, arXiv 2503.14476. TRL `dapo`, verl `token-mean`.

    Programs that take this mean within each micro-batch (TRL `bnpo`, EasyR1, GPG) let it depend on how a batch is cut.
    """

    def weights(self, rollouts: Rollouts) -> Tensor:
        """See `Gather`."""
        return rollouts.taught.float()

    def count(self, rollouts: Rollouts) -> float:
        """Tokens."""
        return float(rollouts.taught.sum())


@dataclass(frozen=True)
class Sequences:
    """The mean over responses of the mean over their tokens. Source: GRPO, arXiv 2402.03300.

    A response that teaches nothing is not counted (as in verl and OpenRLHF; TRL counts it).
    """

    def weights(self, rollouts: Rollouts) -> Tensor:
        """See `Gather`."""
        taught = rollouts.taught.float()
        return taught / taught.sum(-1, keepdim=True).clamp(min=1)

    def count(self, rollouts: Rollouts) -> float:
        """Responses with a token that teaches."""
        return float(rollouts.taught.any(-1).sum())


@dataclass(frozen=True)
class Sums:
    """The mean over responses of the sum over their tokens: the textbook's form. verl `seq-mean-token-sum`."""

    def weights(self, rollouts: Rollouts) -> Tensor:
        """See `Gather`."""
        return rollouts.taught.float()

    def count(self, rollouts: Rollouts) -> float:
        """Responses with a token that teaches."""
        return float(rollouts.taught.any(-1).sum())


@dataclass(frozen=True)
class Fixed:
    """The sum over tokens divided by the responses times a fixed length (0: the sampler's limit).

    Source: Dr. GRPO, arXiv 2503.20783. Every response counts, also one that teaches nothing. With `rows` false it is not
    divided by the responses, as verl's `seq-mean-token-sum-norm`: its size then grows with the batch.
    """

    length: int = 0
    rows: bool = True

    def weights(self, rollouts: Rollouts) -> Tensor:
        """See `Gather`."""
        return rollouts.taught.float() / (self.length or rollouts.most)

    def count(self, rollouts: Rollouts) -> float:
        """Responses."""
        return float(len(rollouts)) if self.rows else 1.0


@dataclass(frozen=True)
class Side:
    """The mean over the tokens of responses whose advantage has one sign: right ones, or wrong ones. Source: OREAL, arXiv 2502.06781."""

    right: bool = True

    def weights(self, rollouts: Rollouts) -> Tensor:
        """See `Gather`."""
        side = (rollouts.reward > 0) == self.right
        return (rollouts.taught & side[:, None]).float()

    def count(self, rollouts: Rollouts) -> float:
        """Tokens of that side."""
        return float(self.weights(rollouts).sum())


def total(losses: Tensor, how: Gather, rollouts: Rollouts, count: float) -> Tensor:
    """The sum of weighted losses [B, T] over `count`, a scalar; what does not teach has no gradient, whatever its value."""
    weights = how.weights(rollouts).to(losses)
    return (torch.where(weights > 0, losses, 0.0) * weights).sum() / max(count, 1e-12)
