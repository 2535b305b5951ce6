"""Readings that bend the sum of log-ratios: f-divergences in place of the reverse KL, and odds in place of probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from veridical.objectives.reading import FREE_MEAN, SUM
from veridical.objectives.view import Scores, View


class Bend(Protocol):
    """What is made of r, the sum of log-ratios."""

    def __call__(self, r: Tensor) -> Tensor:
        """g(r), [B]."""
        ...

    def text(self, r: str) -> str:
        """The formula around `r`."""
        ...


@dataclass(frozen=True)
class ForwardKL:
    """g(r) = -e^-r: the forward KL's implicit reward. Large negative r overflow, as in the paper's formula."""

    def __call__(self, r: Tensor) -> Tensor:
        return -(-r).exp()

    def text(self, r: str) -> str:
        """The formula around `r`."""
        return f"(−e^−{r})"


@dataclass(frozen=True)
class JensenShannon:
    """g(r) = log sigma(r), up to a constant that differences do not feel."""

    def __call__(self, r: Tensor) -> Tensor:
        return functional.logsigmoid(r)

    def text(self, r: str) -> str:
        """The formula around `r`."""
        return f"log σ({r})"


@dataclass(frozen=True)
class Alpha:
    """g(r) = -e^(-alpha r) / alpha, alpha in (0, 1): between reverse KL (0) and forward KL (1)."""

    alpha: float = 0.5

    def __call__(self, r: Tensor) -> Tensor:
        return -(-self.alpha * r).exp() / self.alpha

    def text(self, r: str) -> str:
        """The formula around `r`."""
        return f"(−e^(−{self.alpha:g} {r}) / {self.alpha:g})"


@dataclass(frozen=True)
class Bent:
    """g(r) in the place of r: the implicit reward of another divergence than the reverse KL."""

    bend: Bend
    relative: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ()

    def views(self, view: View) -> tuple[View, ...]:
        """The view."""
        return (view,)

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        return self.bend(SUM(batch, view))

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        return self.bend.text(f"r({view})")


@dataclass(frozen=True)
class Odds:
    """log(p / (1 - p)), p = e^(mean S): the odds of the response's geometric mean probability, without a reference."""

    relative: ClassVar[bool] = False
    requests: ClassVar[tuple[str, ...]] = ()

    def views(self, view: View) -> tuple[View, ...]:
        """The view."""
        return (view,)

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        logp = FREE_MEAN(batch, view)
        return logp - log1mexp(logp)

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        return f"log odds({view})"


def log1mexp(x: Tensor) -> Tensor:
    """log(1 - e^x) for x <= 0, accurate at both ends; x is kept one rounding step below 0."""
    x = x.clamp(max=-torch.finfo(x.dtype).eps)
    near = x > -0.6931
    return torch.where(near, (-torch.expm1(torch.where(near, x, -1.0))).log(), torch.log1p(-torch.where(near, -1.0, x).exp()))
