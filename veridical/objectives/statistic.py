"""Scalars that depend on every pair of a step, or on the steps before it.

A statistic surveys each pair without gradient; the surveys of all pairs of the step are gathered over micro-batches and
processes before the first loss is computed, so that neither memory nor the number of processes changes a loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from veridical.objectives.batch import Batch
from veridical.objectives.reading import SUM
from veridical.objectives.view import CHOSEN, OTHER, REJECTED, View

Memory = Mapping[str, float]


class Statistic(Protocol):
    """What a scalar or term brings that needs the whole step."""

    @property
    def key(self) -> str:
        """Names the survey; two statistics of one key survey the same thing."""
        ...

    def survey(self, batch: Batch) -> Tensor:
        """Of each pair, [B, k], without gradient; NaN where a pair lacks the view."""
        ...

    def carry(self, memory: Memory, step: Tensor) -> dict[str, float]:
        """What is remembered after a step whose surveys were [pairs of the step, k]."""
        ...


def across(batch: Batch, statistic: Statistic) -> Tensor:
    """The survey of the whole step, [pairs of the step, k]; plain scores are a whole step."""
    known = getattr(batch, "step", None)
    return statistic.survey(batch) if known is None else known[statistic.key]


def ratio(batch: Batch, view: View) -> Tensor:
    """r of a view without gradient, [B], NaN where a pair lacks it."""
    return SUM(batch, view).detach().masked_fill(batch[view].lengths == 0, torch.nan)


@dataclass(frozen=True)
class Mismatched:
    """sign beta max(0, mean over the step of r(other)): KTO's estimate of the KL, from responses to other prompts. Source: arXiv 2402.01306."""

    beta: float = 0.1
    sign: float = 1.0
    views: ClassVar[tuple[View, ...]] = (OTHER,)
    relative: ClassVar[bool] = True
    key: ClassVar[str] = "mismatched"

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        return f"({'−' if self.sign < 0 else ''}{abs(self.sign) * self.beta:g} max(0, mean r(other)))"

    def survey(self, batch: Batch) -> Tensor:
        """r of the mismatched response."""
        return ratio(batch, OTHER)[:, None]

    def carry(self, memory: Memory, step: Tensor) -> dict[str, float]:
        """Nothing."""
        return {}

    def __call__(self, batch: Batch) -> Tensor:
        mean = across(batch, self).nanmean().nan_to_num().clamp(min=0)
        return (self.sign * self.beta * mean).to(batch[OTHER].policy).expand(batch.pairs)


@dataclass(frozen=True)
class RunningMean:
    """sign times the mean of beta r over chosen and rejected responses of this and all earlier steps, each counted once.

    Source: BCO, arXiv 2404.04656. Follows: huggingface/trl v0.24.0, trl/trainer/utils.py RunningMoments: updated, then used.
    """

    beta: float = 0.1
    sign: float = 1.0
    views: ClassVar[tuple[View, ...]] = (CHOSEN, REJECTED)
    relative: ClassVar[bool] = True
    key: ClassVar[str] = "rewards"

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        return f"({'−' if self.sign < 0 else ''}running mean of {self.beta:g} r)"

    def survey(self, batch: Batch) -> Tensor:
        """r of both sides."""
        return torch.stack([ratio(batch, view) for view in self.views], -1)

    def carry(self, memory: Memory, step: Tensor) -> dict[str, float]:
        """Count and mean of r, without beta."""
        found = step[~step.isnan()].double()
        count, mean = memory.get("rewards/count", 0.0), memory.get("rewards/mean", 0.0)
        total = count + len(found)
        return {"rewards/count": total, "rewards/mean": (count * mean + float(found.sum())) / max(total, 1.0)}

    def __call__(self, batch: Batch) -> Tensor:
        mean = self.carry(batch.memory, across(batch, self))["rewards/mean"]
        return torch.full_like(batch[CHOSEN].policy[:, 0], self.sign * self.beta * mean)


