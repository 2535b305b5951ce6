"""Examples joined into one forest, and its values handed to the objective view by view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from veridical.models.forest import Forest, Inputs, Tree
from veridical.models.planting import Place
from veridical.objectives.view import Scores, View

Mask = Mapping[str, Tensor]


@dataclass(frozen=True)
class PairPlaces:
    """One pair: where each view is (a pair may lack some), which tokens differ or are marked, and the pair's own numbers."""

    views: Mapping[View, Place]
    changed: Mask
    """Changed-segment mask of "chosen" and of "rejected", by response tokens."""
    marks: Mapping[str, Mask] = field(default_factory=dict)
    """Of each response, tokens inside the spans of each label."""
    weight: float = 1.0
    facts: Mapping[str, float | None] = field(default_factory=dict)
    """The pair's margin and such, None where the record states none."""


@dataclass(frozen=True)
class Example:
    """A record as trees, with its pairs' places in them."""

    record_id: str
    forest: Forest
    pairs: tuple[PairPlaces, ...]
    cut: int = 0
    """Responses that were cut to the token limit."""


def collate(examples: Sequence[Example]) -> tuple[Forest, list[PairPlaces]]:
    """One forest and its pairs; places point into the joined forest."""
    trees: list[Tree] = []
    inputs: dict[str, Inputs] = {}
    pairs: list[PairPlaces] = []
    for example in examples:
        start = len(trees)
        trees.extend(example.forest.trees)
        inputs |= example.forest.pictures
        for pair in example.pairs:
            pairs.append(replace(pair, views={view: Place(place.tree + start, place.segment) for view, place in pair.views.items()}))
    return Forest(tuple(trees), inputs), pairs


def scores(
    forest: Forest,
    pairs: Sequence[PairPlaces],
    views: Sequence[View],
    policy: Tensor,
    reference: Tensor | None = None,
    outputs: Mapping[str, Tensor] | None = None,
) -> dict[View, Scores]:
    """Values in forest order [N] as padded [pairs, tokens] for each view; no tokens where a pair lacks the view."""
    ours, theirs = split(forest, policy), None if reference is None else split(forest, reference.to(policy.device))
    extra = {name: split(forest, value) for name, value in (outputs or {}).items()}
    result = {}
    for view in views:
        at = [pair.views.get(view) for pair in pairs]
        rows = [ours(place) for place in at]
        labels = {label for pair in pairs for label in pair.marks.get(view.response, ())}
        result[view] = Scores(
            policy=stack(rows),
            reference=None if theirs is None else stack([theirs(place) for place in at]),
            mask=stack([torch.ones_like(row, dtype=torch.bool) for row in rows]),
            changed=masks(rows, [pair.changed.get(view.response) for pair in pairs]),
            outputs={name: stack([value(place) for place in at]) for name, value in extra.items()},
            marks={label: masks(rows, [pair.marks.get(view.response, {}).get(label) for pair in pairs]) for label in sorted(labels)},
        )
    return result


def split(forest: Forest, values: Tensor):
    """A function from a place to its values; none for no place."""
    pieces = forest.split(values)
    return lambda place: values[:0] if place is None else pieces[place.tree][place.segment]


def masks(rows: Sequence[Tensor], found: Sequence[Tensor | None]) -> Tensor:
    """Masks of the rows' lengths, False where there is none, [rows, longest]."""
    return stack([fit(torch.zeros(0, dtype=torch.bool) if mark is None else mark, len(row)).to(row.device) for mark, row in zip(found, rows, strict=True)])


def twins(forest: Forest, pairs: Sequence[PairPlaces]) -> Tensor:
    """For each scored token, where the same token of the same response is read against the corrupted picture; else itself, [N]."""
    own = torch.arange(len(forest.targets))
    at = forest.split(own)
    found = own.clone()
    for pair in pairs:
        for view, place in pair.views.items():
            if view.picture == "original" and (other := pair.views.get(View(view.response, "corrupted"))) is not None:
                here, there = at[place.tree][place.segment], at[other.tree][other.segment]
                size = min(len(here), len(there))
                found[here[:size]] = there[:size]
    return found


def facts(pairs: Sequence[PairPlaces], like: Tensor) -> dict[str, Tensor]:
    """The pairs' numbers by name, [pairs] each, NaN where a record states none."""
    names = dict.fromkeys(name for pair in pairs for name in pair.facts)
    known = {name: [pair.facts.get(name) for pair in pairs] for name in names}
    return {name: torch.tensor([torch.nan if value is None else value for value in values], device=like.device) for name, values in known.items()}


def fit(mark: Tensor, length: int) -> Tensor:
    """A mask of that length: cut, or filled with False."""
    out = mark.new_zeros(length)
    out[: min(length, len(mark))] = mark[:length]
    return out


def stack(rows: Sequence[Tensor]) -> Tensor:
    """Rows of unequal length as [rows, longest], zeros where they end; at least one column."""
    return torch.nn.utils.rnn.pad_sequence([*rows, rows[0].new_zeros(1)], batch_first=True)[: len(rows)]
