"""Open a Hugging Face model directory: model, tokenizer, image processor, with errors that say what to do."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class ModelError(Exception):
    """A model directory that cannot be used; the message names the file and what to do."""


@dataclass(frozen=True)
class Opened:
    """A model with what turns text and pictures into its inputs."""

    model: nn.Module
    tokenizer: Any
    image_processor: Any
    processor: Any
    """The family's processor, which knows what text stands for a picture; see `families`."""
    path: Path


def open_model(path: str | Path, precision: str = "float32", attention: str = "sdpa", device: str | None = None) -> Opened:
    """Model, tokenizer and image processor of a directory (or a hub name, where there is a network).

    Errors: ModelError for a missing directory, configuration, weights, tokenizer or image processor.
    """
    from transformers import AutoModelForImageTextToText

    path = Path(path)
    check_directory(path)
    with quiet():
        try:
            model = AutoModelForImageTextToText.from_pretrained(path, dtype=PRECISIONS[precision], attn_implementation=attention)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelError(f"{path}: the model does not load: {first_line(error)}") from error
        tokenizer, image_processor = open_tokenizer(path), open_image_processor(path)
    if device:
        model = model.to(device)
    from veridical.models.families import processor_for, written_settings

    return Opened(model, tokenizer, image_processor, processor_for(model.config, tokenizer, image_processor, written_settings(path)), path)


def check_directory(path: Path) -> None:
    """Refuse what cannot be a model directory before transformers looks for it on the network."""
    if not path.is_dir():
        raise ModelError(f"{path}: no such directory; give a Hugging Face model directory (config.json, weights, tokenizer)")
    if not (path / "config.json").is_file():
        hint = "it is an adapter: give its base model as `model` and this directory as `adapter`" if (path / "adapter_config.json").is_file() else "save the model with `save_pretrained`"
        raise ModelError(f"{path}/config.json: missing; {hint}")
    try:
        json.loads((path / "config.json").read_text())
    except ValueError as error:
        raise ModelError(f"{path}/config.json: not JSON ({error}); the directory was not written to the end, copy it again") from error


def open_tokenizer(path: Path) -> Any:
    """The directory's tokenizer, with a padding token."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
    except (OSError, ValueError, TypeError, AttributeError, KeyError, ImportError) as error:
        raise ModelError(f"{path}: no usable tokenizer ({first_line(error)}); copy tokenizer.json and tokenizer_config.json of the base model into it") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if not tokenizer.chat_template:
        tokenizer.chat_template = processor_template(path)
    return tokenizer


def processor_template(path: Path) -> str | None:
    """The chat template that older directories keep beside the tokenizer, for the processor."""
    for name in ("chat_template.json", "processor_config.json"):
        if (path / name).is_file() and (found := json.loads((path / name).read_text()).get("chat_template")):
            return found
    return None


def open_image_processor(path: Path) -> Any:
    """The directory's image processor."""
    from transformers import AutoImageProcessor

    try:
        return AutoImageProcessor.from_pretrained(path)
    except (OSError, ValueError, TypeError, AttributeError, KeyError, ImportError) as error:
        raise ModelError(f"{path}: no usable image processor ({first_line(error)}); copy preprocessor_config.json of the base model into it") from error


def first_line(error: Exception) -> str:
    """The beginning of a foreign error."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:300]}" if text else type(error).__name__


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from printing: a line per picture processor that has no torchvision, progress bars of a second, warnings of its own code."""
    from transformers.utils import logging as theirs

    logger, bars = logging.getLogger("transformers"), theirs.is_progress_bar_enabled()
    level = logger.level
    logger.setLevel(logging.ERROR)
    theirs.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="transformers")
            yield
    finally:
        logger.setLevel(level)
        if bars:
            theirs.enable_progress_bar()


def input_names(model: nn.Module) -> frozenset[str]:
    """Names of picture inputs that the model takes: arguments of its forward pass and of its tower's entry."""
    import inspect

    from veridical.models.backbone import take_apart
    from veridical.models.policy import plain_model

    backbone = take_apart(plain_model(model))
    tower = inspect.signature(inspect.unwrap(backbone.inner.get_image_features)).parameters
    return (backbone.accepts | frozenset(tower)) - {"kwargs", "input_ids"}
