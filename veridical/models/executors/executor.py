"""What an executor is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from veridical.models.backbone import Backbone
from veridical.models.forest import Forest
from veridical.models.pictures import Feature

Run = Callable[[Backbone, Forest, Mapping[str, Feature]], Tensor]
"""Hidden states of the positions that predict the scored tokens, in forest order, shape [N, width]."""


class Positions(NamedTuple):
    """What one pass over a forest runs through the language model."""

    computed: int
    """All positions, padding included."""
    padding: int


def padded(*batches: Sequence[int]) -> Positions:
    """Positions of batches of rows of these lengths, each batch padded to its longest row."""
    computed = sum(len(rows) * max(rows, default=0) for rows in batches)
    return Positions(computed, computed - sum(map(sum, batches)))


@dataclass(frozen=True)
class Executor:
    """A way to compute a forest's hidden states."""

    name: str
    run: Run
    note: str
    positions: Callable[[Forest], Positions] = lambda forest: Positions(forest.tokens, 0)
    """What a pass costs."""


def forward(backbone: Backbone, **inputs: Any) -> Any:
    """`inner.forward` with those inputs that it names; None is left out.

    Extra per-token inputs (`token_type_ids`, `mm_token_type_ids`) are offered to every model and taken by those that
    know them.
    """
    offered = {name: value for name, value in inputs.items() if value is not None}
    always = {"input_ids", "attention_mask", "position_ids", "past_key_values", "mm_encoder_outputs", "use_cache", "output_attentions"}
    named = {name: value for name, value in offered.items() if name in always or name in backbone.accepts}
    named = {name: value.to(backbone.device) if isinstance(value, Tensor) else value for name, value in named.items()}
    return backbone.inner(**named, return_dict=True)


def pick(hidden: Tensor, places: list[tuple[int, Tensor]]) -> Tensor:
    """`hidden[row, positions]` for each (row, positions), joined: [N, width]. One gather, whatever the number of rows."""
    if not places:
        return hidden.new_zeros(0, hidden.shape[-1])
    rows = torch.cat([torch.full_like(positions, row) for row, positions in places])
    columns = torch.cat([positions for _, positions in places])
    return hidden[rows.to(hidden.device), columns.to(hidden.device)]
