"""Links: from the signed difference u of two readings to a loss."""

from __future__ import annotations

import math
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
class Robust:
    """(-(1 - eps) log sigma(u) + eps log sigma(-u)) / (1 - 2 eps): unbiased when a share eps of the labels is wrong.

    It has no lower bound: a pair far apart in the stated order earns the flipped order's loss.
    """

    noise: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.noise < 0.5:
            raise ValueError(f"noise={self.noise}: a share of wrong labels is at least 0 and below 0.5")

    def __call__(self, u: Tensor) -> Tensor:
        return (-(1 - self.noise) * functional.logsigmoid(u) + self.noise * functional.logsigmoid(-u)) / (1 - 2 * self.noise)

    def text(self, u: str) -> str:
        """The formula around `u`."""
        return f"(−{1 - self.noise:g} log σ({u}) + {self.noise:g} log σ(−({u}))) / {1 - 2 * self.noise:g}"


@dataclass(frozen=True)
class Squared:
    """(u - target)²: the difference is to reach `target` and stay there."""

    target: float = 0.0

    def __call__(self, u: Tensor) -> Tensor:
        return (u - self.target) ** 2

    def text(self, u: str) -> str:
        """The formula around `u`."""
        return f"({u} − {self.target:g})²" if self.target else f"({u})²"


@dataclass(frozen=True)
class Hinge:
    """max(0, target - u): nothing more is learnt from a pair that is `target` apart."""

    target: float = 1.0

    def __call__(self, u: Tensor) -> Tensor:
        return (self.target - u).clamp(min=0)

    def text(self, u: str) -> str:
        """The formula around `u`."""
        return f"max(0, {self.target:g} − ({u}))"


@dataclass(frozen=True)
class OneMinusSigmoid:
    """1 - sigma(u): bounded, so that a hopeless pair pulls as little as a settled one."""

    def __call__(self, u: Tensor) -> Tensor:
        return (-u).sigmoid()

    def text(self, u: str) -> str:
        """The formula around `u`."""
        return f"1 − σ({u})"


@dataclass(frozen=True)
class ReverseKL:
    """q (log q - log(1 - eps)) + (1 - q)(log(1 - q) - log eps), q = sigma(u): KL from the policy's choice to the smoothed label."""

    smoothing: float = 1e-3

    def __call__(self, u: Tensor) -> Tensor:
        return u.sigmoid() * (functional.logsigmoid(u) - math.log1p(-self.smoothing)) + (-u).sigmoid() * (functional.logsigmoid(-u) - math.log(self.smoothing))

    def text(self, u: str) -> str:
        """The formula around `u`."""
        return f"KL(σ({u}) ‖ {1 - self.smoothing:g})"


@dataclass(frozen=True)
class Modulated:
    """(1 - m)(-log sigma(u)) + m e^-u, m = sigma(u / temperature): logistic for wrong orders, exponential for right ones."""

    temperature: float = 0.05

    def __call__(self, u: Tensor) -> Tensor:
        share = (u / self.temperature).sigmoid()
        return (1 - share) * -functional.logsigmoid(u) + share * (-u).exp()

    def text(self, u: str) -> str:
        """The formula around `u`."""
        return f"(1 − m)(−log σ({u})) + m e^−({u}), m = σ(({u}) / {self.temperature:g})"
