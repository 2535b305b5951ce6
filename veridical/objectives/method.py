"""A method is a value: a name, a paper, and a tuple of terms. Everything else is derived."""

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

from veridical.objectives.settings import changed
from veridical.objectives.term import Term
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
class Method:
    """An offline preference objective."""

    name: str
    paper: str
    terms: tuple[Term, ...]
    note: str = ""
    """What distinguishes it: data recipe, or how paper and code differ."""
    aliases: tuple[str, ...] = ()
    """Published methods with this objective that differ only in data."""
    corruption: Mapping[str, Any] | None = field(default=None, hash=False)
    """The corruption of pictures that records do not bring themselves, as `{op, settings ...}`."""

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
        return tuple(dict.fromkeys(name for term in self.active for name in term.requests))

    @property
    def formula(self) -> str:
        """The whole objective in symbols. r: policy minus reference log-probability, summed over tokens; S: the policy's alone."""
        terms = [term.formula if term.weight == 1 else f"{term.weight:g} ({term.formula})" for term in self.active]
        return " + ".join(terms).replace("+ −", "− ")

    def __call__(self, scores: Mapping[View, Scores], pairs: float | None = None, tokens: float | None = None, weights: Tensor | None = None) -> Outcome:
        """Loss and parts for B pairs.

        `pairs` and `tokens` count the whole step (default: these pairs alone; `tokens` over `token_views`), `weights` [B]
        are the pairs' own: they multiply losses and leave the counts as they are.
        """
        missing = [str(view) for view in self.views if view not in scores]
        if missing:
            raise ValueError(f"method {self.name!r} reads {', '.join(missing)}, and only {', '.join(map(str, scores))} were scored")
        first = scores[self.views[0]]
        counts = {
            "pair": float(len(first.mask)) if pairs is None else pairs,
            "token": float(sum(scores[view].mask.sum() for view in self.token_views)) if tokens is None else tokens,
        }
        parts: dict[str, Tensor] = {}
        measures = likelihoods(scores)
        for term in self.active:
            values = term(scores) if weights is None else term(scores) * weights.to(first.policy.dtype)
            parts[term.name] = term.weight * values.sum() / counts[term.unit]
            measures |= term.measure(scores)
        return Outcome(torch.stack(list(parts.values())).sum(), {name: part.detach() for name, part in parts.items()}, measures)

    def with_settings(self, settings: Mapping[str, float | int | bool] | None = None, /, **more: float | int | bool) -> Method:
        """A method with changed numbers: "beta" changes it in every term that has it, "terms.1.weight" in one.

        Errors: ValueError naming the nearest key.
        """
        method = self
        for key, value in {**(settings or {}), **more}.items():
            method = changed(method, f"method {self.name!r}", key, value)
        return method


def likelihoods(scores: Mapping[View, Scores]) -> dict[str, Tensor]:
    """Of each view: the mean log-probability of its tokens (the chosen one's fall is the classic failure), and, where a
    reference was scored, its summed log-ratio."""
    found = {}
    for view, own in scores.items():
        count = own.mask.sum(-1).clamp(min=1)
        found[f"logp/{view}"] = torch.where(own.mask, own.policy, 0.0).sum(-1).detach() / count
        if own.reference is not None:
            found[f"reward/{view}"] = torch.where(own.mask, own.policy - own.reference, 0.0).sum(-1).detach()
    return found


@cache
def methods() -> Mapping[str, Method]:
    """Every method of `objectives.preference`, by name."""
    package = importlib.import_module("veridical.objectives.preference")
    found: dict[str, Method] = {}
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Method) and found.setdefault(value.name, value) is not value:
                raise ValueError(f"{info.name}: a second method is called {value.name!r}; rename one")
    return MappingProxyType(dict(sorted(found.items())))


def __getattr__(name: str) -> Mapping[str, Method]:
    """`METHODS`, walked when it is first asked for: the modules it lists import this one."""
    if name == "METHODS":
        return methods()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def find(name: str) -> Method:
    """A method by its name, by a published name that shares it, or a user's own as "module:value".

    Errors: ValueError with the nearest name, or with what is wrong with the module.
    """
    if ":" in name:
        return own(name)
    known = {alias: method for method in methods().values() for alias in method.aliases} | dict(methods())
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise ValueError(f"unknown method {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"))
    return known[name]


def own(name: str) -> Method:
    """The value that "module:value" names."""
    module, _, attribute = name.partition(":")
    try:
        value = getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError as error:
        raise ValueError(f"method {name!r}: no module {error.name!r} is on the Python path; set PYTHONPATH to its folder") from error
    if not isinstance(value, Method):
        raise ValueError(f"method {name!r}: module {module} has no Method called {attribute!r}")
    return value
