"""A configuration made small: the same architecture, every part of it present, a few thousand weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from veridical.models.small.sizes import CHOSEN_LAYERS, KEY_VALUE_HEADS, LANGUAGE, NO_DROPOUT, OTHER, SHARED, VISION

LANGUAGE_PARTS = ("text_config", "llm_config", "vlm_config", "dit_config")
VISION_PARTS = ("vision_config", "high_res_vision_config", "sam_config", "encoder_config")
UNWRITTEN = ("model_type", "transformers_version", "_name_or_path", "architectures", "dtype")


def shrink(config: Any, settings: Mapping[str, Any]) -> Any:
    """`config` with every known size made small; `settings` ("vision_config.hidden_size": 16) win over the general rules.

    Of each kind of layer that the model has (sliding and full attention, linear attention, dense and sparse) two are
    kept, in the model's order.
    """
    return rebuilt(config, "", LANGUAGE, settings)


def rebuilt(config: Any, place: str, rules: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """One node of the configuration tree, with the parts below it."""
    parts = sub_configs(config)
    written = {name: value for name, value in config.to_dict().items() if name not in parts and name not in UNWRITTEN}
    edits = smaller(written, SHARED | rules)
    below = {name: rebuilt(part, f"{place}{name}.", rules_for(name, rules), settings) for name, part in parts.items()}
    here = {name.removeprefix(place): value for name, value in settings.items() if name.startswith(place) and "." not in name.removeprefix(place)}
    return type(config)(**written | edits | below | here)


def sub_configs(config: Any) -> dict[str, Any]:
    """The configurations inside one."""
    from transformers import PreTrainedConfig

    return {name: value for name, value in vars(config).items() if isinstance(value, PreTrainedConfig)}


def rules_for(name: str, above: Mapping[str, Any]) -> Mapping[str, Any]:
    """Size rules for a part of that name."""
    if name in LANGUAGE_PARTS:
        return LANGUAGE
    if name in VISION_PARTS or above is VISION:
        return VISION
    return OTHER


def smaller(written: Mapping[str, Any], rules: Mapping[str, Any]) -> dict[str, Any]:
    """New values of those fields of one node that say how large it is."""
    edits = {name: like(value, rules[name]) for name, value in written.items() if name in rules and value not in (None, 0)}
    edits |= {name: type(value)(0) for name, value in written.items() if name.endswith(NO_DROPOUT) and isinstance(value, float)}
    edits |= key_value_heads(written, edits)
    edits |= layers(written, rules)
    if isinstance(written.get("rope_parameters"), dict):
        edits["rope_parameters"] = rope(written["rope_parameters"])
    return edits


def like(old: Any, new: Any) -> Any:
    """`new` in the shape of `old`: a list or tuple of numbers becomes one of as many equal numbers."""
    if isinstance(old, (list, tuple)) and not isinstance(new, (list, tuple)):
        return type(old)([new] * len(old))
    return new


def key_value_heads(written: Mapping[str, Any], edits: Mapping[str, Any]) -> dict[str, int]:
    """Heads that share a key stay shared, two and two: one for all stays one, one for each stays one for each."""
    found = {}
    for name, names in KEY_VALUE_HEADS.items():
        heads = next((heads for heads in names if heads in edits), None)
        if isinstance(written.get(name), int) and heads:
            shared = {1: 1, written[heads]: edits[heads]}
            found[name] = shared.get(written[name], edits[heads] // 2)
    return found


def layers(written: Mapping[str, Any], rules: Mapping[str, Any]) -> dict[str, Any]:
    """Which layers stay: the first two of each kind."""
    count = written.get("num_hidden_layers")
    lists = {name: value for name, value in written.items() if isinstance(count, int) and isinstance(value, (list, tuple)) and len(value) == count}
    kinds = [value for name, value in lists.items() if name.endswith(("layer_types", "block_type"))]
    kept = first_of_each(list(zip(*kinds, strict=True))) if kinds else [0, 1]
    edits: dict[str, Any] = {name: type(value)(value[index] for index in kept) for name, value in lists.items() if name not in CHOSEN_LAYERS}
    chosen = {name: type(value)([len(kept) - 1]) for name, value in written.items() if name in CHOSEN_LAYERS and value}
    if own := {int(layer): settings for layer, settings in (written.get("per_layer_config") or {}).items()}:
        edits["per_layer_config"] = {new: smaller_layer(own[old], rules) for new, old in enumerate(kept) if old in own}
    return edits | chosen | ({"num_hidden_layers": len(kept)} if isinstance(count, int) else {})


def smaller_layer(own: Mapping[str, Any], rules: Mapping[str, Any]) -> dict[str, Any]:
    """What one layer has otherwise than the rest, made small; a head of another size stays one."""
    return {name: 2 * rules[name] if name == "head_dim" else rules.get(name, value) for name, value in own.items() if name in rules or not isinstance(value, int)}


def first_of_each(kinds: Sequence[Any]) -> list[int]:
    """Positions of the first two of each kind: what the last layer of a kind makes of a prompt's tokens may be read by no other."""
    return sorted(index for kind in set(kinds) for index in [place for place, other in enumerate(kinds) if other == kind][:2])


def rope(parameters: Mapping[str, Any], divided: bool = False) -> dict[str, Any]:
    """Rotary parameters for a head of 16: a partial rotation covers half of it; one that is `divided` between three axes has its sections written."""
    parts = {name: rope(value, divided) for name, value in parameters.items() if isinstance(value, dict)}
    if parts:
        return {**parameters, **parts}
    half = "partial_rotary_factor" in parameters
    edits: dict[str, Any] = {"partial_rotary_factor": 0.5} if half else {}
    if divided or "mrope_section" in parameters:
        edits["mrope_section"] = [2, 1, 1] if half else [3, 3, 2]
    return {**parameters, **edits}
