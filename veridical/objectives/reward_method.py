"""A reward method is a value: a name, a paper, a tuple of terms, and how the judge reads. By name they are found here."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from veridical.objectives.judged import Judged
from veridical.objectives.method import Outcome
from veridical.objectives.reward import RewardTerm, named
from veridical.objectives.reward_rank import AllPairs, Rank
from veridical.objectives.settings import changed

RANKED = (Rank, AllPairs)


@dataclass(frozen=True)
class RewardMethod:
    """An objective of reward models."""

    name: str
    paper: str
    terms: tuple[RewardTerm, ...]
    judging: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Settings of the judge that the method is about (`recipe.Judging`)."""
    note: str = ""

    @property
    def active(self) -> tuple[RewardTerm, ...]:
        """Terms with a weight."""
        return tuple(term for term in self.terms if term.weight)

    @property
    def ranked(self) -> bool:
        """Whether every ranked response of a record is read."""
        return any(isinstance(term, RANKED) for term in self.active)

    @property
    def sign(self) -> int:
        """-1 where high scores are bad (a cost)."""
        return -1 if any(getattr(term, "harm", False) for term in self.active) else 1

    @property
    def formula(self) -> str:
        """The whole objective in symbols."""
        return " + ".join(term.formula if term.weight == 1 else f"{term.weight:g} ({term.formula})" for term in self.active).replace("+ −", "− ")

    @property
    def surveyed(self) -> tuple[RewardTerm, ...]:
        """Terms that must know a sum over the whole step first."""
        return tuple(term for term in self.active if hasattr(term, "survey"))

    def counts(self, batch: Judged) -> dict[str, float]:
        """What each term divides by; known without scores."""
        return {term.name: term.count(batch) for term in self.active}

    @torch.no_grad()
    def survey(self, batch: Judged) -> dict[str, float]:
        """Sums that some terms must know of the whole step."""
        return {term.name: float(term.survey(batch)) for term in self.surveyed}

    def __call__(self, batch: Judged, counts: Mapping[str, float] | None = None) -> Outcome:
        """Loss and parts, divided by the counts of the whole step (default: of this batch alone)."""
        counts = self.counts(batch) if counts is None else counts
        parts = {term.name: term.weight * term(batch) / named(counts, term.name) for term in self.active}
        return Outcome(torch.stack(list(parts.values())).sum(), {name: part.detach() for name, part in parts.items()}, self.measures(batch))

    @torch.no_grad()
    def measures(self, batch: Judged) -> dict[str, Tensor]:
        """Of each comparison that is no tie: whether the better response has the better score, by how much, and both scores; with several read-outs their deviation."""
        apart, scores = ~batch.tie, self.sign * batch.scores
        better, worse = scores[batch.win][apart], scores[batch.lose][apart]
        gap = (better - worse).mean(-1)
        found = {"accuracy": (gap > 0).to(gap.dtype), "margin": gap, "score/better": better.mean(-1), "score/worse": worse.mean(-1)}
        return found | ({"spread": better.std(-1)} if scores.shape[-1] > 1 else {})

    def with_settings(self, settings: Mapping[str, float | int | bool]) -> RewardMethod:
        """A method with changed numbers, by name or place. Errors: ValueError naming the nearest key."""
        method = self
        for key, value in settings.items():
            method = changed(method, f"reward method {self.name!r}", key, value)
        return method


@cache
def reward_methods() -> Mapping[str, RewardMethod]:
    """Every reward method of `objectives.rewarding`, by name."""
    package = importlib.import_module("veridical.objectives.rewarding")
    found: dict[str, RewardMethod] = {}
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, RewardMethod) and found.setdefault(value.name, value) is not value:
                raise ValueError(f"{info.name}: a second reward method is called {value.name!r}; rename one")
    return MappingProxyType(dict(sorted(found.items())))


def find_reward(name: str) -> RewardMethod:
    """A reward method by name, or a user's own as "module:value". Errors: ValueError with the nearest name, or with what is wrong with the module."""
    if ":" in name:
        return own(name)
    known = reward_methods()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise ValueError(f"unknown reward method {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"))
    return known[name]


def own(name: str) -> RewardMethod:
    """The value that "module:value" names."""
    module, _, attribute = name.partition(":")
    try:
        value = getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError as error:
        raise ValueError(f"reward method {name!r}: no module {error.name!r} is on the Python path; set PYTHONPATH to its folder") from error
    if not isinstance(value, RewardMethod):
        raise ValueError(f"reward method {name!r}: module {module} has no RewardMethod called {attribute!r}")
    return value
