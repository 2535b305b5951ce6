"""A record read under a method's views: which responses, against which pictures, become which branches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from veridical.models.encoder import EncodeError, Encoder, branch, picture_key
from veridical.models.forest import Forest, Inputs, Segment, Tree
from veridical.objectives.view import Scores, View, changed_segments
from veridical.records.record import Corruption, Pair, Record, Response, Turn

Open = Callable[[Record, str], Image.Image]
"""Opens a record's medium by id."""

Damage = Callable[[Image.Image, Corruption], Image.Image]
"""Applies a corruption."""


@dataclass(frozen=True)
class Place:
    """Where a view's tokens are: tree and segment."""

    tree: int
    segment: int


@dataclass(frozen=True)
class PairPlaces:
    """One pair: where each view is, which tokens differ, and the pair's own numbers."""

    views: Mapping[View, Place]
    changed: Mapping[str, Tensor]
    """Changed-segment mask of "chosen" and of "rejected", by response tokens."""
    weight: float = 1.0
    margin: float | None = None


@dataclass(frozen=True)
class Example:
    """A record as trees, with its pairs' places in them."""

    record_id: str
    forest: Forest
    pairs: tuple[PairPlaces, ...]
    cut: int = 0
    """Responses that were cut to the token limit."""


@dataclass
class Reading:
    """How records are read in a run: the method's views, where pictures come from, and the corruption of those that name none."""

    encoder: Encoder
    views: Sequence[View]
    open: Open
    damage: Damage
    corruption: Corruption | None = None
    seed: int = 0
    cut: int = field(default=0)

    def __call__(self, record: Record) -> Example:
        """The record's trees: one per set of pictures, one branch per response.

        Errors: EncodeError naming the record when a view cannot be had, or when nothing fits.
        """
        trees: dict[tuple[str, ...], list[Segment]] = {}
        inputs: dict[str, Inputs] = {}
        places: dict[tuple[str, str], Place] = {}
        grown: dict[tuple[str, tuple[str, ...]], Place] = {}
        order: list[tuple[str, ...]] = []
        cut = 0
        pairs = [pair for pair in record.pairs if pair.relation == ">"]
        if not pairs:
            raise EncodeError(f"record {record.record_id}: no pair with a preference")
        pictures_only(record)
        for pair in pairs:
            for view in self.views:
                response = self.response(record, pair, view)
                spot = (response.response_id, view.picture)
                if spot in places:
                    continue
                pictures, keys = self.pictures(record, response, view.picture)
                if (same := grown.get((response.response_id, tuple(keys)))) is not None:
                    places[spot] = same  # without a picture, or with one that the corruption leaves as it is, two views are one
                    continue
                if tuple(keys) not in trees:
                    piece = self.encoder.prompt(messages(record.prompt), pictures, keys, record.record_id)
                    trees[tuple(keys)] = [Segment(piece.ids, torch.zeros(len(piece.ids), dtype=torch.bool), None, piece.pictures, "prompt")]
                    inputs |= piece.inputs
                    order.append(tuple(keys))
                tree = trees[tuple(keys)]
                ids = self.encoder.response(messages(record.prompt), response.text, record.record_id)
                room = self.encoder.max_tokens - len(tree[0])
                if room < 1:
                    raise EncodeError(f"record {record.record_id}: the prompt leaves no room for a response within {self.encoder.max_tokens} tokens")
                cut += len(ids) > room
                tree.append(branch(ids, f"{response.response_id}@{view.picture}", 0, room))
                places[spot] = grown[response.response_id, tuple(keys)] = Place(order.index(tuple(keys)), len(tree) - 1)
        forest = Forest(tuple(Tree(tuple(trees[key]), record.record_id) for key in order), inputs)
        return Example(record.record_id, forest, tuple(self.place(record, pair, places, forest) for pair in pairs), cut)

    def place(self, record: Record, pair: Pair, places: Mapping[tuple[str, str], Place], forest: Forest) -> PairPlaces:
        """Where the pair's views are, and which of its tokens changed."""
        found = {view: places[self.response(record, pair, view).response_id, view.picture] for view in self.views}
        ids = {view.response: forest.trees[at.tree].segments[at.segment].ids for view, at in found.items()}
        changed: dict[str, Tensor] = {}
        if "chosen" in ids and "rejected" in ids:
            marks = changed_segments(ids["chosen"].tolist(), ids["rejected"].tolist())
            changed = {name: torch.as_tensor(mark, dtype=torch.bool) for name, mark in zip(("chosen", "rejected"), marks, strict=True)}
        return PairPlaces(found, changed, pair.weight, pair.margin)

    def response(self, record: Record, pair: Pair, view: View) -> Response:
        """The response that a view names: the pair's chosen or rejected one, the record's gold one, or one by id."""
        named = {"chosen": pair.chosen, "rejected": pair.rejected}
        if view.response in named:
            return record.response(named[view.response])
        for response in record.responses:
            if view.response in (response.origin, response.response_id):
                return response
        raise EncodeError(f"record {record.record_id}: the method reads a {view.response!r} response, and the record has none")

    def pictures(self, record: Record, response: Response, variant: str) -> tuple[list[Image.Image], list[str]]:
        """The pictures of the prompt in order, as this response is to see them, and a key for each one's content."""
        swaps = {swap.from_id: swap.to_id for swap in response.swaps}
        pictures = []
        for media_id in media_ids(record):
            shown = swaps.get(media_id, media_id)
            pictures.append(self.variant(record, shown, variant))
        return pictures, [picture_key(picture) for picture in pictures]

    def variant(self, record: Record, media_id: str, variant: str) -> Image.Image:
        """One picture as a view wants it: "original", the record's own "similar" or negative one, or corrupted by recipe and seed."""
        if variant == "original":
            return self.open(record, media_id)
        role = "negative" if variant == "corrupted" else variant
        for medium in record.media:
            if medium.role == role and medium.parent_id == media_id:
                return self.open(record, medium.media_id)
        if variant != "corrupted" or self.corruption is None:
            raise EncodeError(f"record {record.record_id}: the method reads a {variant!r} picture; the record has none and no corruption is set")
        seed = stable_seed(record.record_id, media_id, self.corruption.op, self.corruption.seed + self.seed)
        return self.damage(self.open(record, media_id), self.corruption.replace(seed=seed))


