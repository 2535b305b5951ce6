"""A small random model of any image-text-to-text architecture, with tokenizer and image processor, in memory or as a directory.

    small = build("llava")                                                        # 16 tokens per picture
    small = build("llava", **{"vision_config.patch_size": 14, "vision_config.image_size": 336})   # 576
    small = build("qwen2_5_vl", **{"vision_config.patch_size": 14})               # its processor's usual sizes
    small.save("runs/llava")

Weights are drawn so that every one matters: no gate is closed, no output layer is zero, attention is not uniform. A model
that does not feel its picture would agree with any computation of it.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from veridical.models.backbone import ENCODER_DECODER, Unsupported
from veridical.models.encoder import FALLBACK, Encoder
from veridical.models.families.processor import Family, processor_class, processor_for
from veridical.models.load import first_line, input_names, quiet
from veridical.models.small import NotBuilt
from veridical.models.small.pixels import fitted, registered_image_processor
from veridical.models.small.shrink import rope, shrink, sub_configs
from veridical.models.small.sizes import SIDE, SPECIAL
from veridical.models.small.tokens import asked_of_tokenizer, make_tokenizer, template

PIXELS, PROCESSOR, TOKENIZER, TEMPLATE = "image_processor.", "processor.", "tokenizer.", "template."
"""Settings that begin so are not the configuration's."""


@dataclass(frozen=True)
class Small:
    """A model directory's contents."""

    model: nn.Module
    tokenizer: Any
    image_processor: Any
    family: Family

    def encoder(self, **settings: Any) -> Encoder:
        """An encoder for the model; `settings` are the encoder's fields."""
        return Encoder(self.family, input_names(self.model), **settings)

    def save(self, directory: str | Path) -> Path:
        """Write model, tokenizer, image processor and the processor's settings as `from_pretrained` reads them."""
        directory = Path(directory)
        with quiet():
            self.model.save_pretrained(directory)
        self.tokenizer.save_pretrained(directory)
        self.image_processor.save_pretrained(directory)
        written = {"processor_class": type(self.family.processor).__name__, **self.family.settings}
        (directory / "processor_config.json").write_text(json.dumps(written, indent=2) + "\n")
        return directory


def build(model_type: str, seed: int = 0, texts: Sequence[str] = (), **settings: Any) -> Small:
    """A random model of transformers' `model_type`, a few hundred thousand weights large.

    `settings` are configuration fields by dotted path ("vision_config.image_size": 336), the image processor's
    ("image_processor.size": ...), the processor's ("processor.image_seq_len": ...), the tokenizer's special tokens
    ("tokenizer.image_token": "<|image_pad|>"), or what the template writes for a picture ("template.mark"). `texts` are what the tokenizer learns words from; without them every byte is a token.
    Errors: NotBuilt with the reason; Unsupported when the architecture does not say how pictures enter the text.
    """
    with quiet():
        usual = usual_configuration(model_type)
        processor, kind = available(usual), registered_image_processor(usual)
        chosen = {**SPECIAL.get(model_type, {}), **settings}
        tokenizer = tokenizer_for(usual, processor, texts, beginning(chosen, TOKENIZER))
        config = small_configuration(usual, tokenizer, {name: value for name, value in chosen.items() if not name.startswith((PIXELS, PROCESSOR, TOKENIZER, TEMPLATE))})
        family = agreeing(config, tokenizer, fitted(kind, config, beginning(chosen, PIXELS)), beginning(chosen, PROCESSOR))
        tokenizer.chat_template = template(chosen.get(TEMPLATE + "mark", "MARK").replace("MARK", family.mark))
        model = random_model(config, seed)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return Small(model.eval(), tokenizer, family.image_processor, family)


