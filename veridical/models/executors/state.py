"""The root runs once, its cache stays in the graph, and the branches are batched over it.

Works for everything with a cache, hybrids with recurrent layers included, and keeps flash kernels because masks stay
causal. Below the root every path is a row of its own: deeper sharing is computed again. Rows of like length run
together, so that a short answer is not padded to a long caption.

The root's last token, which predicts the first of every branch, runs with the branches. Of the others only the cache is
read, so that backward passes over all that the last layer makes of them but keys and values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from transformers import DynamicCache

from veridical.models.backbone import Backbone, Unsupported
from veridical.models.cache import expand
from veridical.models.executors.executor import Executor, Positions, forward, padded, pick
from veridical.models.forest import Forest, Row, pad
from veridical.models.pictures import Feature, gather
from veridical.models.positions import by_row, stack


def run(backbone: Backbone, forest: Forest, features: Mapping[str, Feature]) -> Tensor:
    """Hidden states in forest order, shape [N, width]. Unsupported with gradient checkpointing, which throws the cache away."""
    if any(getattr(module, "gradient_checkpointing", False) for module in backbone.model.modules()):
        raise Unsupported("gradient checkpointing makes layers forget their cache, and branches would not see the prompt")
    rows, spots, once = list(forest.rows()), by_row(backbone, forest), stems(forest, backbone)
    cache, roots, mask = prefill(backbone, forest, features, spots, once)
    parts = [(group, branches(backbone, forest, features, [rows[n] for n in group], [spots[n] for n in group], once, cache, mask)) for group in alike(below(forest, once))]
    return order(forest, once, rows, roots, parts)


def stems(forest: Forest, backbone: Backbone | None = None) -> list[int]:
    """How many tokens of each root run once: all but the last, at least one; all where the last belongs to a picture."""
    roots = [tree.segments[0].ids for tree in forest.trees]
    whole = [backbone is not None and bool(backbone.placeholders(root[-1:]).any()) for root in roots]
    return [len(root) if kept else max(1, len(root) - 1) for root, kept in zip(roots, whole, strict=True)]


def below(forest: Forest, once: Sequence[int]) -> list[int]:
    """Tokens of each row after those that run once; none of a row that is a root alone, whose last token predicts nothing."""
    return [len(row.ids) - once[row.tree] if len(row.segments) > 1 else 0 for row in forest.rows()]


def alike(lengths: Sequence[int]) -> list[list[int]]:
    """Rows in groups, longest first, none less than half as long as the longest of its group; rows without length are left out."""
    groups: list[list[int]] = []
    for number in sorted(range(len(lengths)), key=lambda one: (-lengths[one], one)):
        if lengths[number] == 0:
            break
        if not groups or 2 * lengths[number] < lengths[groups[-1][0]]:
            groups.append([])
        groups[-1].append(number)
    return groups


def prefill(
    backbone: Backbone, forest: Forest, features: Mapping[str, Feature], spots: list[Tensor], once: Sequence[int] | None = None
) -> tuple[DynamicCache, Tensor, Tensor]:
    """The roots, or the first `once` tokens of each, left-padded: their cache, hidden states [trees, P, width] and mask [trees, P].

    Padding goes left, because a recurrent layer would carry what it sees on the right into the branches.
    """
    roots = [tree.segments[0] for tree in forest.trees]
    stem = [root.ids[:size] for root, size in zip(roots, once or map(len, roots), strict=True)]
    first = first_rows(forest)
    ids = pad(stem, 0, "left")
    mask = pad([torch.ones_like(part) for part in stem], 0, "left")
    kinds = backbone.placeholders(ids).int() * mask
    cache = DynamicCache(config=backbone.model.config)
    output = forward(
        backbone,
        input_ids=ids,
        attention_mask=mask,
        position_ids=stack([spots[first[n]][:, : len(part)] for n, part in enumerate(stem)], "left"),
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
    rows: list[Row],
    spots: list[Tensor],
    once: Sequence[int],
    cache: DynamicCache,
    mask: Tensor,
) -> Tensor:
    """Everything after what runs once, one right-padded row per path, over the roots' cache: hidden states [rows, R, width]."""
    depth = [once[row.tree] for row in rows]
    tails = [row.ids[start:] for row, start in zip(rows, depth, strict=True)]
    ids = wide(pad(tails, 0))
    own = wide(pad([torch.ones_like(tail) for tail in tails], 0))
    kinds = backbone.placeholders(ids).int() * own
    trees = torch.tensor([row.tree for row in rows])
    keys = [key for row in rows for key in row.pictures[len(forest.trees[row.tree].segments[0].pictures) :]]
    output = forward(
        backbone,
        input_ids=ids,
        attention_mask=torch.cat([mask[trees], own], 1),
        position_ids=wide_positions([spot[:, start:] for spot, start in zip(spots, depth, strict=True)], ids.shape[1]),
        token_type_ids=kinds if keys else None,
        mm_token_type_ids=kinds,
        mm_encoder_outputs=gather(features, keys),
        past_key_values=expand(cache, trees.to(backbone.device), keep_graph=True),
        use_cache=True,
    )
    return output.last_hidden_state


def wide(rows: Tensor) -> Tensor:
    """At least two columns: recurrent layers take a single token for a step of generation, whose kernels write in place and have no gradient."""
    return rows if rows.shape[1] > 1 else torch.nn.functional.pad(rows, (0, 1))


def wide_positions(spots: list[Tensor], width: int) -> Tensor:
    """Position ids of the tails, as wide as their ids."""
    stacked = stack(spots)
    return torch.nn.functional.pad(stacked, (0, width - stacked.shape[-1]))


def first_rows(forest: Forest) -> list[int]:
    """Number of the first row of each tree."""
    first: dict[int, int] = {}
    for number, row in enumerate(forest.rows()):
        first.setdefault(row.tree, number)
    return [first[number] for number in range(len(forest.trees))]


def order(forest: Forest, once: Sequence[int], rows: list[Row], roots: Tensor, parts: list[tuple[list[int], Tensor]]) -> Tensor:
    """Hidden states of the predicting positions in forest order.

    A position in the root is read from the roots' batch, one after it from its first path; all batches are laid end
    to end, so that one gather picks all.
    """
    width, length = roots.shape[-1], roots.shape[1]
    starts, end = {}, len(roots) * length
    for group, hidden in parts:
        starts |= {number: end + place * hidden.shape[1] for place, number in enumerate(group)}
        end += hidden.shape[0] * hidden.shape[1]
    first: dict[tuple[int, int], int] = {}
    for number in sorted(starts):
        for index in rows[number].segments:
            first.setdefault((rows[number].tree, index), starts[number])
    found = [torch.zeros(0, dtype=torch.long)]
    for number, tree in enumerate(forest.trees):
        for index, segment in enumerate(tree.segments):
            before = segment.scored.nonzero()[:, 0] + tree.depths[index] - 1
            inside = (number + 1) * length - once[number] + before
            found.append(torch.where(before < once[number], inside, first.get((number, index), 0) + before - once[number]))
    spots = torch.cat(found)
    read = roots if (spots < len(roots) * length).any() else roots.detach()
    return pick(torch.cat([part.reshape(-1, width) for part in (read, *(hidden for _, hidden in parts))])[None], [(0, spots)])


def positions(forest: Forest) -> Positions:
    """A batch of roots, and one of each group of rows after them."""
    once = stems(forest)
    tails = below(forest, once)
    return padded(once, *([tails[number] for number in group] for group in alike(tails)))


EXECUTOR = Executor("state", run, "the prefix once, its cache kept in the graph, branches batched over it", positions)
