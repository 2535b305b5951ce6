"""Terms that compare more than two sides at once, or token by token."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from veridical.objectives.link import Link, Logistic
from veridical.objectives.reading import Mark, Reading, Reads, values
from veridical.objectives.scalar import Scalar
from veridical.objectives.statistic import Statistic
from veridical.objectives.term import Unit, symbol, value, wanted
from veridical.objectives.view import Scores, View


@dataclass(frozen=True)
class Side:
    """A view with its coefficient."""

    coefficient: float
    view: View


@dataclass(frozen=True)
class Fused:
    """link(beta sum_k c_k rho(view_k) - margin): one decision over several comparisons."""

    sides: tuple[Side, ...]
    reading: Reads = Reading()
    beta: float = 0.1
    margin: float | Scalar = 0.0
    link: Link = Logistic()
    weight: float = 1.0
    label: str = ""
    unit: ClassVar[Unit] = "pair"

    @property
    def name(self) -> str:
        """Such as "2 chosen - rejected - chosen@corrupted"."""
        return self.label or self.sum([str(side.view) for side in self.sides], "-")

    def sum(self, said: list[str], minus: str) -> str:
        """The signed sum of what stands for each side."""
        factors = ["" if abs(side.coefficient) == 1 else f"{abs(side.coefficient):g} " for side in self.sides]
        signs = ["" if place == 0 and side.coefficient > 0 else " + " if side.coefficient > 0 else f" {minus} " for place, side in enumerate(self.sides)]
        return "".join(sign + factor + text for sign, factor, text in zip(signs, factors, said, strict=True))

    @property
    def views(self) -> tuple[View, ...]:
        """Every side, and what reading and margin ask for beside them."""
        read = [view for side in self.sides for view in (side.view, *self.reading.views(side.view))]
        return tuple(dict.fromkeys([*read, *wanted((self.margin,), "views")]))

    @property
    def needs_reference(self) -> bool:
        """Whether the reading or the margin is relative."""
        return self.reading.relative or getattr(self.margin, "relative", False)

    @property
    def requests(self) -> tuple[str, ...]:
        """Outputs of reading and margin."""
        return wanted((self.reading, self.margin), "requests")

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """The margin, where it needs the whole step."""
        return (self.margin,) if hasattr(self.margin, "survey") else ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of annotators' spans that the reading weighs."""
        return getattr(self.reading, "labels", ())

    @property
    def formula(self) -> str:
        """The term in symbols."""
        u = f"{self.beta:g} (" + self.sum([self.reading.text(str(side.view)) for side in self.sides], "−") + ")"
        return self.link.text(f"{u} − {symbol(self.margin)}" if self.margin != 0 else u)

    def difference(self, batch: Mapping[View, Scores]) -> Tensor:
        """The signed sum of the readings, [B]."""
        return sum(side.coefficient * self.reading(batch, side.view) for side in self.sides)

    def __call__(self, batch: Mapping[View, Scores]) -> Tensor:
        return self.link(self.beta * self.difference(batch) - value(self.margin, batch))

    def measure(self, batch: Mapping[View, Scores]) -> dict[str, Tensor]:
        """Accuracy of the decision and its mean difference."""
        z = self.difference(batch).detach()
        return {f"accuracy/{self.name}": (z > 0).to(z.dtype), f"margin/{self.name}": z}


@dataclass(frozen=True)
class PerPosition:
    """mean over `width` positions t of -log sigma(beta (c_t rho_t(win) - c_t rho_t(lose))), positions past an end adding log 2.

    Compares the t-th token of one response with the t-th of another, whatever they say. With one side None it is an
    anchor, again position by position. Source: zhyang2226/OPA-DPO, db90180, opadpo/dpo_models: what the code does, and
    not what the paper says.
    """

    win: View | None
    lose: View | None
    marks: tuple[Mark, ...] = ()
    """c_t by an annotator's label."""
    beta: float = 0.1
    width: float = 896
    weight: float = 1.0
    label: str = ""
    requests: ClassVar[tuple[str, ...]] = ()
    needs_reference: ClassVar[bool] = True
    unit: ClassVar[Unit] = "pair"

    @property
    def name(self) -> str:
        """Such as "gold > rejected, by position"."""
        return self.label or f"{self.win or 0} > {self.lose or 0}, by position"

    @property
    def views(self) -> tuple[View, ...]:
        """The sides there are."""
        return tuple(view for view in (self.win, self.lose) if view is not None)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of annotators' spans that weigh."""
        return tuple(mark.label for mark in self.marks)

    @property
    def formula(self) -> str:
        """The term in symbols."""
        said = [f"ρ_t({view})" if view else "0" for view in (self.win, self.lose)]
        return f"mean_t −log σ({self.beta:g} ({said[0]} − {said[1]}))"

    def __call__(self, batch: Mapping[View, Scores]) -> Tensor:
        length = max(batch[view].mask.shape[-1] for view in self.views)
        tokens = [torch.zeros(()) if view is None else functional.pad(self.tokens(batch, view), (0, length - batch[view].mask.shape[-1])) for view in (self.win, self.lose)]
        loss = -functional.logsigmoid(self.beta * (tokens[0] - tokens[1])).sum(-1)
        width = max(self.width, length)
        return (loss + (width - length) * math.log(2)) / width

    def tokens(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        """c_t rho_t, zero past the end, [B, T]."""
        own = batch[view]
        return torch.where(own.mask, values(own, True) * Reading(marks=self.marks).weights(batch, view), 0.0)

    def measure(self, batch: Mapping[View, Scores]) -> dict[str, Tensor]:
        """Nothing beyond the loss itself."""
        return {}
