"""Links: from the signed difference u of two readings to a loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor
from torch.nn import functional


class Link(Protocol):
    """What a term needs of a link."""

    def __call__(self, u: Tensor) -> Tensor:
        """The loss of each pair, shape [B], from u = beta z - margin, shape [B]."""
        ...

    def text(self, u: str) -> str:
        """The formula around `u`."""
        ...


@dataclass(frozen=True)
class Logistic:
    """-(1 - eps) log sigma(u) - eps log sigma(-u), eps the label smoothing (0: plain DPO; above: cDPO)."""

    smoothing: float = 0.0

    def __call__(self, u: Tensor) -> Tensor:
        loss = -functional.logsigmoid(u)
        if self.smoothing:
            loss = (1 - self.smoothing) * loss - self.smoothing * functional.logsigmoid(-u)
        return loss

    def text(self, u: str) -> str:
        """The formula around `u`."""
        if self.smoothing:
            return f"−{1 - self.smoothing:g} log σ({u}) − {self.smoothing:g} log σ(−({u}))"
        return f"−log σ({u})"


@dataclass(frozen=True)
class Squared:
    """(u - target)²: the difference is to reach `target` and stay there."""

    target: float

    def __call__(self, u: Tensor) -> Tensor:
        return (u - self.target) ** 2

    def text(self, u: str) -> str:
        """The formula around `u`."""
        return f"({u} − {self.target:g})²"


@dataclass(frozen=True)
class Hinge:
    """max(0, target - u): nothing more is learnt from a pair that is `target` apart."""

    target: float = 1.0

    def __call__(self, u: Tensor) -> Tensor:
        return (self.target - u).clamp(min=0)

    def text(self, u: str) -> str:
        """The formula around `u`."""
        return f"max(0, {self.target:g} − ({u}))"
