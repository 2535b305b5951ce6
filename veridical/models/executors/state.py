"""The root runs once, its cache stays in the graph, and the branches are batched over it.

Works for everything with a cache, hybrids with recurrent layers included, and keeps flash kernels because masks stay
causal. Below the root every path is a row of its own: deeper sharing is computed again.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from transformers import DynamicCache

from veridical.models.backbone import Backbone
from veridical.models.cache import expand
from veridical.models.executors.executor import Executor, Positions, forward, padded, pick
from veridical.models.forest import Forest, pad
from veridical.models.pictures import Feature, gather
from veridical.models.positions import by_row, stack


def run(backbone: Backbone, forest: Forest, features: Mapping[str, Feature]) -> Tensor:
    """Hidden states in forest order, shape [N, width]."""
    rows, spots = list(forest.rows()), by_row(backbone, forest)
    cache, roots, mask = prefill(backbone, forest, features, spots)
    grown = [number for number, row in enumerate(rows) if len(row.segments) > 1]
    hidden = [roots]
    if grown:
        hidden.append(branches(backbone, forest, features, [rows[n] for n in grown], [spots[n] for n in grown], cache, mask))
    return order(forest, hidden, [rows[number] for number in grown])


def prefill(
    backbone: Backbone, forest: Forest, features: Mapping[str, Feature], spots: list[Tensor]
) -> tuple[DynamicCache, Tensor, Tensor]:
    """The roots, left-padded: their cache, hidden states [trees, P, width] and mask [trees, P].

    Padding goes left, because a recurrent layer would carry what it sees on the right into the branches.
    """
    roots = [tree.segments[0] for tree in forest.trees]
    first = first_rows(forest)
    ids = pad([root.ids for root in roots], 0, "left")
    mask = pad([torch.ones_like(root.ids) for root in roots], 0, "left")
    kinds = backbone.placeholders(ids).int() * mask
    cache = DynamicCache(config=backbone.model.config)
    output = forward(
        backbone,
        input_ids=ids,
        attention_mask=mask,
        position_ids=stack([spots[first[n]][:, : len(root)] for n, root in enumerate(roots)], "left"),
        token_type_ids=kinds,
        mm_token_type_ids=kinds,
        mm_encoder_outputs=gather(features, [key for root in roots for key in root.pictures]),
        past_key_values=cache,
        use_cache=True,
    )
    return output.past_key_values, output.last_hidden_state, mask


def branches(
    backbone: Backbone,
    forest: Forest,
    features: Mapping[str, Feature],
    rows: list,
    spots: list[Tensor],
    cache: DynamicCache,
    mask: Tensor,
) -> Tensor:
    """Everything below the roots, one right-padded row per path, over the roots' cache: hidden states [rows, R, width]."""
    depth = [len(forest.trees[row.tree].segments[0]) for row in rows]
    tails = [row.ids[start:] for row, start in zip(rows, depth, strict=True)]
    ids = pad(tails, 0)
    own = pad([torch.ones_like(tail) for tail in tails], 0)
    kinds = backbone.placeholders(ids).int() * own
    trees = torch.tensor([row.tree for row in rows])
    keys = [key for row in rows for key in row.pictures[len(forest.trees[row.tree].segments[0].pictures) :]]
    output = forward(
        backbone,
        input_ids=ids,
        attention_mask=torch.cat([mask[trees], own], 1),
        position_ids=stack([spot[:, start:] for spot, start in zip(spots, depth, strict=True)]),
        token_type_ids=kinds if keys else None,
        mm_token_type_ids=kinds,
        mm_encoder_outputs=gather(features, keys),
        past_key_values=expand(cache, trees.to(backbone.device), keep_graph=True),
        use_cache=True,
    )
    return output.last_hidden_state


def first_rows(forest: Forest) -> list[int]:
    """Number of the first row of each tree."""
    first: dict[int, int] = {}
    for number, row in enumerate(forest.rows()):
        first.setdefault(row.tree, number)
    return [first[number] for number in range(len(forest.trees))]


def order(forest: Forest, hidden: list[Tensor], rows: list) -> Tensor:
    """Hidden states of the predicting positions in forest order.

    A position in the root is read from the roots' batch, one below it from its first path; both batches are laid end
    to end, so that one gather picks all.
    """
    width, root_length = hidden[0].shape[-1], hidden[0].shape[1]
    flat = torch.cat([part.reshape(-1, width) for part in hidden])
    base, length = hidden[0].shape[0] * root_length, hidden[1].shape[1] if len(hidden) > 1 else 0
    first: dict[tuple[int, int], int] = {}
    for number, row in enumerate(rows):
        for index in row.segments[1:]:
            first.setdefault((row.tree, index), number)
    found = [torch.zeros(0, dtype=torch.long)]
    for number, tree in enumerate(forest.trees):
        root = len(tree.segments[0])
        last_of_root = (number + 1) * root_length - 1
        for index, segment in enumerate(tree.segments):
            before = segment.scored.nonzero()[:, 0] + tree.depths[index] - 1
            inside = last_of_root - (root - 1) + before
            below = base + first.get((number, index), 0) * length + before - root
            found.append(torch.where(before < root, inside, below))
    return pick(flat[None], [(0, torch.cat(found))])


def positions(forest: Forest) -> Positions:
    """A batch of roots, and one of what is below them."""
    roots = [len(tree.segments[0]) for tree in forest.trees]
    tails = [len(row.ids) - roots[row.tree] for row in forest.rows() if len(row.segments) > 1]
    return padded(roots, tails)


EXECUTOR = Executor("state", run, "the prefix once, its cache kept in the graph, branches batched over it", positions)
