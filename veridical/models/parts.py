"""Which parts train: tower, projector, language model, each frozen, whole, or through LoRA adapters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from veridical.models.backbone import Backbone, take_apart
from veridical.models.load import quiet
from veridical.models.policy import language_model, plain_model

Part = Literal["tower", "projector", "language"]
Mode = Literal["frozen", "full", "lora"]
PROJECTOR = re.compile(r"(^|\.)(multi_modal_projector|mm_projector|projector|connector|merger|deepstack_merger_list|aligner|modality_projection|embed_vision|image_newline)(\.|$)")
"""Module names under which the published architectures keep what maps pictures into the language model."""


@dataclass(frozen=True)
class PartCount:
    """Parameters of one part."""

    part: str
    mode: str
    trainable: int
    total: int


def part_names(backbone: Backbone) -> dict[str, Part]:
    """The part of every parameter of the model, by parameter name."""
    language = {id(parameter) for module in (language_model(backbone), backbone.head) for parameter in module.parameters()}
    parts: dict[str, Part] = {}
    for name, parameter in backbone.model.named_parameters():
        parts[name] = "language" if id(parameter) in language else "projector" if PROJECTOR.search(name) else "tower"
    return parts


def prepare(model: nn.Module, modes: Mapping[str, Mode], lora: Mapping[str, Any]) -> nn.Module:
    """The model with gradients where `modes` says, wrapped with adapters where it says "lora".

    `lora` holds rank, alpha, dropout and targets ("auto": every linear layer of the part, or names to match).
    Errors: ValueError when a part has nothing to train in the way asked for.
    """
    backbone = take_apart(model)
    parts = part_names(backbone)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(modes[parts[name]] == "full")
    adapted = [part for part, mode in modes.items() if mode == "lora"]
    for part, mode in modes.items():
        if mode != "frozen" and part not in parts.values():
            raise ValueError(f"parts.{part}={mode}: this model has no separate {part}; it has {sorted(set(parts.values()))}")
    if not adapted:
        return model
    from peft import LoraConfig, get_peft_model

    full = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    targets = linear_layers(backbone, parts, adapted, lora.get("targets", "auto"))
    config = LoraConfig(r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=lora.get("dropout", 0.0), target_modules=targets, bias="none", task_type=None)
    with quiet():
        wrapped = get_peft_model(model, config)
    for name, parameter in plain_model(wrapped).named_parameters():
        if name.replace(".base_layer", "") in full:
            parameter.requires_grad_(True)
    return wrapped


def linear_layers(backbone: Backbone, parts: Mapping[str, Part], adapted: Sequence[str], targets: str | Sequence[str]) -> list[str]:
    """Names of the linear layers that get an adapter; never the vocabulary projection."""
    found = []
    for name, module in backbone.model.named_modules():
        if not isinstance(module, nn.Linear) or module is backbone.head or parts.get(f"{name}.weight") not in adapted:
            continue
        if targets == "auto" or any(name.split(".")[-1] == target or name.endswith(target) for target in targets):
            found.append(name)
    if not found:
        raise ValueError(f"lora.targets={targets!r}: no linear layer of {list(adapted)} has such a name")
    return found


def counts(model: nn.Module, modes: Mapping[str, str]) -> list[PartCount]:
    """Parameters by part; adapters are counted apart."""
    base = plain_model(model)
    parts = part_names(take_apart(base))
    rows: dict[str, list[int]] = {}
    for name, parameter in base.named_parameters():
        row = rows.setdefault("adapter" if "lora_" in name else parts[name], [0, 0])
        row[0] += parameter.numel() if parameter.requires_grad else 0
        row[1] += parameter.numel()
    return [PartCount(part, modes.get(part, "lora"), *rows[part]) for part in ("tower", "projector", "language", "adapter") if part in rows]


def describe(rows: Sequence[PartCount]) -> str:
    """A table of parts for the terminal."""
    lines = [f"  {'part':<10}{'trains':<8}{'trainable':>14}{'of':>14}"]
    lines += [f"  {row.part:<10}{row.mode:<8}{row.trainable:>14,}{row.total:>14,}" for row in rows]
    return "\n".join(lines)
