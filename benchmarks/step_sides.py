"""The two sides of `preference_step.py`: TRL's DPOTrainer and ours, each as a thing that takes a step on given pairs.

Both open the same model directory, adapt the same layers of the language model, fill the adapters with the same
numbers, and use AdamW with the same settings, the same clipping and the same loss. What a step includes is the same
too: decoding and preprocessing of pictures, tokens, reference, policy, gradients, clipping, update.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from unittest import mock

import torch
from step_models import Sample
from torch import nn

RATE, BETAS, CLIP, RANK, ALPHA, BETA = 1e-4, (0.9, 0.999), 1.0, 16, 32, 0.1


class Side(Protocol):
    """One way to take a step."""

    model: nn.Module
    """The Hugging Face model inside the adapter."""

    def prepare(self, samples: Sequence[Sample]) -> None:
        """What is done once before training, not timed."""
        ...

    def step(self, samples: Sequence[Sample]) -> float:
        """Train on the pairs; the loss before the update."""
        ...


def fill_adapter(model: nn.Module) -> None:
    """Small random numbers in every adapter, the same for the same names, so that policy and reference differ from the first step on."""
    for number, (_, parameter) in enumerate(sorted((name, one) for name, one in model.named_parameters() if "lora_" in name)):
        draw = torch.Generator().manual_seed(number)
        parameter.data.copy_(0.02 * torch.randn(parameter.shape, generator=draw))


@dataclass
class Ours:
    """`veridical.train.step.Stepper` with method `dpo`, as `veridical align` runs it."""

    policy: Any
    stepper: Any
    reading: Any
    optimiser: Any

    @property
    def model(self) -> nn.Module:
        """See `Side`."""
        return self.policy.backbone.model

    def prepare(self, samples: Sequence[Sample]) -> None:
        """Fill the reference's cache where there is one. The encoder's memory of pictures is emptied: a step pays for its own."""
        from veridical.models.collate import collate
        from veridical.models.remember import Cached

        if isinstance(self.stepper.reference, Cached):
            for sample in samples:
                forest, _ = collate([self.reading(sample.record)])
                self.stepper.reference.logp(forest, self.policy.encode(forest))
        self.reading.encoder.seen.clear()

    def step(self, samples: Sequence[Sample]) -> float:
        """See `Side`."""
        self.policy.train()
        self.optimiser.zero_grad(set_to_none=True)
        numbers = self.stepper.run([self.reading(sample.record) for sample in samples])
        self.stepper.accelerator.clip_grad_norm_(self.policy.parameters(), CLIP)
        self.optimiser.step()
        return numbers["loss"]


def ours(directory: Path, reference: str, executor: str = "auto", name: str = "dpo") -> Ours:
    """Our side on a model directory, with the named reference ("adapter_off", "cache") and method."""
    from accelerate import Accelerator

    from veridical.models.assemble import make_policy
    from veridical.models.read import reads
    from veridical.models.reference import Wanted, make_reference
    from veridical.models.shown import Shown
    from veridical.objectives.find import find
    from veridical.records.corrupt import corrupt, default_corruption
    from veridical.records.picture import open_picture
    from veridical.train.optimiser import make_optimiser
    from veridical.train.step import Stepper

    ready = make_policy(directory, None, {"tower": "frozen", "projector": "frozen", "language": "lora"}, {"rank": RANK, "alpha": ALPHA}, executor)
    fill_adapter(ready.policy.model)
    method = find(name).with_settings({"beta": BETA})
    accelerator = Accelerator(cpu=True)
    optimiser = make_optimiser(ready.policy.parameters(), RATE, 0.0, BETAS)
    wrapped, prepared = accelerator.prepare(ready.policy, optimiser)
    stepper = Stepper(wrapped, ready.policy, make_reference(reference, ready.policy, Wanted(directory / "reference")), method, 8192, accelerator)
    return Ours(ready.policy, stepper, reads(method, ready.encoder, Shown(open_picture, corrupt, default_corruption(dict(method.corruption)) if method.corruption else None)), prepared)


@dataclass
class Trl:
    """TRL's own collator, `training_step`, clipping and optimiser; the Trainer's loop around them is left out, in TRL's favour.

    `scored_rows` projects only the rows that have a label, as TRL does on a GPU with Triton and not on a CPU.
    """

    trainer: Any
    scored_rows: bool = False
    rows: Any = None
    places: dict[Sample, int] = field(default_factory=dict)

    @property
    def model(self) -> nn.Module:
        """See `Side`."""
        return self.trainer.model.get_base_model()

    def prepare(self, samples: Sequence[Sample]) -> None:
        """Put the pairs into a dataset. Log-probabilities of the reference cannot be computed beforehand for pictures: TRL refuses."""
        self.rows, self.places = dataset_of(samples), {sample: place for place, sample in enumerate(samples)}

    def step(self, samples: Sequence[Sample]) -> float:
        """See `Side`."""
        trainer = self.trainer
        trainer.optimizer.zero_grad(set_to_none=True)
        batch = trainer.data_collator([self.rows[self.places[sample]] for sample in samples])
        with mock.patch("trl.trainer.utils._use_triton", lambda device: True) if self.scored_rows else nullcontext():
            loss = trainer.training_step(trainer.model, batch)
        trainer.accelerator.clip_grad_norm_(trainer.model.parameters(), CLIP)
        trainer.optimizer.step()
        return float(loss)


def trl(directory: Path, samples: Sequence[Sample], checkpointing: bool = False, scored_rows: bool = False) -> Trl:
    """TRL's side on a model directory."""
    from peft import LoraConfig
    from transformers import AutoModelForImageTextToText
    from trl import DPOConfig, DPOTrainer

    from veridical.models.backbone import take_apart
    from veridical.models.parts import linear_layers, part_names

    model = AutoModelForImageTextToText.from_pretrained(directory, dtype=torch.float32)
    backbone = take_apart(model)
    layers = linear_layers(backbone, part_names(backbone), ["language"], "auto")
    settings = DPOConfig(
        output_dir=str(directory / "trl"), per_device_train_batch_size=len(samples), learning_rate=RATE, adam_beta1=BETAS[0], adam_beta2=BETAS[1], weight_decay=0.0,
        max_grad_norm=CLIP, beta=BETA, max_length=None, bf16=False, use_cpu=True, gradient_checkpointing=checkpointing, report_to="none", save_strategy="no",
    )  # fmt: skip
    adapter = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=layers, bias="none")
    trainer = DPOTrainer(model, args=settings, train_dataset=dataset_of(samples), processing_class=processor(directory), peft_config=adapter)
    fill_adapter(trainer.model)
    if checkpointing:
        trainer.model.activation_checkpointing_enable()  # as `Trainer.train` does at its start
    trainer.create_optimizer()
    trainer.current_gradient_accumulation_steps = 1
    return Trl(trainer, scored_rows)


