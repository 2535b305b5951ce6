"""Terms of reward models: each compares scores of responses, or regularises them.

r is the score of a response. A term gives its sum over what it counts and how many these are, so that a step divides
by the counts of the whole step; with several read-outs it is the mean over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from veridical.objectives.judged import Judged


class RewardTerm(Protocol):
    """What a reward method needs of a term. One that must know a sum over the whole step first also has `survey`."""

    weight: float

    @property
    def name(self) -> str:
        """Name in logs."""
        ...

    @property
    def formula(self) -> str:
        """The term in symbols."""
        ...

    def count(self, batch: Judged) -> float:
        """How many things the sum is over; known without scores."""
        ...

    def __call__(self, batch: Judged) -> Tensor:
        """The sum, a scalar."""
        ...


class Margin(Protocol):
    """By how much the better response must win, of each comparison."""

    def __call__(self, batch: Judged) -> Tensor:
        """mu, [P]"""
        ...

    @property
    def text(self) -> str:
        """In a formula; "" for none."""
        ...


@dataclass(frozen=True)
class Fixed:
    """The same margin everywhere."""

    value: float = 0.0

    def __call__(self, batch: Judged) -> Tensor:
        return torch.full_like(batch.margin, self.value, dtype=batch.scores.dtype)

    @property
    def text(self) -> str:
        """The number."""
        return f"{self.value:g}" if self.value else ""


@dataclass(frozen=True)
class Stated:
    """What the pair states, else the difference of the responses' own scores, times `scale`; 0 where neither is known."""

    scale: float = 1.0

    def __call__(self, batch: Judged) -> Tensor:
        return self.scale * batch.margin.nan_to_num(0.0).to(batch.scores.dtype)

    @property
    def text(self) -> str:
        """In a formula."""
        return "m" if self.scale == 1 else f"{self.scale:g} m"


@dataclass(frozen=True)
class Levels:
    """A stated margin sorted into four strengths of preference, each with its own margin.

    Source: Llama 2, arXiv 2307.09288: significantly better, better, slightly better, negligibly better or unsure.
    """

    significant: float = 1.0
    better: float = 2 / 3
    slight: float = 1 / 3
    negligible: float = 0.0
    above: tuple[float, float, float] = (0.75, 0.5, 0.25)
    """Where the first three strengths begin."""

    def __call__(self, batch: Judged) -> Tensor:
        stated, values = batch.margin.nan_to_num(0.0), (self.slight, self.better, self.significant)
        found = torch.full_like(stated, self.negligible)
        for bound, value in zip(reversed(self.above), values, strict=True):
            found = torch.where(stated >= bound, value, found)
        return found.to(batch.scores.dtype)

    @property
    def text(self) -> str:
        """In a formula."""
        return "m(strength)"


def mean_over_heads(values: Tensor, weight: Tensor | None = None) -> Tensor:
    """[n, H] to one number for each, weighted by [n, H] where weights are given."""
    return (values if weight is None else values * weight.to(values.dtype)).mean(-1)


@dataclass(frozen=True)
class Compare:
    """-p log sigma(r_w - r_l - mu) - (1 - p) log sigma(r_l - r_w - mu), mean over comparisons that are no ties; p = 1 unless `soft`.

    Without margin this is binary cross-entropy of r_w - r_l. Source: Bradley-Terry; LLaVA-RLHF, arXiv 2309.14525, writes it as cross-entropy.
    """

    margin: Margin = Fixed()
    soft: bool = False
    """Take the judge's probability for the label, where the pair states one."""
    harm: bool = False
    """Learn a cost: the worse response gets the higher score."""
    weight: float = 1.0
    name: ClassVar[str] = "compare"

    @property
    def formula(self) -> str:
        """The term in symbols."""
        gap = "r_l − r_w" if self.harm else "r_w − r_l"
        return f"−log σ({gap}{' − ' + self.margin.text if self.margin.text else ''})" + (" by probability" if self.soft else "")

    def count(self, batch: Judged) -> float:
        """Comparisons that are no ties."""
        return float((~batch.tie).sum())

    def __call__(self, batch: Judged) -> Tensor:
        gap, margin = (-batch.gap if self.harm else batch.gap), self.margin(batch)[:, None]
        loss = -logsigmoid(gap - margin)
        if self.soft:
            sure = torch.where(batch.probability.isnan(), 1.0, batch.probability)[:, None].to(gap.dtype)
            loss = sure * loss - (1 - sure) * logsigmoid(-gap - margin)
        return mean_over_heads(loss, batch.weight)[~batch.tie].sum()


@dataclass(frozen=True)
class Tie:
    """(r_1 - r_2)^2, mean over ties. Source: MM-RLHF, arXiv 2502.10391 [code]."""

    weight: float = 1.0
    name: ClassVar[str] = "tie"
    formula: ClassVar[str] = "(r₁ − r₂)² on ties"

    def count(self, batch: Judged) -> float:
        """Ties."""
        return float(batch.tie.sum())

    def __call__(self, batch: Judged) -> Tensor:
        return mean_over_heads(batch.gap.square(), batch.weight)[batch.tie].sum()


@dataclass(frozen=True)
class Centre:
    """(r_w + r_l)^2, mean over comparisons: scores stay around zero. Source: TRL's RewardTrainer, with 0.01."""

    weight: float = 0.01
    name: ClassVar[str] = "centre"
    formula: ClassVar[str] = "(r_w + r_l)²"

    def count(self, batch: Judged) -> float:
        """Comparisons."""
        return float(len(batch.win))

    def __call__(self, batch: Judged) -> Tensor:
        return mean_over_heads(batch.both.square()).sum()


@dataclass(frozen=True)
class CentreEach:
    """r^2, mean over both ends of all comparisons. Source: align-anything, with 0.001."""

    weight: float = 1e-3
    name: ClassVar[str] = "centre each"
    formula: ClassVar[str] = "r²"

    def count(self, batch: Judged) -> float:
        """Ends."""
        return 2.0 * len(batch.win)

    def __call__(self, batch: Judged) -> Tensor:
        return mean_over_heads(batch.scores[batch.win].square() + batch.scores[batch.lose].square()).sum()


@dataclass(frozen=True)
class CentreMean:
    """|mean over comparisons of (r_w + r_l)|, the mean being that of the whole step. Source: LLaVA-RLHF [code], with 0.001.

    The sum's sign is known before the first loss (`survey`), so that micro-batches add up to the absolute value.
    """

    weight: float = 1e-3
    name: ClassVar[str] = "centre mean"
    formula: ClassVar[str] = "|mean(r_w + r_l)|"

    def count(self, batch: Judged) -> float:
        """Comparisons."""
        return float(len(batch.win))

    def survey(self, batch: Judged) -> Tensor:
        """The sum of r_w + r_l."""
        return mean_over_heads(batch.both).sum()

    def __call__(self, batch: Judged) -> Tensor:
        total = mean_over_heads(batch.both).sum()
        whole = batch.known.get(self.name, float(total.detach()))
        return total if whole >= 0 else -total


def named(values: Mapping[str, float], name: str) -> float:
    """A count of the step, at least 1."""
    return max(values.get(name, 0.0), 1.0)
