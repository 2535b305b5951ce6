"""What a loss is given: rollouts of a micro-batch with their advantages, and what the policy says of them now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from veridical.objectives.online.rollouts import Rollouts


@dataclass(frozen=True)
class Read:
    """Tokens of rollouts as the policy reads them now, with gradient."""

    logp: Tensor
    """Log-probabilities, [B, T]."""
    outputs: Mapping[str, Tensor] = field(default_factory=dict)
    """What losses requested beside them, [B, T] each."""


@dataclass(frozen=True)
class Learning:
    """B responses of a micro-batch. Groups are whole."""

    rollouts: Rollouts
    advantages: Tensor
    """[B, T], without gradient."""
    own: Read
    """With the prompt's pictures."""
    other: Mapping[str, Read] = field(default_factory=dict)
    """The same tokens read with other pictures, by variant ("corrupted", "blank")."""
    values: Tensor | None = None
    """What the critic expects now, with gradient, [B, T]."""
    coefficient: float | None = None
    """The divergence's coefficient where it is controlled; else that of the declaration."""

    @property
    def mask(self) -> Tensor:
        """Tokens that teach, [B, T]."""
        return self.rollouts.taught

    @property
    def log_ratio(self) -> Tensor:
        """log pi - log pi_old, zero where nothing teaches, [B, T]."""
        return (self.own.logp - self.rollouts.old).masked_fill(~self.mask, 0.0)

    def look(self, picture: str) -> Read:
        """The tokens read with other pictures. Errors: ValueError naming what was read."""
        if picture not in self.other:
            raise ValueError(f"the algorithm reads its rollouts with {picture!r} pictures, and only {sorted(self.other) or 'the original ones'} were read")
        return self.other[picture]
