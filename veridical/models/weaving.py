"""Responses that grow beside each other in one row per prefix: the cache holds each prefix once, and a mask keeps responses apart.

With a row for each response (`growing.OverCache`) a prefix of P tokens is copied, read and extended G times for G
responses: G(P + R) cached tokens that every step moves through memory. Here they are P + GR. Questions about the same
picture share what comes before they differ. For models whose layers are all full attention.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from veridical.models.backbone import Backbone, Unsupported
from veridical.models.cache import columns, expand, with_room
from veridical.models.executors.executor import forward
from veridical.models.executors.mask import layer_kinds, prepared
from veridical.models.executors.state import first_rows, prefill
from veridical.models.forest import Forest, Segment, Tree, pad
from veridical.models.pictures import Feature
from veridical.models.positions import by_row, stack

SHARED, NOBODY = -1, -2
"""Owners of a cached column: every response of the row, or none (padding, and responses that have ended)."""
Prompt = tuple[Tensor, tuple[str, ...]]
"""Token ids and the keys of the pictures whose placeholders stand in them."""


class Woven:
    """See `growing.Growing`. Each response starts with the part of its prompt that is not shared, at least the last token."""

    def __init__(self, backbone: Backbone, forest: Forest, features: Mapping[str, Feature], owner: Sequence[tuple[int, int]]) -> None:
        """`owner` [rows] says after which (tree, segment) each response comes; the segment is a child of the root. Unsupported for other layers than full attention."""
        if layer_kinds(backbone) != {"full_attention"}:
            raise Unsupported("responses grow beside each other under full attention only")
        self.backbone = backbone
        spots = by_row(backbone, forest)
        self.axes = spots[0].shape[0]
        cache, _, mask = prefill(backbone, forest, features, spots)
        self.cache = with_room(cache)
        self.column = torch.where(mask.bool(), SHARED, NOBODY)
        self.trees = list(range(len(forest.trees)))
        self.rows = [(tree, number) for number, (tree, _) in enumerate(owner)]
        first, roots = first_rows(forest), [len(tree.segments[0]) for tree in forest.trees]
        paths = [spots[first[tree] + segment - 1] for tree, segment in owner]
        self.spot = torch.stack([path.amax() + 1 for path in paths])
        self.scores = self.extend([forest.trees[tree].segments[segment].ids for tree, segment in owner], [path[:, roots[tree] :] for path, (tree, _) in zip(paths, owner, strict=True)])

    def grow(self, keep: Sequence[int], chosen: Tensor) -> None:
        """See `growing.Growing`."""
        self.rows = [self.rows[place] for place in keep]
        self.spot = self.spot[list(keep)]
        self.leave()
        self.scores = self.extend(list(chosen.cpu()[:, None]), [spot.expand(self.axes, 1) for spot in self.spot])
        self.spot = self.spot + 1

    def extend(self, tails: Sequence[Tensor], spots: Sequence[Tensor]) -> Tensor:
        """Every response goes on by its own tokens, at the given positions [axes, n]: scores [rows, V] after each one's last."""
        lanes = [[place for place, (tree, _) in enumerate(self.rows) if tree == own] for own in self.trees]
        ids = pad([torch.cat([tails[place] for place in lane]) for lane in lanes], 0)
        who = pad([torch.cat([torch.full_like(tails[place], self.rows[place][1]) for place in lane]) for lane in lanes], NOBODY)
        past = self.column.shape[1]
        self.column = torch.cat([self.column, who], 1)
        output = forward(
            self.backbone,
            input_ids=ids,
            attention_mask=prepared(self.backbone, seen(self.column, who, past)),
            position_ids=stack([torch.cat([spots[place] for place in lane], 1) for lane in lanes]),
            mm_token_type_ids=torch.zeros_like(ids).int(),
            past_key_values=self.cache,
            use_cache=True,
        )
        return self.backbone.logits(ends(output.last_hidden_state, lanes, [len(tail) for tail in tails]))

    def leave(self) -> None:
        """Without rows whose responses have all ended; columns of ended ones go once they are half of all."""
        going = {tree for tree, _ in self.rows}
        if len(going) < len(self.trees):
            places = torch.tensor([place for place, tree in enumerate(self.trees) if tree in going])
            self.cache, self.column = expand(self.cache, places.to(self.backbone.device)), self.column[places]
            self.trees = [self.trees[place] for place in places.tolist()]
        read = torch.isin(self.column, torch.tensor([SHARED, *(number for _, number in self.rows)]))
        if 2 * int(read.sum(1).max()) < read.shape[1]:
            places = (~read).int().argsort(dim=1, stable=True)[:, : int(read.sum(1).max())]
            self.cache = columns(self.cache, places.to(self.backbone.device))
            self.column = torch.where(read, self.column, NOBODY).gather(1, places)


