"""TRL's DPOTrainer with any method of this package.

    from peft import LoraConfig
    from trl import DPOConfig, DPOTrainer
    from veridical.integrations.trl import trainer_class

    Trainer = trainer_class(DPOTrainer, "mdpo", {"beta": 0.1})
    trainer = Trainer(model, args=DPOConfig("out", max_length=None), train_dataset=rows, processing_class=processor, peft_config=LoraConfig(target_modules="all-linear"))
    trainer.train()

`rows` are TRL's own (images, prompt, chosen, rejected) or `dataset_of(records)`. TRL keeps its loop, optimiser, schedule,
checkpoints and logs; its collator and its loss are replaced, and with them the settings of its loss (`loss_type`, `beta`
and so on). The reference is TRL's: the network with its adapter off, or `ref_model`. Tested with TRL 1.16.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from veridical.integrations.objective import Collator, Objective, collator_for, method_of, policy_for
from veridical.models.head import wants_reference
from veridical.models.policy import Policy
from veridical.models.reference import Wanted, make_reference
from veridical.models.remember import Reference, ReferenceError
from veridical.objectives.method import Method, Outcome
from veridical.records.record import Record

if TYPE_CHECKING:
    from datasets import Dataset

COLUMNS = ("record", "id", "margin", "completion", "label")
"""Columns that are read beside TRL's own."""


class ProcessesError(ValueError):
    """A trainer that runs in several processes; see `trainer_class`."""


def trainer_class(trainer: type, method: str | Method, settings: Mapping[str, float | int | bool] | None = None, corruption: Mapping[str, Any] | None = None) -> type:
    """A subclass of a DPOTrainer that trains with a method; it is called as that class is.

    `settings` are numbers of the method ("beta", "terms.1.weight"), `corruption` replaces the method's own, see
    `objective.collator_for`. One process: log-probabilities are computed on the model's parts, so a wrapper that waits
    for its own forward call (DDP, FSDP, DeepSpeed) would not see the gradients.

    Errors of the class: ProcessesError; ReferenceError for a model that already carries an adapter; Unsupported when the
    processor's prompts, or the model's log-probabilities, cannot be reproduced.
    """
    chosen = method_of(method, settings)

    class Trained(trainer):
        """TRL's trainer with another collator and another loss."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            if self.accelerator.num_processes > 1 or self.is_deepspeed_enabled or self.is_fsdp_enabled:
                raise ProcessesError("this trainer runs in one process without sharding; for several processes use `veridical align`")
            self.data_collator = collator_for(chosen, self.model, self.processing_class, self.args.max_length, corruption, self.args.seed)
            self.objective = None

        def _set_signature_columns_if_needed(self) -> None:
            super()._set_signature_columns_if_needed()
            self._signature_columns = list(dict.fromkeys([*self._signature_columns, *COLUMNS]))

        def compute_loss(self, model: Any, inputs: Mapping[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
            """The method's loss of a batch of `data_collator`."""
            if return_outputs:
                raise NotImplementedError("compute_metrics wants logits, and these are never made; read the logged numbers instead")
            if self.objective is None:  # as late as this, because what is possible depends on checkpointing, which `train` switches on
                self.objective = objective_for(self, chosen)
            with self.accelerator.autocast():
                outcome = self.objective(inputs["planted"])
            for name, value in logged(outcome).items():
                self._metrics["train" if self.model.training else "eval"][name].append(value)
            return outcome.loss

    Trained.__name__ = Trained.__qualname__ = f"{trainer.__name__}[{chosen.name}]"
    return Trained


def objective_for(trainer: Any, method: Method) -> Objective:
    """A method on a trainer's model and reference."""
    collator: Collator = trainer.data_collator
    model = trainer.accelerator.unwrap_model(trainer.model)
    policy = policy_for(model, collator)
    return Objective(method, policy, reference_of(trainer, policy) if method.needs_reference or wants_reference(method.requests) else None)


def reference_of(trainer: Any, policy: Any) -> Reference:
    """The reference that TRL would use. Errors: ReferenceError for one that it makes of an adapter which came with the model."""
    if trainer.ref_model is not None:
        return make_reference("model", policy, Wanted(model=lambda: Policy(trainer.accelerator.unwrap_model(trainer.ref_model), policy.executor)))
    if "ref" in getattr(policy.model, "peft_config", {}):
        raise ReferenceError("the model came with an adapter; merge it (merge_and_unload) and give a new one as peft_config, or give ref_model")
    return make_reference("adapter_off", policy)


def logged(outcome: Outcome) -> dict[str, float]:
    """Parts of the loss, and means of what is measured of each pair."""
    return {f"loss/{name}": float(value) for name, value in outcome.parts.items()} | {name: float(values.nanmean()) for name, values in outcome.measures.items()}


def dataset_of(records: Iterable[Record]) -> Dataset:
    """Records as a dataset that a `trainer_class` reads: with negatives, swaps, spans and margins, which TRL's columns do not hold."""
    from datasets import Dataset

    return Dataset.from_list([{"images": [], "record": record.model_dump_json()} for record in records])