def pictures_only(record: Record) -> None:
    """Errors: EncodeError for a prompt that shows a medium which is not a picture."""
    other = [part for turn in record.prompt for part in turn.parts if part.type not in ("text", "image")]
    if other:
        raise EncodeError(f"record {record.record_id}: the prompt shows {other[0].type} {other[0].media_id!r}; a model of this kind reads text and pictures only")


def media_ids(record: Record) -> list[str]:
    """Media of the prompt in the order in which they are shown."""
    return [part.media_id for turn in record.prompt for part in turn.parts if part.type == "image"]


def messages(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Turns as chat templates take them: typed content, no pixels."""
    return [{"role": turn.role, "content": [content(part.type, part.text) for part in turn.parts]} for turn in turns]


def content(kind: str, text: str) -> dict[str, str]:
    """One part of a message."""
    return {"type": "text", "text": text} if kind == "text" else {"type": kind}


def stable_seed(*parts: object) -> int:
    """A seed that is the same in every process and session."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "big")


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
            moved = {view: Place(place.tree + start, place.segment) for view, place in pair.views.items()}
            pairs.append(PairPlaces(moved, pair.changed, pair.weight, pair.margin))
    return Forest(tuple(trees), inputs), pairs


def scores(
    forest: Forest,
    pairs: Sequence[PairPlaces],
    views: Sequence[View],
    policy: Tensor,
    reference: Tensor | None = None,
    outputs: Mapping[str, Tensor] | None = None,
) -> dict[View, Scores]:
    """Values in forest order [N] as padded [pairs, tokens] for each view."""
    ours = forest.split(policy)
    theirs = None if reference is None else forest.split(reference.to(policy.device))
    extra = {name: forest.split(value) for name, value in (outputs or {}).items()}
    result = {}
    for view in views:
        at = [pair.views[view] for pair in pairs]
        rows = [ours[place.tree][place.segment] for place in at]
        marks = [pair.changed.get(view.response, torch.zeros(0, dtype=torch.bool)) for pair in pairs]
        result[view] = Scores(
            policy=stack(rows),
            reference=None if theirs is None else stack([theirs[place.tree][place.segment] for place in at]),
            mask=stack([torch.ones_like(row, dtype=torch.bool) for row in rows]),
            changed=stack([fit(mark, len(row)).to(row.device) for mark, row in zip(marks, rows, strict=True)]),
            outputs={name: stack([value[place.tree][place.segment] for place in at]) for name, value in extra.items()},
        )
    return result


def fit(mark: Tensor, length: int) -> Tensor:
    """A mask of that length: cut, or filled with False."""
    out = mark.new_zeros(length)
    out[: min(length, len(mark))] = mark[:length]
    return out


def stack(rows: Sequence[Tensor]) -> Tensor:
    """Rows of unequal length as [rows, longest], zeros where they end."""
    return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True)
