"""The batch: trees of segments, in which a token sees its ancestors.

A preference pair is a prefix with two branches, a group of G samples a prefix with G, six questions on one picture
share the picture's segment. How a forest is computed is the business of `executors`; it is the same batch for all.

Order: values that belong to scored tokens always come tree by tree, segment by segment, token by token
("forest order"); N is their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

Inputs = Mapping[str, Tensor]
"""What an image processor made of one picture (`pixel_values`, `image_grid_thw` ...), with a leading axis of its pieces."""


@dataclass(frozen=True)
class Segment:
    """A run of tokens with one parent. Placeholder tokens of pictures are already in place."""

    ids: Tensor
    """Token ids, shape [n]."""
    scored: Tensor
    """True where the token's log-probability is wanted, shape [n]. Never true for a placeholder or a prompt token."""
    parent: int | None = None
    """Index of the parent segment in the tree; None for the root."""
    pictures: tuple[str, ...] = ()
    """Keys of the pictures whose placeholders stand in `ids`, in order."""
    name: str = ""
    """What the segment is, for people and for splitting the outcome (a view, a sample's number)."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Tree:
    """Segments, parents before children; the first is the root."""

    segments: tuple[Segment, ...]
    key: str = ""
    """Whose tree it is (record id and picture), for messages and caches."""

    def __post_init__(self) -> None:
        for index, segment in enumerate(self.segments):
            parent = segment.parent
            if (index == 0) != (parent is None) or (parent is not None and not 0 <= parent < index):
                raise ValueError(f"tree {self.key!r}: segment {index} has parent {parent}; the root comes first, parents before children")
            if len(segment.ids) != len(segment.scored) or len(segment.ids) == 0:
                raise ValueError(f"tree {self.key!r}: segment {index} has {len(segment.ids)} ids and {len(segment.scored)} flags")
        if self.segments[0].scored[0]:
            raise ValueError(f"tree {self.key!r}: the first token has nothing before it and cannot be scored")

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """Segments without children."""
        parents = {segment.parent for segment in self.segments}
        return tuple(index for index in range(len(self.segments)) if index not in parents)

    def path(self, index: int) -> tuple[int, ...]:
        """Segments from the root to `index`."""
        steps = [index]
        while (parent := self.segments[steps[-1]].parent) is not None:
            steps.append(parent)
        return tuple(reversed(steps))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Offset of each segment when all are laid out one after the other."""
        offsets, total = [], 0
        for segment in self.segments:
            offsets.append(total)
            total += len(segment)
        return tuple(offsets)

    @cached_property
    def depths(self) -> tuple[int, ...]:
        """Number of tokens before each segment on its path."""
        depths: list[int] = []
        for segment in self.segments:
            depths.append(0 if segment.parent is None else depths[segment.parent] + len(self.segments[segment.parent]))
        return tuple(depths)

    def __len__(self) -> int:
        return sum(len(segment) for segment in self.segments)

    @property
    def pictures(self) -> tuple[str, ...]:
        """Keys of all pictures, in the order of their placeholders."""
        return tuple(key for segment in self.segments for key in segment.pictures)


@dataclass(frozen=True)
class Row:
    """A path laid out as one sequence."""

    tree: int
    segments: tuple[int, ...]
    ids: Tensor
    pictures: tuple[str, ...]


@dataclass(frozen=True)
class Forest:
    """Trees and the pictures that they name."""

    trees: tuple[Tree, ...]
    pictures: Mapping[str, Inputs] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = {key for tree in self.trees for key in tree.pictures} - set(self.pictures)
        if missing:
            raise ValueError(f"the forest names pictures that it does not hold: {sorted(missing)}")

    @cached_property
    def targets(self) -> Tensor:
        """Ids of the scored tokens, in forest order, shape [N]."""
        found = [segment.ids[segment.scored] for tree in self.trees for segment in tree.segments]
        return torch.cat(found) if found else torch.zeros(0, dtype=torch.long)

    def rows(self) -> Iterator[Row]:
        """Every root-to-leaf path as one sequence."""
        for number, tree in enumerate(self.trees):
            for leaf in tree.leaves:
                path = tree.path(leaf)
                parts = [tree.segments[index] for index in path]
                yield Row(number, path, torch.cat([part.ids for part in parts]), tuple(key for part in parts for key in part.pictures))

    def split(self, values: Tensor) -> list[list[Tensor]]:
        """Values in forest order [N, ...] as `[tree][segment]` of shape [scored tokens, ...]."""
        sizes = [int(segment.scored.sum()) for tree in self.trees for segment in tree.segments]
        pieces = iter(torch.split(values, sizes))
        return [[next(pieces) for _ in tree.segments] for tree in self.trees]

    def to(self, device: torch.device | str) -> Forest:
        """The pixels on `device`; token ids stay where they are and are moved row by row."""
        moved = {key: {name: value.to(device) for name, value in inputs.items()} for key, inputs in self.pictures.items()}
        return Forest(self.trees, moved)

    @property
    def tokens(self) -> int:
        """Positions that a tree-shaped computation runs."""
        return sum(len(tree) for tree in self.trees)

    @property
    def path_tokens(self) -> int:
        """Positions that one row per path runs, before padding."""
        return sum(len(row.ids) for row in self.rows())


def merge(forests: Sequence[Forest]) -> Forest:
    """One forest with all the trees; pictures with the same key are the same picture."""
    pictures: dict[str, Inputs] = {}
    for forest in forests:
        pictures.update(forest.pictures)
    return Forest(tuple(tree for forest in forests for tree in forest.trees), pictures)


def pad(rows: Sequence[Tensor], value: int | bool, side: str = "right") -> Tensor:
    """One-dimensional tensors stacked to [rows, longest]; `side` says where the padding goes."""
    longest = max(len(row) for row in rows)
    out = rows[0].new_full((len(rows), longest), value)
    for number, row in enumerate(rows):
        if side == "right":
            out[number, : len(row)] = row
        else:
            out[number, longest - len(row) :] = row
    return out
