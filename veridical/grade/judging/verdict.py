"""Structured verdicts, and the strict reading of them: a reply that is not exactly what was asked for is no verdict."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from veridical.grade.judging.reply import Reply, Unjudged, unwilling

LAST = 6000
"""Characters at a reply's end in which the verdict must stand."""


@dataclass(frozen=True)
class Scores:
    """A score for every aspect."""

    values: Mapping[str, float]
    why: str = ""


@dataclass(frozen=True)
class Choice:
    """Which of two that were shown is better."""

    better: int
    """1 the first, -1 the second, 0 neither."""
    why: str = ""


@dataclass(frozen=True)
class Ranking:
    """Places of what was shown, best first."""

    order: tuple[int, ...]
    why: str = ""


@dataclass(frozen=True)
class YesNo:
    """An answer to a question of fact."""

    yes: bool
    probability: float | None = None
    """Of yes, where the server tells log-probabilities."""


def object_of(reply: Reply, keys: Sequence[str]) -> dict[str, Any]:
    """The JSON object that ends a reply (bare, or in a fence), with exactly these keys. Errors: Unjudged.

    Only the end counts: a judge may think first, and quote. Repeated keys and NaN are refused.
    """
    unwilling(reply)
    text = reply.text.strip().removesuffix("```").rstrip()[-LAST:]
    if not text.endswith("}"):
        raise Unjudged("no verdict", f"the reply does not end with a JSON object: ...{reply.text.strip()[-100:]!r}")
    found = first_whole(text)
    if found is None:
        raise Unjudged("no verdict", f"the JSON object at the end cannot be read: ...{text[-100:]!r}")
    if set(found) != set(keys):
        raise Unjudged("no verdict", f"expected the keys {', '.join(keys)}, found {', '.join(found) or 'none'}")
    return found


def first_whole(text: str) -> dict[str, Any] | None:
    """The largest JSON object that ends where the text ends."""
    start = text.find("{")
    while start >= 0:
        try:
            found = json.loads(text[start:], object_pairs_hook=unique, parse_constant=refuse)
            return found if isinstance(found, dict) else None
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
    return None


def unique(items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object without repeated keys. ValueError otherwise."""
    found = dict(items)
    if len(found) < len(items):
        raise ValueError("a key stands twice")
    return found


def refuse(word: str) -> None:
    """NaN and Infinity are no numbers. ValueError."""
    raise ValueError(f"{word} is no number")


def why_of(found: Mapping[str, Any]) -> str:
    """The judge's reason. Errors: Unjudged where it is no text."""
    if not isinstance(found["why"], str):
        raise Unjudged("no verdict", f"why: expected text, found {found['why']!r}")
    return found["why"]


def read_scores(aspects: Sequence[str], low: int, high: int) -> Callable[[Reply], Scores]:
    """A reader of {"why": ..., "scores": {aspect: number from low to high}}."""

    def read(reply: Reply) -> Scores:
        found = object_of(reply, ("why", "scores"))
        scores = found["scores"]
        if not isinstance(scores, dict) or set(scores) != set(aspects):
            raise Unjudged("no verdict", f"scores: expected {', '.join(aspects)}, found {scores!r}")
        for name, value in scores.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise Unjudged("no verdict", f"scores.{name}: expected a number from {low} to {high}, found {value!r}")
        return Scores({name: float(scores[name]) for name in aspects}, why_of(found))

    return read


def read_choice(reply: Reply) -> Choice:
    """{"why": ..., "better": "A", "B" or "tie"} as a choice. Errors: Unjudged."""
    found = object_of(reply, ("why", "better"))
    if found["better"] not in ("A", "B", "tie"):
        raise Unjudged("no verdict", f'better: expected "A", "B" or "tie", found {found["better"]!r}')
    return Choice({"A": 1, "B": -1, "tie": 0}[found["better"]], why_of(found))


def read_ranking(count: int) -> Callable[[Reply], Ranking]:
    """A reader of {"why": ..., "order": letters of all that were shown, best first}."""
    letters = list(ascii_uppercase[:count])

    def read(reply: Reply) -> Ranking:
        found = object_of(reply, ("why", "order"))
        order = found["order"]
        if not isinstance(order, list) or not all(isinstance(one, str) for one in order) or sorted(order) != letters:
            raise Unjudged("no verdict", f"order: expected each of {', '.join(letters)} once, found {order!r}")
        return Ranking(tuple(map(letters.index, order)), why_of(found))

    return read


def read_yes_no(reply: Reply) -> YesNo:
    """A reply that is yes or no, with p(yes) / (p(yes) + p(no)) of its first token where that is told. Errors: Unjudged."""
    unwilling(reply)
    said = word_of(reply.text)
    if said not in ("yes", "no"):
        raise Unjudged("no verdict", f"expected yes or no, found {reply.text.strip()[:100]!r}")
    mass = {"yes": 0.0, "no": 0.0}
    for token, logp in reply.first.items():
        if word_of(token) in mass:
            mass[word_of(token)] += math.exp(logp)
    total = sum(mass.values())
    return YesNo(said == "yes", mass["yes"] / total if total else None)


def word_of(text: str) -> str:
    """A word without what may stand around it."""
    return text.strip().strip("*_.!\"'").lower()
