"""Pictures changed as little as asked for, so that a number of the model's becomes as large as can be: projected gradient ascent on pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from veridical.models.backbone import Unsupported

Gain = Callable[[Sequence[Tensor]], Tensor]
"""Intensities [1, 3, H, W] of each picture -> what the attack is after, one number for each picture."""


def linf(change: Tensor, epsilon: float) -> Tensor:
    """No channel of a pixel changed by more than epsilon."""
    return change.clamp(-epsilon, epsilon)


def l2(change: Tensor, epsilon: float) -> Tensor:
    """Root mean square of the change at most epsilon."""
    size = change.square().mean().sqrt()
    return change * (epsilon / size) if size > epsilon else change


NORMS: Mapping[str, Callable[[Tensor, float], Tensor]] = MappingProxyType({"linf": linf, "l2": l2})


@dataclass(frozen=True)
class Strength:
    """How much may be changed, and how hard it is tried."""

    epsilon: float = 4.0
    """In 255ths of the range of a channel, as `step`."""
    steps: int = 10
    norm: str = "linf"
    step: float | None = None
    """Default: 2.5 epsilon / steps."""
    restarts: int = 1

    def __post_init__(self) -> None:
        if self.norm not in NORMS:
            raise ValueError(f"norm={self.norm}: expected one of {', '.join(NORMS)}")
        if self.epsilon < 0 or self.steps < 1 or self.restarts < 1 or (self.step is not None and self.step <= 0):
            raise ValueError(f"{self}: epsilon must not be negative, steps and restarts at least 1, and step more than 0")

    @property
    def stride(self) -> float:
        """How far a pixel moves at once, as a share of the range."""
        return (2.5 * self.epsilon / self.steps if self.step is None else self.step) / 255

    def bounded(self, change: Tensor) -> Tensor:
        """The change within bounds."""
        return NORMS[self.norm](change, self.epsilon / 255)


def ascend(gain: Gain, starts: Sequence[Tensor], how: Strength, generators: Sequence[torch.Generator]) -> list[Tensor]:
    """Intensities within bounds of `starts` at which the gain is larger, the last of so many steps.

        x0 = start + uniform(-epsilon, epsilon),   x <- clip(start + bound(x + step · sign(d gain / dx) - start), 0, 1)

    Source: projected gradient descent, arXiv 1706.06083. Errors: Unsupported where no gradient reaches the pictures.
    """
    found = [inside(one, (torch.rand(one.shape, generator=generator) * 2 - 1) * how.epsilon / 255, how) for one, generator in zip(starts, generators, strict=True)]
    for step in range(how.steps):
        at = [one.detach().requires_grad_() for one in found]
        slopes = torch.autograd.grad(gain(at).sum(), at)
        if step == 0 and how.epsilon > 0 and not any(slope.any() for slope in slopes):
            raise Unsupported("no gradient reaches the pictures: attack in float32, and with an executor that keeps the graph")
        found = [inside(start, one.detach() + how.stride * slope.sign() - start, how) for start, one, slope in zip(starts, at, slopes, strict=True)]
    return found


def inside(start: Tensor, change: Tensor, how: Strength) -> Tensor:
    """The changed picture within bounds and within [0, 1]."""
    return (start + how.bounded(change)).clamp(0, 1)


def strongest(gain: Gain, starts: Sequence[Tensor], how: Strength, generators: Sequence[torch.Generator]) -> list[Tensor]:
    """Of the restarts' outcomes the one with the largest gain for each picture, each judged as it is stored: in 8 bits."""
    best, most = list(starts), torch.full((len(starts),), -torch.inf)
    for _ in range(how.restarts):
        tried = [eight_bits(start, one) for start, one in zip(starts, ascend(gain, starts, how, generators), strict=True)]
        with torch.no_grad():
            gains = gain(tried).cpu()
        best = [new if better else old for new, old, better in zip(tried, best, gains > most, strict=True)]
        most = torch.maximum(most, gains)
    return best


def eight_bits(start: Tensor, found: Tensor) -> Tensor:
    """The attacked picture in whole 255ths; the change is cut towards the start, so that rounding never takes it out of its bounds."""
    base = (start * 255).round()
    change = found * 255 - base
    return ((base + (change + 1e-3 * change.sign()).trunc()) / 255).clamp(0, 1)
