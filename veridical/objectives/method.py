"""A method is a value: a name, a paper, and a tuple of terms. Everything else is derived."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch import Tensor

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
        return " + ".join(term.formula if term.weight == 1 else f"{term.weight:g} · {term.formula}" for term in self.active)

    def __call__(self, scores: Mapping[View, Scores], pairs: float | None = None, tokens: float | None = None, weights: Tensor | None = None) -> Outcome:
        """Loss and parts for B pairs.

        `pairs` and `tokens` count the whole step (default: these pairs alone), `weights` [B] are the pairs' own.
        """
        first = next(iter(scores.values()))
        counts = {"pair": pairs or float(len(first.mask)), "token": tokens or float(sum(scores[view].mask.sum() for view in self.token_views))}
        parts: dict[str, Tensor] = {}
        measures = likelihoods(scores)
        for term in self.active:
            values = term(scores) if weights is None else term(scores) * weights.to(first.policy.dtype)
            parts[term.name] = parts.get(term.name, 0.0) + term.weight * values.sum() / counts[term.unit]
            measures |= term.measure(scores)
        return Outcome(torch.stack(list(parts.values())).sum(), {name: part.detach() for name, part in parts.items()}, measures)

    def with_settings(self, settings: Mapping[str, Any]) -> Method:
        """A method with changed numbers: "beta" changes it in every term that has it, "terms.1.weight" in one.

        Errors: ValueError naming the nearest key.
        """
        method = self
        for key, value in settings.items():
            method = replace_key(method, key, value)
        return method


def likelihoods(scores: Mapping[View, Scores]) -> dict[str, Tensor]:
    """Mean token log-probability of each view (the chosen one's fall is the classic failure), and lengths."""
    found = {}
    for view, own in scores.items():
        count = own.mask.sum(-1).clamp(min=1)
        found[f"logp/{view}"] = torch.where(own.mask, own.policy, 0.0).sum(-1).detach() / count
        if own.reference is not None:
            found[f"reward/{view}"] = torch.where(own.mask, own.policy - own.reference, 0.0).sum(-1).detach()
    return found


def keys(value: Any, prefix: str = "") -> dict[str, Any]:
    """Every number of a method by dotted key."""
    found: dict[str, Any] = {}
    for item in dataclasses.fields(value):
        inner = getattr(value, item.name)
        name = f"{prefix}{item.name}"
        if dataclasses.is_dataclass(inner) and not isinstance(inner, View):
            found |= keys(inner, f"{name}.")
        elif isinstance(inner, tuple) and inner and dataclasses.is_dataclass(inner[0]):
            for place, part in enumerate(inner):
                found |= keys(part, f"{name}.{place}.")
        elif isinstance(inner, (int, float, bool)):
            found[name] = inner
    return found


def replace_key(method: Method, key: str, value: Any) -> Method:
    """One changed number; a bare name changes every term's number of that name."""
    known = keys(method)
    named = [name for name in known if name == key or name.split(".")[-1] == key]
    if not named:
        choices = sorted(set(known) | {name.split(".")[-1] for name in known})
        near = difflib.get_close_matches(key, choices, 1)
        raise ValueError(f"method {method.name!r} has no number {key!r}; " + (f"did you mean {near[0]!r}?" if near else f"it has {choices}"))
    for name in named:
        if not isinstance(value, (int, float)):
            raise ValueError(f"method {method.name!r}: {key} must be a number, not {value!r}")
        method = set_path(method, name.split("."), type(known[name])(value) if isinstance(known[name], bool) else float(value))
    return method


def set_path(value: Any, path: list[str], new: Any) -> Any:
    """A copy of nested frozen values with one entry changed."""
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, tuple):
        place = int(head)
        return value[:place] + (set_path(value[place], rest, new),) + value[place + 1 :]
    return dataclasses.replace(value, **{head: set_path(getattr(value, head), rest, new)})


@cache
def methods() -> dict[str, Method]:
    """Every method of `objectives.preference`, by name."""
    import veridical.objectives.preference as package

    found: dict[str, Method] = {}
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Method):
                if found.setdefault(value.name, value) is not value:
                    raise ValueError(f"two methods are called {value.name!r}")
    return dict(sorted(found.items()))


def find(name: str) -> Method:
    """A method by its name, by a published name that shares it, or a user's own as "module:value".

    Errors: ValueError with the nearest name.
    """
    if ":" in name:
        module, _, attribute = name.partition(":")
        value = getattr(importlib.import_module(module), attribute, None)
        if not isinstance(value, Method):
            raise ValueError(f"{name}: {module} has no Method called {attribute!r}")
        return value
    known = methods() | {alias: method for method in methods().values() for alias in method.aliases}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise ValueError(f"unknown method {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"))
    return known[name]
