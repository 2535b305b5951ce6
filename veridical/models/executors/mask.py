"""One row per tree, with an ancestor mask. For attention-only models: a recurrent layer would leak between branches."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from veridical.models.backbone import Backbone, Unsupported
from veridical.models.executors.executor import Executor, Positions, forward, padded, pick
from veridical.models.forest import Forest, Tree, pad
from veridical.models.pictures import Feature, gather
from veridical.models.positions import by_row, stack


def run(backbone: Backbone, forest: Forest, features: Mapping[str, Feature]) -> Tensor:
    """Hidden states in forest order, shape [N, width]."""
    rows = pack([len(tree) for tree in forest.trees])
    ids = pad([torch.cat([segment.ids for number in row for segment in forest.trees[number].segments]) for row in rows], 0)
    found = positions_of_trees(backbone, forest)
    spots = [torch.cat([found[number] for number in row], 1) for row in rows]
    output = forward(
        backbone,
        input_ids=ids,
        attention_mask=masks(backbone, forest, rows, ids),
        position_ids=stack(spots),
        mm_token_type_ids=backbone.placeholders(ids).int(),
        mm_encoder_outputs=gather(features, [key for row in rows for number in row for key in forest.trees[number].pictures]),
        use_cache=False,
    )
    return pick(output.last_hidden_state, places(forest, rows))


def pack(sizes: list[int]) -> list[list[int]]:
    """Trees put into rows no longer than the longest tree, first fit, longest first. The mask keeps them apart."""
    capacity, rows, room = max(sizes), [], []
    for number in sorted(range(len(sizes)), key=lambda n: (-sizes[n], n)):
        fit = next((row for row, left in enumerate(room) if left >= sizes[number]), None)
        if fit is None:
            rows.append([number])
            room.append(capacity - sizes[number])
        else:
            rows[fit].append(number)
            room[fit] -= sizes[number]
    return rows


def positions_of_trees(backbone: Backbone, forest: Forest) -> list[Tensor]:
    """Position ids of each tree's tokens [axes, n], cut out of those of its paths."""
    out: dict[int, Tensor] = {}
    for row, spots in zip(forest.rows(), by_row(backbone, forest), strict=True):
        tree = forest.trees[row.tree]
        whole = out.setdefault(row.tree, spots.new_zeros(spots.shape[0], len(tree)))
        for index in row.segments:
            start, depth, size = tree.starts[index], tree.depths[index], len(tree.segments[index])
            whole[:, start : start + size] = spots[:, depth : depth + size]
    return [out[number] for number in range(len(forest.trees))]


def masks(backbone: Backbone, forest: Forest, rows: list[list[int]], ids: Tensor) -> Tensor | dict[str, Tensor]:
    """The ancestor mask [rows, 1, n, n]; a dictionary by layer type for models that mix full and sliding attention.

    Sliding layers see what is nearer than the window on the path: places in the row are further apart, and positions
    that count a picture's rows and columns are nearer. Where a model lets the tokens of one picture see each other in
    both directions (it takes `token_type_ids`), so does the mask.
    """
    kinds = layer_kinds(backbone)
    seen = torch.zeros(len(rows), ids.shape[1], ids.shape[1], dtype=torch.bool)
    together, depth = torch.zeros_like(seen), torch.zeros_like(ids)
    for number, row in enumerate(rows):
        for tree, here in zip(row, spans(forest, row), strict=True):
            seen[number, here, here] = ancestors(forest.trees[tree])
            depth[number, here] = depths(forest.trees[tree])
            if "token_type_ids" in backbone.accepts:
                together[number, here, here] = same_picture(backbone.placeholders(ids[number, here]))
    full = keep_padding_finite(seen | together)
    if kinds == {"full_attention"}:
        return prepared(backbone, full)
    near = (depth[:, :, None] - depth[:, None, :]) < backbone.text_config.sliding_window
    sliding = keep_padding_finite((seen & near) | together)
    return {"full_attention": prepared(backbone, full), "sliding_attention": prepared(backbone, sliding)}


