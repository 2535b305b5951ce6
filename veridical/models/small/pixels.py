"""The image processor of a small model: the architecture's own class, set to the size of the model's tower."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from veridical.models.small import NotBuilt

MANY_PIXELS = 3000
"""A limit above this counts pixels of area; one below it is a side."""


def registered_image_processor(config: Any) -> type:
    """The image processor class of a model type that needs no torchvision; where the type has none, that of a type with the same processor class.

    NotBuilt when there is none.
    """
    import transformers
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING_NAMES
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES

    own = PROCESSOR_MAPPING_NAMES.get(config.model_type)
    alike = [config.model_type, *(name for name, processor in PROCESSOR_MAPPING_NAMES.items() if processor == own and own)]
    entries = [IMAGE_PROCESSOR_MAPPING_NAMES[name] for name in alike if IMAGE_PROCESSOR_MAPPING_NAMES.get(name)]
    if not entries:
        raise NotBuilt("transformers registers no image processor for it")
    if not entries[0].get("pil"):
        raise NotBuilt(f"{entries[0]['torchvision']} exists for torchvision only")
    return getattr(transformers, entries[0]["pil"])


def fitted(kind: type, config: Any, settings: Mapping[str, Any]) -> Any:
    """An image processor of class `kind` whose sizes follow from the model's tower; `settings` win."""
    usual = {name: value for name, value in kind().to_dict().items() if value is not None}
    vision = getattr(config, "vision_config", config)
    patch, side, merge = (first(vision, names) for names in (("patch_size",), ("image_size", "img_size"), ("spatial_merge_size", "merge_size")))
    follow: dict[str, Any] = {"patch_size": patch, "merge_size": merge, "temporal_patch_size": first(vision, ("temporal_patch_size",))}
    follow["image_grid_pinpoints"] = getattr(config, "image_grid_pinpoints", None)
    area = ((patch or 14) * (merge or 2)) ** 2 / (usual.get("patch_size", 14) * usual.get("merge_size", 2)) ** 2 if isinstance(usual.get("patch_size", 14), int) else 1.0
    follow |= {name: resized(usual[name], side, area) for name in ("size", "crop_size", "max_image_size", "tile_size") if name in usual}
    if isinstance(usual.get("max_image_size"), dict) and side:
        follow["size"] = {"longest_edge": 2 * side}
    edits = {name: like(usual[name], value) for name, value in follow.items() if name in usual and value is not None}
    return kind(**edits | dict(settings))


def first(config: Any, names: tuple[str, ...]) -> int | None:
    """The first of those fields that a configuration has, as one number."""
    found = [getattr(config, name) for name in names if getattr(config, name, None) is not None]
    value = found[0] if found else None
    return value[0] if isinstance(value, (list, tuple)) else value


def like(old: Any, new: Any) -> Any:
    """`new` as a pair of sides where `old` is one."""
    return {name: new for name in old} if isinstance(old, dict) and not isinstance(new, dict) else new


def resized(usual: Any, side: int | None, area: float) -> Any:
    """A size setting for a tower that sees pictures of `side`: sides become that, areas are scaled."""
    if not isinstance(usual, dict):
        return side or usual
    if max(usual.values()) > MANY_PIXELS:
        return {name: max(1, int(value * area)) for name, value in usual.items()}
    return {name: side or value for name, value in usual.items()}
