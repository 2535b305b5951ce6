"""An algorithm is a value: how rollouts are drawn, how rewards become advantages, and a sum of losses. Everything else is derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from veridical.objectives.online.after import After
from veridical.objectives.online.beside import Beside
from veridical.objectives.online.credit import Credit, Estimated
from veridical.objectives.online.divergence import Adaptive, Penalty
from veridical.objectives.online.gather import total
from veridical.objectives.online.keep import Keep, kept
from veridical.objectives.online.learning import Learning
from veridical.objectives.online.loss import Loss, Stay
from veridical.objectives.online.rollouts import Rollouts
from veridical.objectives.online.shape import Shape, shaped
from veridical.objectives.settings import changed


@dataclass(frozen=True)
class Draws:
    """What is drawn for each prompt."""

    group: int = 8
    """Responses."""
    temperature: float = 1.0
    top_p: float = 1.0
    greedy: bool = False
    """Also the likeliest response, as a baseline."""
    contrast: float = 0.0
    """Also so many times `group` responses to the pictures in disorder; they teach nothing."""
    tries: int = 1
    """Batches of prompts drawn at most until a step's worth of groups is kept."""


@dataclass(frozen=True)
class Alias:
    """A published method that is this algorithm with other rewards, data or numbers."""

    name: str
    paper: str
    data: str
    settings: Mapping[str, float | int | bool] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Advantages:
    """What a step's rewards came to."""

    values: Tensor
    """[B, T], without gradient."""
    rollouts: Rollouts
    """The same rollouts, with the shaped reward, the rows that teach, and the critic's targets."""


@dataclass(frozen=True)
class Algorithm:
    """An online objective.

        loss = sum of losses over tokens that teach; advantages = after ∘ credit (shapes (reward), penalty), on rollouts that `keep` leaves
    """

    name: str
    paper: str
    credit: Credit
    losses: tuple[Loss, ...]
    draws: Draws = Draws()
    shapes: tuple[Shape, ...] = ()
    keep: tuple[Keep, ...] = ()
    penalty: Penalty | None = None
    after: tuple[After, ...] = ()
    critic: bool = False
    """Whether a head on the policy's own hidden states says what reward is still to come."""
    beside: Beside | None = None
    control: Adaptive | None = None
    """Steers the coefficient of the divergence in the loss."""
    updates: int = 1
    """Times that every rollout is learnt from."""
    batches: int = 1
    """Optimiser steps that a pass over the rollouts is divided into."""
    corruption: Mapping[str, Any] | None = field(default=None, hash=False)
    """How the picture is hidden, where a loss reads rollouts with a hidden one."""
    note: str = ""
    aliases: tuple[Alias, ...] = ()

    def __post_init__(self) -> None:
        if not self.active:
            raise ValueError(f"algorithm {self.name!r}: no loss has a weight, so there is nothing to learn")
        if isinstance(self.credit, Estimated) and not self.critic and getattr(self.beside, "gives", "") != "values":
            raise ValueError(f"algorithm {self.name!r}: its advantages are estimated from a critic's values; give it a critic")

    @property
    def active(self) -> tuple[Loss, ...]:
        """Losses with a weight; the others cost nothing."""
        return tuple(loss for loss in self.losses if loss.weight)

    @property
    def requests(self) -> tuple[str, ...]:
        """Outputs that some loss reads beside log-probabilities."""
        return tuple(dict.fromkeys(name for loss in self.active for name in loss.requests))

    @property
    def pictures(self) -> tuple[str, ...]:
        """Other pictures that rollouts are read with."""
        return tuple(dict.fromkeys(name for loss in self.active for name in loss.pictures))

    @property
    def needs_reference(self) -> bool:
        """Whether the reference's log-probabilities are read."""
        return any(loss.needs_reference for loss in self.active) or bool(self.penalty and self.penalty.coefficient) or getattr(self.beside, "needs_reference", False)

    @property
    def on_policy(self) -> bool:
        """Whether each rollout is learnt from once, before the policy has changed: then log pi_old is log pi itself."""
        return self.updates * self.batches == 1

    @property
    def formula(self) -> str:
        """The losses in symbols."""
        return " + ".join(loss.formula if loss.weight == 1 else f"{loss.weight:g} ({loss.formula})" for loss in self.active).replace("+ −", "− ")

    def groups(self, rollouts: Rollouts) -> Tensor:
        """Which rows teach, judged by the metric before it is shaped, [B]."""
        return kept(rollouts, self.keep)

    @torch.no_grad()
    def advantages(self, rollouts: Rollouts, coefficient: float | None = None) -> Advantages:
        """Of a whole step. Order: what is kept (by the metric as it was scored), shapes, penalty, credit, after.

        `coefficient` replaces the penalty's where it is controlled. Rows that are not scored or not kept have advantage 0.
        """
        rollouts = replace(rollouts, reward=shaped(rollouts, self.shapes), kept=self.groups(rollouts))
        penalty = torch.zeros_like(rollouts.old)
        if self.penalty is not None and rollouts.reference is not None:
            penalty = self.penalty(rollouts.old, rollouts.reference, rollouts.mask, coefficient)
        raw = torch.where(rollouts.mask & rollouts.scored[:, None], self.credit(rollouts, penalty), 0.0)
        values = raw
        for step in self.after:
            values = step(values, rollouts)
        rollouts = rollouts if rollouts.values is None else replace(rollouts, returns=raw + rollouts.values)
        return Advantages(torch.where(rollouts.taught, values, 0.0).nan_to_num(nan=0.0), rollouts)

    def counts(self, rollouts: Rollouts) -> dict[str, float]:
        """What each loss is divided by, over these rows; it adds up over rows."""
        return {loss.name: loss.how.count(rollouts) for loss in self.active}

    def __call__(self, batch: Learning, counts: Mapping[str, float] | None = None) -> dict[str, Tensor]:
        """Each loss by name, weighted, a scalar; `counts` are those of the whole update (default: these rows alone)."""
        counts = counts or self.counts(batch.rollouts)
        return {loss.name: loss.weight * total(loss(batch), loss.how, batch.rollouts, counts[loss.name]) for loss in self.active}

    @property
    def coefficient(self) -> float | None:
        """The starting coefficient of a divergence that is controlled."""
        if self.penalty is not None and self.penalty.control is not None:
            return self.penalty.coefficient
        return next((loss.weight for loss in self.active if isinstance(loss, Stay)), None) if self.control else None

    def with_settings(self, settings: Mapping[str, float | int | bool] | None = None, /, **more: float | int | bool) -> Algorithm:
        """With changed numbers: "group" changes every number of that name, "losses.1.weight" one. Errors: ValueError naming the nearest key."""
        found = self
        for key, value in {**(settings or {}), **more}.items():
            found = changed(found, f"algorithm {self.name!r}", key, value)
        return found

    def under(self, alias: Alias) -> Algorithm:
        """The algorithm by one of its published names."""
        return replace(self.with_settings(alias.settings), name=alias.name, paper=alias.paper, note=alias.data, aliases=())
