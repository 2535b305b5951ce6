"""Position ids of a path: the model's own index where it has one (M-RoPE), else 0, 1, 2 ..."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from veridical.models.backbone import Backbone, chosen_arguments, join
from veridical.models.forest import Forest, Inputs, Row


def positions(backbone: Backbone, row: Row, pictures: Mapping[str, Inputs]) -> Tensor:
    """Position ids of one row, shape [axes, n]: one axis for ordinary models, three for M-RoPE.

    A branch's positions are those that the model gives to prefix and this branch alone, so branches of one tree
    restart from the same place.
    """
    index = getattr(backbone.inner, "get_rope_index", None)
    if index is None or not hasattr(backbone.inner, "compute_3d_position_ids"):
        return torch.arange(len(row.ids))[None]
    ids = row.ids[None]
    offered = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "mm_token_type_ids": backbone.placeholders(ids).int()}
    if row.pictures:
        offered |= {name: value.cpu() for name, value in join([pictures[key] for key in row.pictures]).items()}
    found, _ = index(**chosen_arguments(index, offered))
    return found[:, 0].cpu()


def by_row(backbone: Backbone, forest: Forest) -> list[Tensor]:
    """Position ids of every row of the forest, in the order of `forest.rows()`."""
    return [positions(backbone, row, forest.pictures) for row in forest.rows()]


def stack(rows: list[Tensor], side: str = "right") -> Tensor:
    """Rows of shape [axes, n] as the batch that models take: [rows, n], or [axes, rows, n] when there are several axes."""
    longest = max(row.shape[1] for row in rows)
    out = rows[0].new_zeros(rows[0].shape[0], len(rows), longest)
    for number, row in enumerate(rows):
        start = 0 if side == "right" else longest - row.shape[1]
        out[:, number, start : start + row.shape[1]] = row
    return out[0] if len(out) == 1 else out
