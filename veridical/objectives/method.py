"""A method is a value: a name, a paper, and a tuple of terms. Everything else is derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from veridical.objectives.batch import Batch
from veridical.objectives.settings import changed
from veridical.objectives.statistic import Memory, Statistic
from veridical.objectives.term import Term, wanted
from veridical.objectives.view import Scores, View


@dataclass(frozen=True)
class Outcome:
    """What an objective says of some pairs."""

    loss: Tensor
    """Scalar, already divided by the whole step's counts: summing over micro-batches gives the step's loss."""
    parts: dict[str, Tensor]
    """Each term's share of the loss, weighted, by name."""
    measures: dict[str, Tensor]
    """Numbers to log, one per pair [B]."""


@dataclass(frozen=True)
class Alias:
    """A published method whose objective is another's: its data differs, or its reference."""

    name: str
    paper: str
    data: str
    """What makes the difference."""
    corruption: Mapping[str, Any] | None = field(default=None, hash=False)
    reference: str = ""
    """The reference that the method is about ("moving"), where it is about one."""


@dataclass(frozen=True)
class Method:
    """An offline preference objective."""

    name: str
    paper: str
    terms: tuple[Term, ...]
    note: str = ""
    """What distinguishes it: data recipe, or how paper and code differ."""
    aliases: tuple[Alias, ...] = ()
    """Published methods with this objective that differ only in data."""
    corruption: Mapping[str, Any] | None = field(default=None, hash=False)
    """The corruption of pictures that records do not bring themselves, as `{op, settings ...}`."""
    reference: str = ""
    """The reference that the method is about ("moving"), where it is about one."""

    def __post_init__(self) -> None:
        names = [term.name for term in self.terms]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"method {self.name!r}: two terms are called {min(twice)!r}; give one of them a label")
        if not self.active:
            raise ValueError(f"method {self.name!r}: no term has a weight, so there is nothing to learn")

    @property
    def active(self) -> tuple[Term, ...]:
        """Terms with a weight; the others cost nothing."""
        return tuple(term for term in self.terms if term.weight)

    @property
    def views(self) -> tuple[View, ...]:
        """What must be computed, each once."""
        return tuple(dict.fromkeys(view for term in self.active for view in term.views))

    @property
    def token_views(self) -> tuple[View, ...]:
        """Views whose tokens normalise a term."""
        return tuple(dict.fromkeys(view for term in self.active if term.unit == "token" for view in term.views))

    @property
    def needs_reference(self) -> bool:
        """Whether any term reads reference log-probabilities."""
        return any(term.needs_reference for term in self.active)

    @property
    def requests(self) -> tuple[str, ...]:
        """Outputs that some term wants beside log-probabilities."""
        return wanted(self.active, "requests")

    @property
    def facts(self) -> tuple[str, ...]:
        """Facts that every pair must state."""
        return wanted(self.active, "facts")

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of annotators' spans that some term weighs."""
        return wanted(self.active, "labels")

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """What needs every pair of the step, one of each key."""
        return tuple({one.key: one for one in wanted(self.active, "statistics")}.values())

    @property
    def formula(self) -> str:
        """The whole objective in symbols. r: policy minus reference log-probability, summed over tokens; S: the policy's alone."""
        terms = [term.formula if term.weight == 1 else f"{term.weight:g} ({term.formula})" for term in self.active]
        return " + ".join(terms).replace("+ −", "− ")

    def __call__(self, scores: Mapping[View, Scores] | Batch, pairs: float | None = None, tokens: float | None = None, weights: Tensor | None = None) -> Outcome:
        """Loss and parts for B pairs.

        `pairs` and `tokens` count the whole step (default: these pairs alone; `tokens` over `token_views`), `weights` [B]
        are the pairs' own: they multiply losses and leave the counts as they are. Plain scores are a whole step.
        """
        batch = scores if isinstance(scores, Batch) else Batch(scores)
        self.check(batch)
        first = batch[self.views[0]]
        counts = {
            "pair": float(len(first.mask)) if pairs is None else pairs,
            "token": float(sum(batch[view].mask.sum() for view in self.token_views)) if tokens is None else tokens,
        }
        parts: dict[str, Tensor] = {}
        measures = likelihoods(batch)
        for term in self.active:
            values = term(batch) if weights is None else term(batch) * weights.to(first.policy.dtype)
            parts[term.name] = term.weight * values.sum() / counts[term.unit]
            measures |= term.measure(batch)
        return Outcome(torch.stack(list(parts.values())).sum(), {name: part.detach() for name, part in parts.items()}, measures)

    def check(self, batch: Batch) -> None:
        """Errors: ValueError naming the views that were not scored."""
        missing = [str(view) for view in self.views if view not in batch]
        if missing:
            raise ValueError(f"method {self.name!r} reads {', '.join(missing)}, and only {', '.join(map(str, batch))} were scored")

    @torch.no_grad()
    def survey(self, batch: Batch) -> dict[str, Tensor]:
        """What must be known of these pairs before any loss of the step can be computed, by statistic, [B, k] each."""
        return {one.key: one.survey(batch).float() for one in self.statistics}

    def carry(self, memory: Memory, step: Mapping[str, Tensor]) -> dict[str, float]:
        """Running statistics after a step, given its surveys."""
        found = dict(memory)
        for one in self.statistics:
            found |= one.carry(memory, step[one.key])
        return found

    def with_settings(self, settings: Mapping[str, float | int | bool] | None = None, /, **more: float | int | bool) -> Method:
        """A method with changed numbers: "beta" changes it in every term that has it, "terms.1.weight" in one.

        Errors: ValueError naming the nearest key.
        """
        method = self
        for key, value in {**(settings or {}), **more}.items():
            method = changed(method, f"method {self.name!r}", key, value)
        return method

    def under(self, alias: Alias) -> Method:
        """The method by one of its published names."""
        return replace(self, name=alias.name, paper=alias.paper, note=alias.data, aliases=(), corruption=alias.corruption or self.corruption, reference=alias.reference)


def likelihoods(scores: Mapping[View, Scores]) -> dict[str, Tensor]:
    """Of each view: the mean log-probability of its tokens (the chosen one's fall is the classic failure), and, where a
    reference was scored, its summed log-ratio."""
    found = {}
    for view in scores:
        own = scores[view]
        found[f"logp/{view}"] = torch.where(own.mask, own.policy, 0.0).sum(-1).detach() / own.lengths.clamp(min=1)
        if own.reference is not None:
            found[f"reward/{view}"] = torch.where(own.mask, own.policy - own.reference, 0.0).sum(-1).detach()
    return found