def beginning(settings: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Those settings whose name begins so, without the beginning."""
    return {name.removeprefix(prefix): value for name, value in settings.items() if name.startswith(prefix)}


def agreeing(config: Any, tokenizer: Any, image_processor: Any, settings: Mapping[str, Any]) -> Family:
    """The family of a configuration, whose placeholder id is made the one that the family's processor writes.

    Unsupported when the processor does not read a picture.
    """
    family = processor_for(config, tokenizer, image_processor, settings)
    try:
        text = family.read([FALLBACK])[1][0]
    except Exception as error:  # noqa: BLE001 - see above
        raise Unsupported(f"{type(family.processor).__name__} does not read a picture: {first_line(error)}") from error
    written = tokenizer(text, add_special_tokens=False)["input_ids"]
    special = [token for token in written if token in tokenizer.added_tokens_decoder]
    if not special:
        raise Unsupported(f"{type(family.processor).__name__} writes {text[:40]!r} for a picture, and no special token")
    repeated = max(set(special), key=special.count)
    for name in ("image_token_id", "image_token_index"):
        if getattr(config, name, None) is not None:
            setattr(config, name, repeated)
    return processor_for(config, tokenizer, image_processor, settings)


def usual_configuration(model_type: str) -> Any:
    """The architecture's configuration as its class makes it. NotBuilt when the class has no defaults, Unsupported for encoder-decoder models."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    try:
        usual = CONFIG_MAPPING[model_type]()
    except Exception as error:  # noqa: BLE001 - a foreign class without usable defaults may fail in any way
        raise NotBuilt(f"its configuration has no defaults: {first_line(error)}") from error
    if getattr(usual, "is_encoder_decoder", False):
        raise Unsupported(ENCODER_DECODER)
    return usual


def available(usual: Any) -> type:
    """The architecture's processor class. NotBuilt where a package that it needs is not installed, Unsupported where it has none that serves."""
    try:
        return processor_class(usual)
    except Unsupported as error:
        if isinstance(error.__cause__, ImportError):
            raise NotBuilt(str(error)) from error
        raise


def tokenizer_for(usual: Any, processor: type, texts: Sequence[str], chosen: Mapping[str, str]) -> Any:
    """A tokenizer with the special tokens that the configuration and the processor class speak of; `chosen` says how some are written."""
    asked, literals = asked_of_tokenizer(processor)
    fields = [place.rpartition(".")[2] for place, _ in walk(usual)]
    names = {name.replace("_index", "_id").removesuffix("_id") for name in fields if name.endswith(("_token_id", "_token_index"))}
    return make_tokenizer(sorted(names | set(asked)), literals, texts, chosen)


def small_configuration(usual: Any, tokenizer: Any, settings: Mapping[str, Any]) -> Any:
    """The configuration shrunk, with the tokenizer's ids in it. NotBuilt when the class refuses the small sizes."""
    fields = list(walk(usual))
    side = settings.get("vision_config.image_size", SIDE)
    follow = identifiers(fields, tokenizer) | pinpoints(fields, side) | axes(usual, fields)
    try:
        return shrink(usual, follow | dict(settings))
    except Exception as error:  # noqa: BLE001 - see above
        raise NotBuilt(f"its configuration does not shrink: {first_line(error)}") from error


def walk(config: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of a configuration and of those inside it, by dotted path."""
    parts = sub_configs(config)
    for name, value in config.to_dict().items():
        if name not in parts:
            yield place + name, value
    for name, part in parts.items():
        yield from walk(part, f"{place}{name}.")


def identifiers(fields: Sequence[tuple[str, Any]], tokenizer: Any) -> dict[str, Any]:
    """The tokenizer's size and ids for every field that holds one."""
    found: dict[str, Any] = {}
    for place, value in fields:
        part, _, name = place.rpartition(".")
        if name.endswith(("_token_id", "_token_index")) and not isinstance(value, (list, tuple)):
            found[place] = getattr(tokenizer, name.replace("_index", "_id"))
        elif name in ("eos_token_id", "eos_token_ids"):
            found[place] = [tokenizer.eos_token_id]
        elif name == "vocab_size" and part in ("", "text_config", "llm_config"):
            found[place] = len(tokenizer)
    return found


def pinpoints(fields: Sequence[tuple[str, Any]], side: int) -> dict[str, Any]:
    """Tilings of large pictures by one or two tiles each way, for architectures that list tilings."""
    grid = [[height * side, width * side] for height, width in ((1, 1), (1, 2), (2, 1), (2, 2))]
    return {place: grid for place, value in fields if place.endswith("image_grid_pinpoints") and value}


def axes(usual: Any, fields: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Rotary parameters of language models whose code divides a head between three position axes; the division's default is for large heads."""
    text = inspect.getmodule(type(usual.get_text_config())).__name__.replace(".configuration_", ".modeling_")
    source = inspect.getsource(importlib.import_module(text))
    if 'rope_parameters.get("mrope_section", [' not in source and 'rope_params.get("mrope_section", [' not in source:
        return {}
    return {place: rope(value, divided=True) for place, value in fields if place.rpartition(".")[0] in ("", "text_config") and place.endswith("rope_parameters") and value}


def random_model(config: Any, seed: int) -> nn.Module:
    """The architecture's model with weights drawn from `seed`."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING[type(config)](config)
    except Exception as error:  # noqa: BLE001 - see above
        raise NotBuilt(f"the small model cannot be made: {first_line(error)}") from error
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=draw)
            parameter.copy_(drawn(name, parameter, noise))
    return model


def drawn(name: str, parameter: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Values that matter: matrices of gain one; norms and biases near where they begin; recurrent decays slow enough for float32 to add them up."""
    if parameter.dim() >= 2:
        return noise * parameter[0].numel() ** -0.5
    start = torch.full_like(parameter, -2.0) if name.endswith("A_log") else torch.nan_to_num(parameter)
    return start + 0.1 * noise
