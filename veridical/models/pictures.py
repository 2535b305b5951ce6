"""Pictures through the vision tower: once per step, shared by all rows, branches, policy and reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from veridical.models.backbone import Backbone, Unsupported, chosen_arguments, join
from veridical.models.forest import Inputs

Feature = dict[str, Any]
"""What the tower says of one picture: `pooler_output`, and per-layer features where the model has them."""


def encode(backbone: Backbone, pictures: Mapping[str, Inputs]) -> dict[str, Feature]:
    """Features of each picture, computed in one pass of the tower.

    Unsupported when the tower's output cannot be told apart by picture.
    """
    if not pictures:
        return {}
    inputs = join(list(pictures.values()))
    entry = backbone.inner.get_image_features
    output = entry(**chosen_arguments(entry, inputs), return_dict=True)
    pieces = [len(next(iter(picture.values()))) for picture in pictures.values()]
    parts = {name: divide(value, pieces) for name, value in fields(output).items()}
    return {key: {name: part[index] for name, part in parts.items()} for index, key in enumerate(pictures)}


def fields(output: Any) -> dict[str, Any]:
    """The parts of a tower's output that the language model reads."""
    found = {name: output[name] for name in ("pooler_output", "deepstack_features") if output.get(name) is not None}
    if "pooler_output" not in found:
        raise Unsupported(f"the tower gives {sorted(output.keys())} and no pooler_output")
    return found


def divide(value: Any, pieces: Sequence[int]) -> list[Any]:
    """One entry per picture: a list is taken entry by entry or piece by piece, a tensor by its leading axis."""
    if name_layers(value, len(pieces)):
        return [[layer[index] for layer in value] for index in range(len(pieces))]
    if len(value) == len(pieces):
        return [value[index : index + 1] for index in range(len(pieces))] if isinstance(value, Tensor) else list(value)
    if len(value) == sum(pieces):
        ends = torch.tensor(pieces).cumsum(0).tolist()
        return [value[end - size : end] for end, size in zip(ends, pieces, strict=True)]
    raise Unsupported(f"the tower gives {len(value)} features for {len(pieces)} pictures in {sum(pieces)} pieces")


def name_layers(value: Any, count: int) -> bool:
    """Whether `value` is a list of layers, each with one entry per picture."""
    return isinstance(value, (list, tuple)) and len(value) > 0 and isinstance(value[0], (list, tuple)) and len(value[0]) == count


def gather(features: Mapping[str, Feature], keys: Sequence[str]) -> dict[str, Any] | None:
    """Features in the order of the placeholders, in the shape that `mm_encoder_outputs` wants; None without pictures."""
    if not keys:
        return None
    names = features[keys[0]].keys()
    return {"image": Encoded({name: assemble([features[key][name] for key in keys]) for name in names})}


def assemble(parts: Sequence[Any]) -> Any:
    """The inverse of `divide`: tensors with a leading axis of one are stacked, lists joined."""
    first = parts[0]
    if isinstance(first, list):
        return [[part[layer] for part in parts] for layer in range(len(first))]
    if isinstance(first, Tensor) and first.dim() == 3:
        return torch.cat(list(parts)) if len({part.shape[1:] for part in parts}) == 1 else list(parts)
    return [tensor for part in parts for tensor in (part if isinstance(part, tuple) else (part,))]


class Encoded(dict):
    """A dictionary whose keys can also be read as attributes, as a model reads an encoder's output."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def detach(features: Mapping[str, Feature]) -> dict[str, Feature]:
    """The same features without gradient."""

    def cut(value: Any) -> Any:
        return value.detach() if isinstance(value, Tensor) else type(value)(cut(part) for part in value)

    return {key: {name: cut(value) for name, value in feature.items()} for key, feature in features.items()}


def leaves(features: Mapping[str, Feature]) -> list[Tensor]:
    """All tensors in the features."""

    def walk(value: Any) -> list[Tensor]:
        return [value] if isinstance(value, Tensor) else [tensor for part in value for tensor in walk(part)]

    return [tensor for feature in features.values() for value in feature.values() for tensor in walk(value)]


