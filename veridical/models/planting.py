"""The trees of one record while they grow: one per prompt and set of pictures, one branch per response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from veridical.models.encoder import EncodeError, Encoder, branch
from veridical.models.forest import Forest, Inputs, Segment, Tree
from veridical.records.record import Turn


@dataclass(frozen=True)
class Place:
    """Where a view's tokens are: tree and segment."""

    tree: int
    segment: int


@dataclass
class Planting:
    """Life cycle: one per record; `forest` when everything is planted."""

    encoder: Encoder
    trees: dict[tuple[str, ...], list[Segment]] = field(default_factory=dict)
    """By prompt and pictures, in the order of planting."""
    inputs: dict[str, Inputs] = field(default_factory=dict)
    grown: dict[tuple[str, tuple[str, ...]], Place] = field(default_factory=dict)
    seen: dict[tuple[object, ...], tuple[list[Image.Image], list[str]]] = field(default_factory=dict)
    """Pictures with their keys, by what was asked for: opening, damaging and digesting them is the dear part."""
    cut: int = 0
    """Responses that were cut to the token limit."""

    def plant(self, owner: str, prompt: Sequence[Turn], response_id: str, text: str, pictures: Sequence[Image.Image], keys: Sequence[str]) -> Place:
        """A response to a prompt with these pictures; one that is there already is not planted again.

        `owner` names whose prompt it is, `keys` the pictures' content. Errors: EncodeError when nothing of it fits.
        """
        key = (owner, *keys)
        if (same := self.grown.get((response_id, key))) is not None:
            return same  # without a picture, or with one that the corruption leaves as it is, two views are one
        if key not in self.trees:
            piece = self.encoder.prompt(messages(prompt), pictures, keys, owner)
            self.trees[key] = [Segment(piece.ids, torch.zeros(len(piece.ids), dtype=torch.bool), None, piece.pictures, "prompt")]
            self.inputs |= piece.inputs
        tree = self.trees[key]
        ids = self.encoder.response(messages(prompt), text, owner)
        room = self.encoder.max_tokens - len(tree[0])
        if room < 1:
            raise EncodeError(f"record {owner}: the prompt leaves no room for a response within {self.encoder.max_tokens} tokens")
        self.cut += len(ids) > room
        tree.append(branch(ids, response_id, 0, room))
        place = self.grown[response_id, key] = Place(list(self.trees).index(key), len(tree) - 1)
        return place

    def ids(self, place: Place) -> Tensor:
        """Token ids of a branch."""
        return list(self.trees.values())[place.tree][place.segment].ids

    @property
    def forest(self) -> Forest:
        """What was planted."""
        return Forest(tuple(Tree(tuple(segments), key[0]) for key, segments in self.trees.items()), self.inputs)


def messages(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Turns as chat templates take them: typed content, no pixels."""
    return [{"role": turn.role, "content": [content(part.type, part.text) for part in turn.parts]} for turn in turns]


def content(kind: str, text: str) -> dict[str, str]:
    """One part of a message."""
    return {"type": "text", "text": text} if kind == "text" else {"type": kind}