@dataclass(frozen=True)
class Gaps:
    """Delta = r(chosen) - r(rejected) over the step, with its moving mean and deviation over steps (beta-DPO). Source: arXiv 2407.08639."""

    momentum: float = 0.9
    views: ClassVar[tuple[View, ...]] = (CHOSEN, REJECTED)
    key: ClassVar[str] = "gaps"

    def survey(self, batch: Batch) -> Tensor:
        """Delta of each pair."""
        return (ratio(batch, CHOSEN) - ratio(batch, REJECTED))[:, None]

    def carry(self, memory: Memory, step: Tensor) -> dict[str, float]:
        """Mean and deviation, moved towards this step's; the first step sets them."""
        gaps = step[~step.isnan()].double()
        mean = float(gaps.mean()) if len(gaps) else 0.0
        deviation = float(gaps.std()) if len(gaps) > 1 else 1.0
        keep = self.momentum if "gaps/steps" in memory else 0.0
        return {
            "gaps/steps": memory.get("gaps/steps", 0.0) + 1,
            "gaps/mean": keep * memory.get("gaps/mean", 0.0) + (1 - keep) * mean,
            "gaps/deviation": keep * memory.get("gaps/deviation", 0.0) + (1 - keep) * deviation,
        }

    def centre(self, memory: Memory, gaps: Tensor) -> tuple[float, float]:
        """Mean and deviation before this step; at the first step, or without momentum, its own."""
        known = memory if self.momentum and "gaps/mean" in memory else self.carry({}, gaps)
        return known["gaps/mean"], max(known.get("gaps/deviation", 1.0), 1e-6)


@dataclass(frozen=True)
class Kept:
    """n / kept for pairs that are drawn, 0 for the others: `share` of the step's pairs, without replacement, by N(Delta; mean, deviation).

    The draw depends on the step's number alone, so every process draws the same pairs.
    """

    share: float = 0.8
    gaps: Gaps = field(default_factory=Gaps)
    views: ClassVar[tuple[View, ...]] = (CHOSEN, REJECTED)
    relative: ClassVar[bool] = True
    text: ClassVar[str] = "kept"

    @property
    def key(self) -> str:
        """The gaps' own."""
        return self.gaps.key

    def survey(self, batch: Batch) -> Tensor:
        """The gaps."""
        return self.gaps.survey(batch)

    def carry(self, memory: Memory, step: Tensor) -> dict[str, float]:
        """The gaps' moments."""
        return self.gaps.carry(memory, step)

    def drawn(self, batch: Batch) -> Tensor:
        """True for the pairs of the step that are kept, [pairs of the step]."""
        gaps = across(batch, self)[:, 0].double().cpu()
        mean, deviation = self.gaps.centre(batch.memory, gaps)
        weights = (-0.5 * ((gaps - mean) / deviation) ** 2).exp().nan_to_num() + 1e-30
        draw = torch.Generator().manual_seed(int(batch.memory.get("gaps/steps", 0.0)))
        chosen = torch.multinomial(weights, max(1, math.floor(self.share * len(gaps))), generator=draw)
        return torch.zeros(len(gaps), dtype=torch.bool).scatter(0, chosen, True)

    def __call__(self, batch: Batch) -> Tensor:
        drawn = self.drawn(batch)
        return (drawn * (len(drawn) / drawn.sum())).to(batch[CHOSEN].policy)[batch.places]


@dataclass(frozen=True)
class StepBeta:
    """beta (1 + strength (mean of the kept gaps - moving mean)), at least 1e-3, without gradient: one beta for the step."""

    beta: float = 0.1
    strength: float = 0.6
    kept: Kept = field(default_factory=Kept)
    views: ClassVar[tuple[View, ...]] = (CHOSEN, REJECTED)
    relative: ClassVar[bool] = True

    @property
    def key(self) -> str:
        """The gaps' own."""
        return self.kept.key

    @property
    def text(self) -> str:
        """The scalar as a symbol."""
        return f"{self.beta:g} (1 + {self.strength:g} (mean Δ of the kept − {'moving' if self.kept.gaps.momentum else 'step'} mean))"

    def survey(self, batch: Batch) -> Tensor:
        """The gaps."""
        return self.kept.survey(batch)

    def carry(self, memory: Memory, step: Tensor) -> dict[str, float]:
        """The gaps' moments."""
        return self.kept.carry(memory, step)

    def __call__(self, batch: Batch) -> Tensor:
        gaps = across(batch, self)[:, 0].double()
        mean, _ = self.kept.gaps.centre(batch.memory, gaps)
        kept = gaps[self.kept.drawn(batch).to(gaps.device)].mean()
        beta = (self.beta * (1 + self.strength * (kept - mean))).clamp(min=1e-3)
        return beta.to(batch[CHOSEN].policy).expand(batch.pairs)