def layer_kinds(backbone: Backbone) -> set[str]:
    """Kinds of layers that the language model has. Unsupported for one that a mask cannot serve."""
    text = backbone.text_config
    kinds = set(getattr(text, "layer_types", None) or ["full_attention"])
    if unknown := kinds - {"full_attention", "sliding_attention"}:
        raise Unsupported(f"layers of type {sorted(unknown)} heed no ancestor mask: they carry state along the row, or pick their tokens themselves")
    window = getattr(text, "sliding_window", None)
    if "sliding_attention" in kinds and not window:
        raise Unsupported("the configuration has sliding layers and no sliding_window")
    if not getattr(text, "layer_types", None) and window and window < text.max_position_embeddings:
        raise Unsupported(f"a sliding window of {window} tokens, and no layer_types that say which layers use it")
    if text._attn_implementation not in ("sdpa", "eager"):
        raise Unsupported(f"attention={text._attn_implementation} takes no mask of this shape; it needs sdpa or eager")
    return kinds


def spans(forest: Forest, row: list[int]) -> list[slice]:
    """Where each tree of a row lies."""
    found, start = [], 0
    for number in row:
        found.append(slice(start, start + len(forest.trees[number])))
        start += len(forest.trees[number])
    return found


def ancestors(tree: Tree) -> Tensor:
    """True where the row's token may see the column's: same path, not later. Shape [n, n]."""
    seen = torch.zeros(len(tree), len(tree), dtype=torch.bool)
    for index, segment in enumerate(tree.segments):
        here = slice(tree.starts[index], tree.starts[index] + len(segment))
        for above in tree.path(index)[:-1]:
            seen[here, tree.starts[above] : tree.starts[above] + len(tree.segments[above])] = True
        seen[here, here] = torch.ones(len(segment), len(segment), dtype=torch.bool).tril()
    return seen


def depths(tree: Tree) -> Tensor:
    """Number of tokens before each token on its path. Shape [n]."""
    return torch.cat([torch.arange(len(segment)) + depth for segment, depth in zip(tree.segments, tree.depths, strict=True)])


def same_picture(placeholder: Tensor) -> Tensor:
    """True where two tokens stand in the same unbroken run of placeholders. Shape [n, n]."""
    starts = placeholder & ~torch.cat([placeholder.new_zeros(1), placeholder[:-1]])
    group = torch.where(placeholder, starts.cumsum(0), 0)
    return (group[:, None] == group[None]) & placeholder[:, None]


def keep_padding_finite(seen: Tensor) -> Tensor:
    """Padding rows see themselves, so that no softmax is empty."""
    return seen | torch.eye(seen.shape[-1], dtype=torch.bool)


def prepared(backbone: Backbone, seen: Tensor) -> Tensor:
    """The mask as the attention implementation wants it: boolean for SDPA, additive for the eager one."""
    seen = seen[:, None].to(backbone.device)
    if backbone.text_config._attn_implementation == "eager":
        dtype = backbone.head.weight.dtype
        return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill(~seen, torch.finfo(dtype).min)
    return seen


def places(forest: Forest, rows: list[list[int]]) -> list[tuple[int, Tensor]]:
    """(row, positions that predict) for every segment in forest order; a branch's first token is predicted by its parent's last."""
    where = {tree: (number, here.start) for number, row in enumerate(rows) for tree, here in zip(row, spans(forest, row), strict=True)}
    found = []
    for number, tree in enumerate(forest.trees):
        row, offset = where[number]
        for index, segment in enumerate(tree.segments):
            positions = segment.scored.nonzero()[:, 0] + tree.starts[index] - 1
            if segment.parent is not None and segment.scored[0]:
                positions[0] = tree.starts[segment.parent] + len(tree.segments[segment.parent]) - 1
            found.append((row, positions + offset))
    return found


def positions(forest: Forest) -> Positions:
    """One batch of packed rows."""
    sizes = [len(tree) for tree in forest.trees]
    return padded([sum(sizes[number] for number in row) for row in pack(sizes)])


EXECUTOR = Executor("mask", run, "one row per tree with an ancestor mask; attention-only models", positions)
