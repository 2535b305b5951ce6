"""A method on a model that another program trains: rows become a forest, and a forest a loss."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import nn

from veridical.models.assemble import roomy, trial, trial_picture, trial_question
from veridical.models.backbone import Unsupported
from veridical.models.collate import PairPlaces, collate, facts, scores
from veridical.models.compute import compute
from veridical.models.encoder import Encoder
from veridical.models.executors import EXECUTORS
from veridical.models.families.compare import settle
from veridical.models.families.processor import Family, processor_for
from veridical.models.forest import Forest
from veridical.models.load import input_names
from veridical.models.policy import Policy, plain_model
from veridical.models.proof import prove
from veridical.models.read import Companions, Reading, reads
from veridical.models.remember import Reference
from veridical.models.shown import Shown
from veridical.objectives.batch import Batch
from veridical.objectives.find import find
from veridical.objectives.method import Method, Outcome
from veridical.records.corrupt import corrupt, default_corruption
from veridical.records.formats.format import Place
from veridical.records.formats.trl import read
from veridical.records.picture import open_picture
from veridical.records.record import Record, digest

ENDLESS = 2**40


@dataclass(frozen=True)
class Planted:
    """A batch: the pairs' responses against all pictures that the method reads, each prompt once."""

    forest: Forest
    pairs: list[PairPlaces]


@dataclass(frozen=True)
class Collator:
    """Rows to `Planted`: a trainer's `data_collator`."""

    reading: Reading

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Planted]:
        """The batch under one key, as trainers hand dictionaries on.

        A row is one of TRL's (prompt, chosen, rejected or completion and label, images), or holds one of our records as
        JSON in `record`. Errors: RowError or EncodeError naming row, record and field.
        """
        records = [record for number, row in enumerate(rows) for record in records_of(row, number)]
        others = [*records[1:], *records[:1]]
        return {"planted": Planted(*collate([self.reading(record, Companions(other, other)) for record, other in zip(records, others, strict=True)]))}


@dataclass
class Objective:
    """A method with the policy that it trains and the reference that it compares with."""

    method: Method
    policy: Policy
    reference: Reference | None
    memory: dict[str, float] = field(default_factory=dict)
    """The method's running statistics; changed by every loss with gradient."""

    def __call__(self, planted: Planted) -> Outcome:
        """The loss of a batch, divided by the pairs and tokens of that batch. Each micro-batch of an accumulated step counts as a whole one."""
        forest = planted.forest.to(self.policy.backbone.device)
        features = None if self.policy.trains_tower and torch.is_grad_enabled() else self.policy.encode(forest)
        theirs, projected = compute(self.policy, self.reference, self.method, forest, planted.pairs, features)
        read = scores(forest, planted.pairs, self.method.views, projected.logp, theirs, projected.outputs)
        batch = Batch(read, facts(planted.pairs, projected.logp), memory=dict(self.memory))
        outcome = self.method(batch, weights=torch.tensor([pair.weight for pair in planted.pairs], device=projected.logp.device))
        if torch.is_grad_enabled():
            self.memory.update(self.method.carry(self.memory, self.method.survey(batch)))
        return outcome


def method_of(method: str | Method, settings: Mapping[str, float | int | bool] | None = None) -> Method:
    """A method by name ("mdpo", "module:value") or as a value, with changed numbers. Errors: ValueError naming the nearest name or number."""
    return (find(method) if isinstance(method, str) else method).with_settings(settings or {})


def collator_for(method: Method, model: nn.Module, processor: Any, max_tokens: int | None = None, corruption: Mapping[str, Any] | None = None, seed: int = 0) -> Collator:
    """Reads rows for a method, in the model's own chat template and with its own processor.

    `corruption` ({"op": ..., settings}) makes the pictures of views that want them worse, where a record brings none;
    the method's own is the default. Errors: Unsupported when prompts are not read as the processor itself reads them.
    """
    encoder = encoder_for(model, processor, max_tokens or ENDLESS)
    damage = corruption or method.corruption
    return Collator(reads(method, encoder, Shown(open_picture, corrupt, default_corruption(dict(damage)) if damage else None, seed)))


def encoder_for(model: nn.Module, processor: Any, max_tokens: int) -> Encoder:
    """See `collator_for`."""
    encoder = Encoder(family_of(plain_model(model).config, processor), input_names(model), max_tokens)
    reading = settle(roomy(encoder), trial_question, [trial_picture(88, 56), trial_picture(48, 72)])
    if not reading.agrees:
        raise Unsupported(f"{type(processor).__name__}: {reading.line}")
    return encoder


def family_of(config: Any, processor: Any) -> Family:
    """How pictures enter the text, with the settings and the chat template of a processor object."""
    tokenizer = copy.copy(processor.tokenizer)
    tokenizer.chat_template = processor.chat_template or tokenizer.chat_template
    names = inspect.signature(type(processor).__init__).parameters.keys() - {"self", "tokenizer", "image_processor", "video_processor", "chat_template", "kwargs"}
    return processor_for(config, tokenizer, processor.image_processor, {name: value for name in names if (value := getattr(processor, name, None)) is not None})


def policy_for(model: nn.Module, collator: Collator) -> Policy:
    """The trained model with the first executor that agrees with the model's own forward pass. Errors: Unsupported when none does."""
    proofs = prove(model, trial(collator.reading.encoder))
    if not proofs[-1].passed:
        raise Unsupported("; ".join(proof.line for proof in proofs))
    return Policy(model, EXECUTORS[proofs[-1].executor])


def records_of(row: Mapping[str, Any], number: int = 0) -> list[Record]:
    """A row as records. Those of TRL's format are named by their content, so that a corruption's seed is the same whenever a row is read."""
    if row.get("record"):
        return [Record.model_validate_json(row["record"])]
    shown = {name: with_files(row[name]) for name in ("images", "image") if row.get(name) is not None}
    found = read({**row, **shown}, Place("batch", number, Path.cwd()))
    return [record.replace(record_id=str(row.get("id") or digest(record.replace(record_id=""))[:16])) for record in found]


def with_files(value: Any) -> Any:
    """Pictures in memory as the files that they would be."""
    if isinstance(value, (list, tuple)):
        return [with_files(one) for one in value]
    if not isinstance(value, Image.Image):
        return value
    file = BytesIO()
    value.save(file, "PNG", compress_level=0)
    return {"bytes": file.getvalue(), "path": None}