def seen(column: Tensor, who: Tensor, past: int) -> Tensor:
    """True where a new token may see a cached column or a new one: shared, or of its own response and not later. Shape [trees, new, columns].

    `column` [trees, columns] are owners of all, `who` [trees, new] those of the new tokens, which stand from column `past` on.
    """
    new = torch.arange(who.shape[1])
    earlier = torch.arange(column.shape[1])[None] <= past + new[:, None]
    own = (column[:, None] == who[:, :, None]) & (who[:, :, None] != NOBODY)
    itself = torch.arange(column.shape[1])[None] == past + new[:, None]
    return ((column[:, None] == SHARED) | own) & earlier | itself


def ends(hidden: Tensor, lanes: Sequence[Sequence[int]], sizes: Sequence[int]) -> Tensor:
    """Hidden states [rows, width] of every response's last new token; `lanes` name the responses of each row in their order."""
    places: dict[int, tuple[int, int]] = {}
    for row, lane in enumerate(lanes):
        end = -1
        for place in lane:
            end += sizes[place]
            places[place] = (row, end)
    rows, spots = zip(*(places[place] for place in range(len(sizes))), strict=True)
    return hidden[torch.tensor(rows).to(hidden.device), torch.tensor(spots).to(hidden.device)]


def plant(prompts: Sequence[Prompt], placeholders: Callable[[Tensor], Tensor]) -> tuple[tuple[Tree, ...], list[tuple[int, int]]]:
    """Trees of prompts, and the (tree, segment) of each: prompts with the same pictures share a root up to where they differ.

    A prompt without pictures has a root of its own, and so has one that differs from the others before its last picture
    ends; the branch is then its last token. `placeholders` marks the tokens of pictures.
    """
    groups: dict[tuple[str, ...] | int, list[int]] = {}
    for number, (_, keys) in enumerate(prompts):
        groups.setdefault(keys or number, []).append(number)
    trees: list[Tree] = []
    where: dict[int, tuple[int, int]] = {}
    for group in groups.values():
        whole = common([prompts[number][0] for number in group])
        parts = [group] if not any(bool(placeholders(prompts[number][0][whole:]).any()) for number in group) else [[number] for number in group]
        for part in parts:
            size = common([prompts[number][0] for number in part])
            where |= {number: (len(trees), 1 + place) for place, number in enumerate(part)}
            trees.append(Tree((silent(prompts[part[0]][0][:size], prompts[part[0]][1], None), *(silent(prompts[number][0][size:], (), 0) for number in part))))
    return tuple(trees), [where[number] for number in range(len(prompts))]


def common(rows: Sequence[Tensor]) -> int:
    """How many tokens all begin with; at least one less than the shortest has."""
    size = min(len(row) for row in rows) - 1
    differ = torch.stack([row[:size] != rows[0][:size] for row in rows]).any(0)
    return int(differ.int().argmax()) if bool(differ.any()) else size


def silent(ids: Tensor, keys: tuple[str, ...], parent: int | None) -> Segment:
    """A segment of a prompt: nothing is scored."""
    return Segment(ids, torch.zeros(len(ids), dtype=torch.bool), parent, keys)
