"""One row per path. Computes the prefix again for every branch; correct for every causal model."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from veridical.models.backbone import Backbone
from veridical.models.executors.executor import Executor, Positions, forward, padded, pick
from veridical.models.forest import Forest, pad
from veridical.models.pictures import Feature, gather
from veridical.models.positions import by_row, stack


def run(backbone: Backbone, forest: Forest, features: Mapping[str, Feature]) -> Tensor:
    """Hidden states in forest order, shape [N, width]."""
    rows = list(forest.rows())
    ids = pad([row.ids for row in rows], 0)
    mask = pad([torch.ones_like(row.ids) for row in rows], 0)
    kinds = backbone.placeholders(ids).int() * mask
    output = forward(
        backbone,
        input_ids=ids,
        attention_mask=mask,
        position_ids=stack(by_row(backbone, forest)),
        token_type_ids=kinds,
        mm_token_type_ids=kinds,
        mm_encoder_outputs=gather(features, [key for row in rows for key in row.pictures]),
        use_cache=False,
    )
    return pick(output.last_hidden_state, places(forest))


def places(forest: Forest) -> list[tuple[int, Tensor]]:
    """(row, positions that predict) for every segment with scored tokens, in forest order; a shared segment counts in its first row."""
    first: dict[tuple[int, int], tuple[int, int]] = {}
    for number, row in enumerate(forest.rows()):
        for index in row.segments:
            first.setdefault((row.tree, index), (number, forest.trees[row.tree].depths[index]))
    found = []
    for number, tree in enumerate(forest.trees):
        for index, segment in enumerate(tree.segments):
            row, depth = first[number, index]
            found.append((row, segment.scored.nonzero()[:, 0] + depth - 1))
    return found


def positions(forest: Forest) -> Positions:
    """One batch of paths."""
    return padded([len(row.ids) for row in forest.rows()])


EXECUTOR = Executor("plain", run, "one row per path; the slow twin of the others, and the fallback", positions)