def dataset_of(samples: Sequence[Sample]) -> Any:
    """Rows as TRL documents them: pictures in a column `images`, decoded when a row is read."""
    from datasets import Dataset, Image, List

    return Dataset.from_list([sample.row for sample in samples]).cast_column("images", List(Image()))


def processor(directory: Path) -> Any:
    """The family's own processor class, with the settings that belong to the two models."""
    from transformers import AutoConfig, AutoImageProcessor, AutoTokenizer, Idefics3Processor, LlavaProcessor

    image_processor, tokenizer = AutoImageProcessor.from_pretrained(directory), AutoTokenizer.from_pretrained(directory)
    makers: dict[str, Callable[[], Any]] = {
        "llava": lambda: LlavaProcessor(
            image_processor, tokenizer, patch_size=14, vision_feature_select_strategy="full", num_additional_image_tokens=1, chat_template=tokenizer.chat_template
        ),
        "idefics3": lambda: Idefics3Processor(image_processor, tokenizer, image_seq_len=64, chat_template=tokenizer.chat_template),
    }
    return makers[AutoConfig.from_pretrained(directory).model_type]()


SIDES: dict[str, Callable[[Path, Sequence[Sample]], Side]] = {
    "trl": lambda directory, samples: trl(directory, samples),
    "trl, scored rows only": lambda directory, samples: trl(directory, samples, scored_rows=True),
    "trl, its default (checkpointing)": lambda directory, samples: trl(directory, samples, checkpointing=True),
    "ours, adapter off": lambda directory, samples: ours(directory, "adapter_off"),
    "ours, cached": lambda directory, samples: ours(directory, "cache"),
}
"""By the name that the table shows."""

OTHERS: dict[str, Callable[[Path, Sequence[Sample]], Side]] = {
    "ours, mdpo, adapter off": lambda directory, samples: ours(directory, "adapter_off", name="mdpo"),
    "ours, mdpo, one row per path": lambda directory, samples: ours(directory, "adapter_off", "plain", "mdpo"),
    "ours, mdpo, cached": lambda directory, samples: ours(directory, "cache", name="mdpo"),
}
"""Methods with more views than TRL's DPO, timed beside it; their loss is another."""
