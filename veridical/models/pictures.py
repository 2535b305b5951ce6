"""Pictures through the vision tower: once per step, shared by all rows, branches, policy and reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from veridical.models.backbone import Backbone, Unsupported, chosen_arguments, join
from veridical.models.forest import Inputs

LAYERS, SAME = "deepstack_features", "visual_indicator_features"
READ = ("pooler_output", LAYERS, SAME)
"""Parts of a tower's output that language models read: features, features layer by layer, and embeddings that are the same for every picture."""

Feature = dict[str, Any]
"""What the tower says of one picture: `pooler_output`, and per-layer features where the model has them; what it leaves out is None."""


def encode(backbone: Backbone, pictures: Mapping[str, Inputs]) -> dict[str, Feature]:
    """Features of each picture, computed in one pass of the tower; one by one where their inputs do not fit together, or the joint output does not say which features are whose."""
    try:
        return together(backbone, pictures) if len(pictures) > 1 else one_by_one(backbone, pictures)
    except (Unsupported, RuntimeError, ValueError, IndexError):
        if len(pictures) == 1:
            raise
        return one_by_one(backbone, pictures)


def one_by_one(backbone: Backbone, pictures: Mapping[str, Inputs]) -> dict[str, Feature]:
    """The tower's whole output for each picture."""
    return {key: tower(backbone, inputs) for key, inputs in pictures.items()}


def together(backbone: Backbone, pictures: Mapping[str, Inputs]) -> dict[str, Feature]:
    """The tower's output for all pictures, divided."""
    output = tower(backbone, join(list(pictures.values())))
    parts = {name: divide(name, value, list(pictures.values())) for name, value in output.items()}
    return {key: {name: part[index] for name, part in parts.items()} for index, key in enumerate(pictures)}


def tower(backbone: Backbone, inputs: Inputs) -> Feature:
    """The tower's output for pixel inputs: those parts that the language model reads. Unsupported when it has none of them."""
    entry = backbone.inner.get_image_features
    output = entry(**chosen_arguments(entry, inputs), return_dict=True)
    found = {name: output[name] for name in READ if output.get(name) is not None}
    if not found:
        raise Unsupported(f"the tower gives {sorted(output.keys())}, and none of {list(READ)}")
    return found | {name: None for name in getattr(output, "__dataclass_fields__", ()) if getattr(output, name) is None}


def divide(name: str, value: Any, pictures: Sequence[Inputs]) -> list[Any]:
    """One entry per picture. A list of layers is divided layer by layer, what is the same for all goes to each.

    A list holds one entry per picture, or one per leading entry of their pixels; a tensor [entries, tokens, width] has one
    per picture or one per piece. Unsupported when that leaves a doubt.
    """
    if name == LAYERS:
        layers = [divide_layer(layer, pictures) for layer in value]
        return [[layer[index] for layer in layers] for index in range(len(pictures))]
    if name == SAME or value is None:
        return [value] * len(pictures)
    if isinstance(value, (list, tuple)):
        return divide_list(value, pictures)
    sizes = next((sizes for sizes in pieces(pictures) if sum(sizes) == len(value)), None)
    if value.dim() != 3 or sizes is None:
        raise Unsupported(f"the tower gives features of shape {tuple(value.shape)} for {len(pictures)} pictures")
    return list(torch.split(value, sizes))


def divide_list(value: Sequence[Any], pictures: Sequence[Inputs]) -> list[Any]:
    """One entry per picture, or a list of entries for each where several pictures go under one key."""
    if len(value) == len(pictures):
        return list(value)
    ends = torch.tensor([len(next(iter(picture.values()))) for picture in pictures]).cumsum(0).tolist()
    if len(value) != ends[-1]:
        raise Unsupported(f"the tower gives {len(value)} features for {len(pictures)} pictures")
    return [list(value[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def divide_layer(layer: Any, pictures: Sequence[Inputs]) -> list[Any]:
    """One entry per picture of what one layer gives; its number, where it says one, goes with each entry."""
    if numbered(layer):
        return [(layer[0], part) for part in divide("", layer[1], pictures)]
    return divide("", layer, pictures)


def numbered(layer: Any) -> bool:
    """Whether a layer's features come with the layer's number."""
    return isinstance(layer, tuple) and len(layer) == 2 and isinstance(layer[0], int)


def pieces(pictures: Sequence[Inputs]) -> list[list[int]]:
    """How many entries each picture may have: one; its first input's leading axis; that axis times the next, for pixels nested [prompt, tile, ...]."""
    shapes = [next(iter(picture.values())).shape for picture in pictures]
    nested = [shape[0] * shape[1] for shape in shapes] if len(shapes[0]) == 5 else None
    found = [[1] * len(shapes), [shape[0] for shape in shapes], *([nested] if nested else [])]
    return found if nested is None else [nested]


def gather(features: Mapping[str, Feature], keys: Sequence[str]) -> dict[str, Any] | None:
    """Features in the order of the placeholders, in the shape that `mm_encoder_outputs` wants; None without pictures."""
    if not keys:
        return None
    names = features[keys[0]].keys()
    return {"image": Encoded({name: assemble(name, [features[key][name] for key in keys]) for name in names})}


def assemble(name: str, parts: Sequence[Any]) -> Any:
    """The inverse of `divide`: what the tower would give for these pictures together."""
    if name == SAME or parts[0] is None:
        return parts[0]
    if name == LAYERS:
        return [assemble_layer([part[layer] for part in parts]) for layer in range(len(parts[0]))]
    return assemble_entries(parts)


def assemble_layer(parts: Sequence[Any]) -> Any:
    """One layer's features of all pictures, with the layer's number where there is one."""
    if numbered(parts[0]):
        return (parts[0][0], assemble_entries([part[1] for part in parts]))
    return assemble_entries(parts)


def assemble_entries(parts: Sequence[Any]) -> Any:
    """Features of all pictures: tensors end to end where they have entries, else a list with one entry per picture."""
    if isinstance(parts[0], (list, tuple)):
        return [entry for part in parts for entry in part]
    if parts[0].dim() < 3:
        return list(parts)
    if len({part.shape[1:] for part in parts}) == 1:
        return torch.cat(list(parts))
    return torch.cat([part.flatten(0, -2) for part in parts])


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
        return value.detach() if isinstance(value, Tensor) else type(value)(cut(part) for part in value) if isinstance(value, (list, tuple)) else value

    return {key: {name: cut(value) for name, value in feature.items()} for key, feature in features.items()}


def leaves(features: Mapping[str, Feature]) -> list[Tensor]:
    """All tensors in the features."""

    def walk(value: Any) -> list[Tensor]:
        if isinstance(value, Tensor):
            return [value]
        return [tensor for part in value for tensor in walk(part)] if isinstance(value, (list, tuple)) else []

    return [tensor for feature in features.values() for value in feature.values() for tensor in walk(value)]
