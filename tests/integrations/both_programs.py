"""Losses and gradients of one batch through TRL's trainers and through ours, on models with equal weights and equal adapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from veridical.models.assemble import Ready, make_policy
from veridical.models.backbone import take_apart
from veridical.models.load import Opened, open_model
from veridical.models.parts import linear_layers, part_names
from veridical.models.read import Companions, reads
from veridical.models.reference import make_reference
from veridical.models.shown import Shown
from veridical.objectives.method import Method
from veridical.records.corrupt import corrupt
from veridical.records.formats.format import Place
from veridical.records.formats.trl import read
from veridical.records.picture import open_picture
from veridical.records.record import Record
from veridical.train.step import Stepper

LORA = {"rank": 4, "alpha": 8, "dropout": 0.0, "targets": "auto"}
SETTINGS = {"bf16": False, "use_cpu": True, "gradient_checkpointing": False, "report_to": "none", "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True}

Measured = tuple[float, dict[str, Tensor]]
"""A loss, and its gradient by parameter name."""


def fill_adapter(model: nn.Module, size: float = 0.1) -> None:
    """Random numbers in every adapter, the same for the same names, so that policy and reference differ."""
    for number, (_, parameter) in enumerate(sorted((name, one) for name, one in model.named_parameters() if "lora_" in name)):
        parameter.data.copy_(size * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)))


def adapter_of(opened: Opened) -> Any:
    """The adapter configuration that our side makes, for a trainer to wrap its model with."""
    from peft import LoraConfig

    backbone = take_apart(opened.model)
    layers = linear_layers(backbone, part_names(backbone), ["language"], "auto")
    return LoraConfig(r=LORA["rank"], lora_alpha=LORA["alpha"], lora_dropout=LORA["dropout"], target_modules=layers, bias="none")


def records_of(rows: Sequence[Mapping[str, Any]]) -> list[Record]:
    """TRL's rows as records, read by this package's own reader of them."""
    return [record for number, row in enumerate(rows) for record in read(row, Place("rows", number, Path(".")))]


def dataset_of(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as a dataset whose pictures are decoded when a row is read."""
    from datasets import Dataset, Image, List

    found = Dataset.from_list(list(rows))
    return found.cast_column("images", List(Image())) if "images" in found.column_names else found


@dataclass
class Theirs:
    """One of TRL's trainers with a batch that its own collator made."""

    trainer: Any
    batch: dict[str, Any]

    def __call__(self) -> Measured:
        """What its own `compute_loss` gives."""
        self.trainer.model.zero_grad()
        loss = self.trainer.compute_loss(self.trainer.model, dict(self.batch))
        loss.backward()
        return float(loss.detach()), gradients(self.trainer.model)


def theirs(kind: Callable[..., Any], settings: Any, directory: Path, rows: Sequence[Mapping[str, Any]], text: bool = False) -> Theirs:
    """A trainer of theirs on a model directory; `text` for those that take a tokenizer."""
    opened = open_model(directory)
    handed = opened.tokenizer if text else opened.processor.processor
    trainer = kind(opened.model, args=settings, train_dataset=dataset_of(rows), processing_class=handed, peft_config=adapter_of(opened))
    fill_adapter(trainer.model)
    return Theirs(trainer, trainer.data_collator([trainer.train_dataset[place] for place in range(len(rows))]))


@dataclass
class Ours:
    """A policy of ours and records for it."""

    ready: Ready
    records: Sequence[Record]
    accelerator: Any

    def __call__(self, method: Method, before: bool = False) -> Measured:
        """What a step gives. `before` gives each record the one before it as its companion, and not the one after it."""
        policy = self.ready.policy
        reference = make_reference("adapter_off", policy) if method.needs_reference else None
        policy.zero_grad()
        reading = reads(method, self.ready.encoder, Shown(open_picture, corrupt))
        beside = [self.records[(place + (-1 if before else 1)) % len(self.records)] for place in range(len(self.records))]
        examples = [reading(record, Companions(other, other)) for record, other in zip(self.records, beside, strict=True)]
        loss = Stepper(policy, policy, reference, method, 10**6, self.accelerator).run(examples)["loss"]
        return loss, gradients(policy.model)


def ours(directory: Path, rows: Sequence[Mapping[str, Any]]) -> Ours:
    """Our side on a model directory."""
    from accelerate import Accelerator

    ready = make_policy(directory, modes={"tower": "frozen", "projector": "frozen", "language": "lora"}, lora=LORA)
    fill_adapter(ready.policy.model)
    return Ours(ready, records_of(rows), Accelerator(cpu=True))


def gradients(model: nn.Module) -> dict[str, Tensor]:
    """Of every tensor that trains, by name; zeros where it was not used."""
    trained = {name: one for name, one in model.named_parameters() if one.requires_grad}
    return {name: torch.zeros_like(one) if one.grad is None else one.grad.clone() for name, one in trained.items()}


def apart(one: Measured, other: Measured) -> tuple[float, float]:
    """Difference of the losses (relative where they are above 1), and the largest difference of a gradient's entry over its tensor's largest entry."""
    assert sorted(one[1]) == sorted(other[1])
    assert max(float(slope.abs().max()) for slope in other[1].values()) > 0
    slopes = max(float((one[1][name] - slope).abs().max() / slope.abs().max().clamp(min=1e-30)) for name, slope in other[1].items())
    return abs(one[0] - other[0]) / max(1.0, abs(other[0])), slopes
