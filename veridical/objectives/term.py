"""Terms: the summands of an objective. Each compares views, or raises the likelihood of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, get_args

import torch
from torch import Tensor

from veridical.objectives.link import Link, Logistic
from veridical.objectives.reading import Reading, Reads
from veridical.objectives.scalar import Scalar
from veridical.objectives.statistic import Statistic
from veridical.objectives.view import Scores, View

Unit = Literal["pair", "token"]
Average = Literal["token", "sequence", "sum"]


class Term(Protocol):
    """What a method needs of a term. A method that no existing term reaches brings one new class with these names.

    It may also have `facts` (numbers that every pair must state) and `statistics` (`objectives.statistic`).
    """

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
    """sample link(beta (rho(win) - rho(lose)) - margin), rho the reading of a view.

    With one side None it is an anchor: the other is compared with zero, `win` to rise above it, `lose` to fall below.
    A pair that lacks one of the sides (unpaired data) counts zero.
    """

    win: View | None
    lose: View | None = None
    reading: Reads = Reading()
    beta: float | Scalar = 0.1
    margin: float | Scalar = 0.0
    link: Link = Logistic()
    weight: float = 1.0
    label: str = ""
    """Name in logs where the sides alone do not tell two terms apart."""
    lose_reading: Reads | None = None
    """How the losing side is read, where that differs."""
    sample: Scalar | None = None
    """Weight of each pair."""
    unit: ClassVar[Unit] = "pair"

    def __post_init__(self) -> None:
        if self.win is None and self.lose is None:
            raise ValueError("a preference needs a side to raise or one to lower")

    @property
    def name(self) -> str:
        """Such as "chosen > rejected", or "chosen > 0" for an anchor."""
        return self.label or f"{self.win or 0} > {self.lose or 0}"

    @property
    def parts(self) -> tuple[object, ...]:
        """Readings and scalars."""
        return (self.reading, self.lose_reading, self.beta, self.margin, self.sample)

    @property
    def sides(self) -> tuple[tuple[float, View, Reads], ...]:
        """(sign, view, reading) of winner and loser, those there are."""
        both = ((1.0, self.win, self.reading), (-1.0, self.lose, self.lose_reading or self.reading))
        return tuple((sign, view, reading) for sign, view, reading in both if view is not None)

    @property
    def views(self) -> tuple[View, ...]:
        """Winner and loser, and what readings and scalars ask for beside them."""
        read = [view for _, side, reading in self.sides for view in (side, *reading.views(side))]
        return tuple(dict.fromkeys([*read, *wanted((self.beta, self.margin, self.sample), "views")]))

    @property
    def needs_reference(self) -> bool:
        """Whether a reading or scalar is relative."""
        return any(getattr(part, "relative", False) for part in self.parts)

    @property
    def requests(self) -> tuple[str, ...]:
        """Outputs of readings and scalars."""
        return wanted(self.parts, "requests")

    @property
    def facts(self) -> tuple[str, ...]:
        """Facts that every pair must state."""
        return wanted(self.parts, "facts")

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of annotators' spans that a reading weighs."""
        return wanted(self.parts, "labels")

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """Scalars that need the whole step."""
        return tuple(part for part in self.parts if hasattr(part, "survey"))

    @property
    def formula(self) -> str:
        """The term in symbols."""
        said = [("−" if sign < 0 else "", reading.text(str(view))) for sign, view, reading in self.sides]
        z = f"({said[0][1]} − {said[1][1]})" if len(said) == 2 else said[0][1] if self.win else f"(−{said[0][1]})"
        u = z if self.beta == 1 else f"{symbol(self.beta)} {z}"
        text = self.link.text(f"{u} − {symbol(self.margin)}" if self.margin != 0 else u)
        return text if self.sample is None else f"{self.sample.text} ({text})"

    def difference(self, batch: Mapping[View, Scores]) -> Tensor:
        """z = rho(win) - rho(lose), shape [B]."""
        return sum(sign * reading(batch, view) for sign, view, reading in self.sides)

    def __call__(self, batch: Mapping[View, Scores]) -> Tensor:
        loss = self.link(value(self.beta, batch) * self.difference(batch) - value(self.margin, batch))
        loss = loss if self.sample is None else self.sample(batch) * loss
        present = torch.stack([batch[view].mask.any(-1) for _, view, _ in self.sides]).all(0)
        return torch.where(present, loss, 0.0)

    def measure(self, batch: Mapping[View, Scores]) -> dict[str, Tensor]:
        """Accuracy of the comparison and its mean difference."""
        z = self.difference(batch).detach()
        return {f"accuracy/{self.name}": (z > 0).to(z.dtype), f"margin/{self.name}": z}


def value(number: float | Scalar, batch: Mapping[View, Scores]) -> float | Tensor:
    """A constant, or each pair's own."""
    return number if isinstance(number, (int, float)) else number(batch)


def symbol(number: float | Scalar) -> str:
    """A constant or scalar in a formula."""
    return f"{number:g}" if isinstance(number, (int, float)) else number.text


def wanted(parts: Iterable[object], what: str) -> tuple:
    """What parts ask for under one name, each once."""
    return tuple(dict.fromkeys(one for part in parts for one in getattr(part, what, ())))


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
        return total / own.lengths.clamp(min=1) if self.average == "sequence" else total

    def measure(self, scores: Mapping[View, Scores]) -> dict[str, Tensor]:
        """Nothing beyond the loss itself."""
        return {}
