"""Readings that bend the sum of log-ratios: f-divergences in place of the reverse KL, and odds in place of probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from veridical.objectives.reading import FREE_MEAN, SUM
from veridical.objectives.view import Scores, View


@dataclass(frozen=True)
class ForwardKL:
    """g(r) = -e^-r: the forward KL's implicit reward. Large negative r overflow, as in the paper's formula."""

    relative: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ()

    def views(self, view: View) -> tuple[View, ...]:
        """The view."""
        return (view,)

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        return -(-SUM(batch, view)).exp()

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        return f"(−e^−r({view}))"


@dataclass(frozen=True)
class JensenShannon:
    """g(r) = log sigma(r), up to a constant that differences do not feel."""

    relative: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ()

    def views(self, view: View) -> tuple[View, ...]:
        """The view."""
        return (view,)

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        return functional.logsigmoid(SUM(batch, view))

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        return f"log σ(r({view}))"


@dataclass(frozen=True)
class Alpha:
    """g(r) = -e^(-alpha r) / alpha, alpha in (0, 1): between reverse KL (0) and forward KL (1)."""

    alpha: float = 0.5
    relative: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ()

    def views(self, view: View) -> tuple[View, ...]:
        """The view."""
        return (view,)

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        return -(-self.alpha * SUM(batch, view)).exp() / self.alpha

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        return f"(−e^(−{self.alpha:g} r({view})) / {self.alpha:g})"


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
