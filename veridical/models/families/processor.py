"""The family's processor class, put together from image processor and tokenizer.

Many processor classes want a video processor, which needs torchvision. Only one method is needed here, the one that
says which text stands for a picture (`replace_image_token`), and it never touches the video processor; so where the
class does not load as a whole it is assembled without that part.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from veridical.models.backbone import Unsupported, image_token, media_tokens

FROM_VISION = ("patch_size", "image_seq_length", "image_seq_len", "num_image_tokens")
FROM_MODEL = ("spatial_merge_size", "vision_feature_select_strategy", "image_seq_length", "downsample_factor", "downsample_rate")


@dataclass(frozen=True)
class Family:
    """How pictures enter the text of one model."""

    mark: str
    """What the chat template writes for a picture."""
    processor: Any
    image_processor: Any
    tokenizer: Any
    token_id: int | None
    """Placeholder id, repeated once per feature."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the processor was told about the model, to be written beside it."""
    reserved: tuple[int, ...] = ()
    """Ids of tokens that stand for media, or begin them."""

    def read(self, pictures: list[Any]) -> tuple[Mapping[str, Any], list[str]]:
        """The image processor's output for pictures that belong to one prompt, and the text that stands for each of them."""
        settings = {**getattr(self.processor, "images_kwargs", {}), "return_tensors": "pt"}
        asked = inspect.signature(self.processor._process_images).parameters.values()
        named = [one.name for one in asked if one.kind is not inspect.Parameter.VAR_KEYWORD and one.name not in settings]
        settings |= {name: getattr(self.processor, name) for name in named if hasattr(self.processor, name)}
        return self.processor._process_images([pictures] if len(pictures) > 1 else pictures, **settings)


def processor_for(config: Any, tokenizer: Any, image_processor: Any, written: Mapping[str, Any] | None = None) -> Family:
    """The family of a model configuration; `written` are the processor's own settings, see `written_settings`.

    Unsupported when no processor class says how pictures enter the text.
    """
    kind = processor_class(config)
    settings = known_settings(kind, config, written or {})
    processor = assemble(kind, tokenizer, image_processor, settings)
    mark = getattr(processor, "image_placeholder_token", None) or processor.image_token
    return Family(mark, processor, image_processor, tokenizer, image_token(config), settings, media_tokens(config))


def processor_class(config: Any) -> type:
    """The class that transformers registers for this model type."""
    from transformers import ProcessorMixin
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

    try:
        kind = PROCESSOR_MAPPING[type(config)]
        silent = kind.replace_image_token is ProcessorMixin.replace_image_token
    except KeyError as error:
        raise Unsupported("transformers registers no processor for it, so what stands for a picture is unknown") from error
    except ImportError as error:
        raise Unsupported(str(error).strip().split(". ")[0].split(" but it was")[0]) from error
    if silent:
        raise Unsupported(f"{kind.__name__} does not say which text stands for a picture (replace_image_token)")
    return kind


def known_settings(kind: type, config: Any, written: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that `kind` takes or has: the written ones, and from the model's configuration those that are written nowhere."""
    wanted = inspect.signature(kind.__init__).parameters
    follow = {name: value for name, value in from_configuration(config).items() if name in wanted}
    return follow | {name: value for name, value in written.items() if name in wanted or hasattr(kind, name)}


def assemble(kind: type, tokenizer: Any, image_processor: Any, settings: Mapping[str, Any]) -> Any:
    """An instance of `kind` without its video and audio parts."""
    loose = type(kind.__name__, (kind,), {"check_argument_for_proper_class": lambda self, name, value: None})
    module = sys.modules[kind.__module__]
    if getattr(module, "num2words", module) is None:  # wanted by the constructor, used for videos only
        module.num2words = str
    wanted = inspect.signature(kind.__init__).parameters
    parts = {name: Absent() for name in loose.get_attributes()} | {"tokenizer": tokenizer, "image_processor": image_processor}
    try:
        processor = loose(**{name: part for name, part in parts.items() if name in wanted}, **{name: value for name, value in settings.items() if name in wanted})
    except Exception as error:  # noqa: BLE001 - foreign constructors raise what they like
        raise Unsupported(f"{kind.__name__} cannot be put together: {type(error).__name__}: {error}") from error
    if getattr(processor, "image_token", None) is None:
        raise Unsupported(f"{kind.__name__} names no token for a picture")
    processor.chat_template = tokenizer.chat_template
    for name in settings.keys() - wanted.keys():
        setattr(processor, name, settings[name])
    return processor


class Absent:
    """A processor's part that is not there; everything asked of it is None."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


def from_configuration(config: Any) -> dict[str, Any]:
    """Processor settings that follow from the model."""
    vision = getattr(config, "vision_config", None)
    found = {name: getattr(vision, name) for name in FROM_VISION if getattr(vision, name, None) is not None}
    found |= {name: getattr(config, name) for name in FROM_MODEL if getattr(config, name, None) is not None}
    if hasattr(config, "mm_tokens_per_image"):
        found["image_seq_length"] = config.mm_tokens_per_image
    side, patch = getattr(vision, "image_size", None), getattr(vision, "patch_size", None)
    if isinstance(side, int) and isinstance(patch, int):
        found |= {"img_size": side, "num_image_tokens": (side // patch) ** 2}
        if scale := getattr(config, "scale_factor", None) or getattr(vision, "scale_factor", None):
            found["image_seq_len"] = (side // patch) ** 2 // scale**2
    tower = getattr(vision, "model_type", "")
    if "clip" in tower and "siglip" not in tower:  # its first feature is no patch
        found = {"vision_feature_select_strategy": "default", "num_additional_image_tokens": 1, **found}
    return found


def written_settings(path: Path) -> dict[str, Any]:
    """What the directory's processor_config.json says of the processor itself."""
    if not (path / "processor_config.json").is_file():
        return {}
    written = json.loads((path / "processor_config.json").read_text())
    return {name: value for name, value in written.items() if not isinstance(value, dict) and name != "processor_class"}


def tensors(pixels: Mapping[str, Any], names: frozenset[str]) -> dict[str, Tensor]:
    """Those outputs of an image processor that the model takes."""
    return {name: torch.as_tensor(value) for name, value in pixels.items() if name in names and value is not None}
