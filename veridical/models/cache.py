"""Copies of a model's cache, one row per branch."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers import Cache
from transformers.cache_utils import DynamicLayer

SPARE = 1.5
"""Room that is made at a time, over what is needed."""


class Roomy(DynamicLayer):
    """A layer whose tokens have room behind them: a step writes its own tokens and copies no others. For generation without gradients."""

    room: tuple[Tensor, Tensor] | None = None

    @classmethod
    def of(cls, layer: DynamicLayer) -> Roomy:
        """A layer with the same tokens."""
        made = cls()
        vars(made).update(vars(layer))
        return made

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """All keys and values, the new ones at the end."""
        size = self.keys.shape[-2]
        end = size + key_states.shape[-2]
        if self.room is None or self.room[0].data_ptr() != self.keys.data_ptr() or self.room[0].shape[-2] < end:
            self.room = (roomier(self.keys, end), roomier(self.values, end))
        for held, new in zip(self.room, (key_states, value_states), strict=True):
            held[..., size:end, :] = new
        self.keys, self.values = (held[..., :end, :] for held in self.room)
        return self.keys, self.values


def roomier(held: Tensor, needed: int) -> Tensor:
    """The same tokens in a tensor with room for more than are needed."""
    made = held.new_empty(*held.shape[:-2], int(SPARE * needed), held.shape[-1])
    made[..., : held.shape[-2], :] = held
    return made


def with_room(cache: Cache) -> Cache:
    """A cache of an attention-only model that grows without copying; `cache` itself is left as it is."""
    grown = copy.copy(cache)
    grown.layers = [Roomy.of(layer) for layer in cache.layers]
    return grown


def expand(cache: Cache, rows: Tensor, keep_graph: bool = False) -> Cache:
    """A cache whose row i is row `rows[i]` of `cache`; `cache` itself is left as it is.

    The library's own `batch_repeat_interleave` does not expand the states of recurrent layers. With `keep_graph` these
    layers stop writing in place, which autograd could not go back through: they hand on the new state without keeping
    it, so such a cache serves one forward pass.
    """
    grown = copy.copy(cache)
    grown.layers = [select(layer, rows) for layer in cache.layers]
    if keep_graph:
        for layer in grown.layers:
            if hasattr(layer, "update_recurrent_state"):
                layer.update_recurrent_state = hand_on
                layer.update_conv_state = continue_from(layer.conv_states)
    return grown


def select(layer: Any, rows: Tensor) -> Any:
    """A copy of a cache layer with the given rows of every tensor that has a batch axis."""
    chosen = copy.copy(layer)
    for name, value in vars(layer).items():
        if isinstance(value, Tensor) and value.dim() > 1:
            setattr(chosen, name, value.index_select(0, rows.to(value.device)))
        elif isinstance(value, dict):
            setattr(chosen, name, {key: entry.index_select(0, rows.to(entry.device)) if isinstance(entry, Tensor) else entry for key, entry in value.items()})
    return chosen


def columns(cache: Cache, places: Tensor) -> Cache:
    """A cache of an attention-only model with, of row i, only the tokens `places[i]` [rows, n]; `cache` itself is left as it is."""
    kept = copy.copy(cache)
    kept.layers = [copy.copy(layer) for layer in cache.layers]
    for layer in kept.layers:
        index = places[:, None, :, None]
        layer.keys, layer.values = (held.gather(2, index.expand(-1, held.shape[1], -1, held.shape[3])) for held in (layer.keys, layer.values))
    return kept


def hand_on(states: Tensor, *_: Any, **__: Any) -> Tensor:
    """The new recurrent state, not stored."""
    return states


def continue_from(held: dict[int, Tensor]) -> Callable[..., Tensor]:
    """An update that puts the held convolution state before the new one, and stores nothing."""

    def update(states: Tensor, state_idx: int = 0, **_: Any) -> Tensor:
        return torch.cat([held[state_idx], states], dim=-1)

    return update
