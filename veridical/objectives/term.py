"""Terms: the summands of an objective. Each compares views, or raises the likelihood of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, get_args

import torch
from torch import Tensor

from veridical.objectives.link import Link, Logistic
from veridical.objectives.reading import Reading
from veridical.objectives.view import Scores, View

Unit = Literal["pair", "token"]
Average = Literal["token", "sequence", "sum"]


class Term(Protocol):
    """What a method needs of a term. A method that no existing term reaches brings one new class with these names."""

    weight: float

    @property
    def name(self) -> str:
        """Name in logs."""
        ...

    @property
    def views(self) -> tuple[View, ...]:
        """What must be computed."""
        ...

    @property
    def needs_reference(self) -> bool:
        """Whether reference log-probabilities are read."""
        ...

    @property
    def requests(self) -> tuple[str, ...]:
        """Outputs beside log-probabilities (`models.head`)."""
        ...

    @property
    def unit(self) -> Unit:
        """What the sum over the step is divided by."""
        ...

    @property
    def formula(self) -> str:
        """The term in symbols."""
        ...

    def __call__(self, scores: Mapping[View, Scores]) -> Tensor:
        """One number per pair [B]: the loss, or its sum over tokens when the unit is "token"."""
        ...

    def measure(self, scores: Mapping[View, Scores]) -> dict[str, Tensor]:
        """Numbers to log, one per pair [B]."""
        ...


@dataclass(frozen=True)
class Prefer:
    """link(beta (rho(win) - rho(lose)) - margin), rho the reading of a view.

    With one side None it is an anchor: the other is compared with zero, `win` to rise above it, `lose` to fall below.
    """

    win: View | None
    lose: View | None = None
    reading: Reading = Reading()
    beta: float = 0.1
    margin: float = 0.0
    link: Link = Logistic()
    weight: float = 1.0
    label: str = ""
    """Name in logs where the sides alone do not tell two terms apart."""
    requests: ClassVar[tuple[str, ...]] = ()
    unit: ClassVar[Unit] = "pair"

    def __post_init__(self) -> None:
        if self.win is None and self.lose is None:
            raise ValueError("a preference needs a side to raise or one to lower")

    @property
    def name(self) -> str:
        """Such as "chosen > rejected", or "chosen > 0" for an anchor."""
        return self.label or f"{self.win or 0} > {self.lose or 0}"

    @property
    def views(self) -> tuple[View, ...]:
        """Winner and loser, those there are."""
        return tuple(view for view in (self.win, self.lose) if view is not None)

    @property
    def needs_reference(self) -> bool:
        """Whether the reading is relative."""
        return self.reading.relative

    @property
    def formula(self) -> str:
        """The term in symbols."""
        win, lose = (view and self.reading.text(str(view)) for view in (self.win, self.lose))
        z = f"({win} − {lose})" if win and lose else win or f"(−{lose})"
        u = z if self.beta == 1 else f"{self.beta:g} {z}"
        return self.link.text(f"{u} − {self.margin:g}" if self.margin else u)

    def difference(self, scores: Mapping[View, Scores]) -> Tensor:
        """z = rho(win) - rho(lose), shape [B]."""
        if self.win is None:
            return -self.reading(scores[self.lose])
        z = self.reading(scores[self.win])
        return z if self.lose is None else z - self.reading(scores[self.lose])

    def __call__(self, scores: Mapping[View, Scores]) -> Tensor:
        return self.link(self.beta * self.difference(scores) - self.margin)

    def measure(self, scores: Mapping[View, Scores]) -> dict[str, Tensor]:
        """Accuracy of the comparison and its mean difference."""
        z = self.difference(scores).detach()
        return {f"accuracy/{self.name}": (z > 0).to(z.dtype), f"margin/{self.name}": z}


@dataclass(frozen=True)
class Imitate:
    """-log pi of a view: its mean over all tokens of the step ("token"), over each response's own ("sequence"), or its sum."""

    view: View
    average: Average = "token"
    weight: float = 1.0
    label: str = ""
    """Name in logs where the view alone does not tell two terms apart."""
    needs_reference: ClassVar[bool] = False
    requests: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.average not in get_args(Average):
            raise ValueError(f"average={self.average!r}: must be one of {', '.join(get_args(Average))}")

    @property
    def name(self) -> str:
        """Such as "imitate chosen"."""
        return self.label or f"imitate {self.view}"

    @property
    def views(self) -> tuple[View, ...]:
        """The imitated view."""
        return (self.view,)

    @property
    def unit(self) -> Unit:
        """Tokens of the step when averaged over them."""
        return "token" if self.average == "token" else "pair"

    @property
    def formula(self) -> str:
        """The term in symbols."""
        return {"token": f"NLL({self.view}) per token", "sequence": f"NLL({self.view}) / length", "sum": f"NLL({self.view})"}[self.average]

    def __call__(self, scores: Mapping[View, Scores]) -> Tensor:
        own = scores[self.view]
        total = -torch.where(own.mask, own.policy, 0.0).sum(-1)
        return total / own.mask.sum(-1) if self.average == "sequence" else total

    def measure(self, scores: Mapping[View, Scores]) -> dict[str, Tensor]:
        """Nothing beyond the loss itself."""
        return {}
