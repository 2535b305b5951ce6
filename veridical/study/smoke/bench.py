"""What the probes work on, and what a probe is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import torch
from accelerate import Accelerator
from pydantic import Field

from veridical.models.assemble import FROZEN, merge_adapter
from veridical.models.encoder import Encoder
from veridical.models.executors import EXECUTORS
from veridical.models.executors.executor import Executor
from veridical.models.load import Opened, open_model
from veridical.models.parts import prepare
from veridical.models.policy import Policy
from veridical.models.collate import Example
from veridical.models.read import Reading
from veridical.recipe import AlignRecipe, Settings
from veridical.records.record import Record
from veridical.train.session import accelerate
from veridical.train.step import Stepper

LORA = {"rank": 8, "alpha": 16, "dropout": 0.0, "targets": "auto"}
"""The adapter that the probes train."""

Thing = TypeVar("Thing")


class SmokeRecipe(Settings):
    """`veridical smoke`."""

    model: str
    """A Hugging Face model directory."""
    adapter: str | None = None
    """An adapter on it, merged first."""
    data: str | None = None
    """A file or folder of preference data; without it pictures of the embedded world are used."""
    format: str = "auto"
    media_root: str | None = None
    records: int = Field(4, ge=1)
    """Records that are tried."""
    steps: int = Field(10, ge=1)
    """Steps of DPO on them."""
    max_tokens: int = 4096
    picture_tokens: int | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    attention: str = "sdpa"
    device: Literal["auto", "cpu"] = "auto"


class NotApplicable(Exception):
    """A check that has nothing to check here; the message says why."""


@dataclass(frozen=True)
class Finding:
    """What a probe found."""

    passed: bool
    evidence: str
    """One line with the numbers."""
    details: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """The records that are tried."""

    records: tuple[Record, ...]
    examples: tuple[Example, ...]
    """The records as a DPO run reads them, one for each."""
    reading: Reading
    source: str


@dataclass(frozen=True)
class Learner:
    """A policy that trains through an adapter of its language model, as a run would train it."""

    policy: Policy
    stepper: Stepper
    optimiser: torch.optim.Optimizer


@dataclass
class Bench:
    """The model, the data, and what earlier probes found out.

    Life cycle: made by `smoke`, filled by the probes in their order, discarded. What a probe could not make is missing
    for those after it, which then do not apply.
    """

    recipe: SmokeRecipe
    made: dict[type, Any] = field(default_factory=dict)
    executor: Executor = EXECUTORS["plain"]
    """The one that was proved; `plain` until then."""

    def need(self, kind: type[Thing]) -> Thing:
        """What an earlier probe made. Errors: NotApplicable where it made nothing."""
        if kind not in self.made:
            raise NotApplicable(MISSING[kind])
        return self.made[kind]

    def put(self, *things: Any) -> None:
        """Keep things for later probes."""
        self.made |= {type(thing): thing for thing in things}

    @property
    def opened(self) -> Opened:
        """The model with its tokenizer and image processor."""
        return self.need(Opened)

    @property
    def encoder(self) -> Encoder:
        """Records to tokens, for this model."""
        return self.need(Encoder)

    @property
    def material(self) -> Material:
        """The records that are tried."""
        return self.need(Material)

    @property
    def learner(self) -> Learner:
        """The policy that trains."""
        return self.need(Learner)

    @property
    def with_picture(self) -> int:
        """Place of the first record that shows a picture. Errors: NotApplicable where none does."""
        for place, example in enumerate(self.material.examples):
            if example.forest.pictures:
                return place
        raise NotApplicable("no record shows a picture")

    @property
    def tolerance(self) -> float:
        """Largest difference, in nats, of two log-probabilities that should be the same."""
        return 1e-4 if self.recipe.precision == "float32" else 0.2

    @cached_property
    def accelerator(self) -> Accelerator:
        """What runs the steps, as in a run."""
        return accelerate(AlignRecipe(model=self.recipe.model, data=[], precision=self.recipe.precision, device=self.recipe.device))

    def open(self) -> Opened:
        """The model as its directory (and adapter) say. Errors: ModelError."""
        opened = open_model(self.recipe.model, self.recipe.precision, self.recipe.attention, str(self.accelerator.device))
        return merge_adapter(opened, self.recipe.adapter) if self.recipe.adapter else opened

    @contextmanager
    def trained(self, **modes: str) -> Iterator[Policy]:
        """A policy whose parts train as `modes` says (the others are frozen) inside the block; afterwards the model is as it was."""
        base = self.opened.model
        torch.manual_seed(0)
        model = prepare(base, {**FROZEN, **modes}, LORA)
        try:
            yield Policy(model, self.executor).eval()
        finally:
            if hasattr(model, "unload"):
                model.unload()
            base.requires_grad_(False)
            base.zero_grad(set_to_none=True)


@dataclass(frozen=True)
class Probe:
    """One check: what it claims, how it is found out, and what to do when the claim is wrong."""

    name: str
    claim: str
    run: Callable[[Bench], Finding]
    advice: str


MISSING: Mapping[type, str] = MappingProxyType(
    {Opened: "the model does not open", Encoder: "the model does not open", Material: "there is no record to try", Learner: "no policy could be made to train"}
)
"""Why something is not on the bench."""
