"""ms-swift's DPO training with this package's methods, through a plugin file of two lines.

    # mdpo.py
    from veridical.integrations.ms_swift import register
    register("mdpo", {"beta": 0.1})

    swift rlhf --rlhf_type dpo --external_plugins mdpo.py --model DIR --dataset pairs.jsonl ...

`register` puts a subclass of ms-swift's DPOTrainer in the place of "dpo" and, for a method that reads a response against
other pictures, makes ms-swift's templates encode each pair once more per such view. ms-swift keeps its data, templates,
forward pass (also sharded or wrapped), reference (adapter off, `--ref_adapters`, or a second model), loop and logs; its
loss and the settings of its loss (`--beta`, `--loss_type`, `--rpo_alpha`, ...) are not read. The plugin is a file of the
user's own because ms-swift puts the plugin's folder on the Python path, where this folder's `trl.py` would hide TRL.

A method may read chosen and rejected, and either against a picture made worse. Not to be had there: outputs beside
log-probabilities, annotators' spans, other records, gold responses, packing, and sequence parallelism; what needs every
pair of a step sees the pairs of one micro-batch of one process. A pair without a margin counts as margin 0.

Run with ms-swift 4.6.0, TRL 0.29.1 and transformers 5.19.0 on a small LLaVA, on a CPU in one process (`tests/integrations`).
Never run: several processes, DeepSpeed, Megatron, GPUs, and templates other than LLaVA's.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from veridical.integrations.objective import method_of
from veridical.models.collate import stack
from veridical.models.shown import BLANK, stable_seed
from veridical.objectives.batch import Batch
from veridical.objectives.method import Method, Outcome
from veridical.objectives.view import CHOSEN, REJECTED, Scores, View, changed_segments
from veridical.records.corrupt import corrupt, default_corruption
from veridical.records.record import Corruption

IGNORED = -100
"""ms-swift's label of tokens that are not scored."""


class NotThere(ValueError):
    """What a method asks for and ms-swift's batches do not have."""


@dataclass(frozen=True)
class Tokens:
    """One forward pass as ms-swift reads it: a row per pair and view, views one after the other, each [rows, T]."""

    logp: Tensor
    mean_scores: Tensor
    labels: Tensor
    """The token that each position predicts, `IGNORED` where none is scored."""


def register(method: str | Method, settings: Mapping[str, float | int | bool] | None = None, corruption: Mapping[str, Any] | None = None) -> None:
    """Make `--rlhf_type dpo` train with a method; to be called once, by a plugin.

    `settings` are numbers of the method ("beta", "terms.1.weight"), `corruption` replaces the method's own ({"op": ...}).
    Errors: NotThere naming what cannot be had there.
    """
    from swift.rlhf_trainers import DPOTrainer
    from swift.template import Template
    from swift.trainers import TrainerFactory

    chosen = method_of(method, settings)
    check(chosen)
    here = sys.modules[__name__]
    if hasattr(here, "Registered"):
        raise NotThere(f"{here.Registered.__name__} is registered already; one run trains with one method")
    if others := views_of(chosen)[2:]:
        damage = corruption or chosen.corruption
        widen(Template, others, default_corruption(dict(damage)) if damage else None)
    here.Registered = trainer_class(DPOTrainer, chosen)
    TrainerFactory.TRAINER_MAPPING["dpo"] = f"{__name__}.Registered"


def check(method: Method) -> None:
    """Errors: NotThere naming what the method asks for and is not there."""
    if unknown := [view for view in method.views if view.response not in ("chosen", "rejected") or view.picture not in ("original", "corrupted", "blank")]:
        raise NotThere(f"method {method.name!r} reads {unknown[0]}; ms-swift's pairs have a chosen and a rejected response only. Use `veridical align`")
    for kind, asked in (("output", method.requests), ("annotators' label", method.labels), ("fact", tuple(set(method.facts) - {"margin"}))):
        if asked:
            raise NotThere(f"method {method.name!r} reads the {kind} {asked[0]!r}, which ms-swift's batches do not have. Use `veridical align`")


def views_of(method: Method) -> list[View]:
    """The rows of a batch: ms-swift's two, then those that the method reads beside them."""
    return [CHOSEN, REJECTED, *(view for view in method.views if view not in (CHOSEN, REJECTED))]


def widen(template: type, views: Sequence[View], damage: Corruption | None) -> None:
    """Let a template class encode and collate the views beside ms-swift's two.

    Errors: NotThere for a view of a worse picture when no corruption is known.
    """
    if damage is None and any(view.picture == "corrupted" for view in views):
        raise NotThere("the method reads a worse picture and names no corruption; give one: register(..., corruption={'op': ...})")
    encode, prefixes = template._rlhf_encode, [f"veridical{number}_" for number in range(len(views))]

    def encode_more(self: Any, inputs: Any, check_rejected: bool = True) -> dict[str, Any]:
        sides = [shown(self, inputs, view, damage) for view in views]  # before the two are encoded, which changes them
        found = encode(self, inputs, check_rejected)
        for prefix, side in zip(prefixes, sides, strict=True):
            found |= {prefix + name: value for name, value in self._encode_truncated(side).items()}
        return found

    def collate_more(self: Any, batch: list[dict[str, Any]], *, padding_to: int | None = None, **given: Any) -> dict[str, Any]:
        rows = [row for prefix in ("chosen_", "rejected_", *prefixes) for row in self._fetch_inputs_startswith(batch, prefix)]
        found = self._data_collator(rows, padding_to=padding_to)
        if any(row.get("margin") is not None for row in batch):
            found["margin"] = torch.tensor([row.get("margin") or 0.0 for row in batch])
        return found

    template._rlhf_encode, template._rlhf_data_collator = encode_more, collate_more


def shown(template: Any, inputs: Any, view: View, damage: Corruption | None) -> Any:
    """One side of a pair with its pictures as a view wants them."""
    side = copy.deepcopy(getattr(inputs, view.response))
    asked, corruption = repr(side.messages[:-1]), BLANK if view.picture == "blank" else damage
    pictures = [template._load_image(image, True) for image in side.images]
    side.images = [corrupt(one, corruption.replace(seed=stable_seed(asked, place, corruption.op, corruption.seed))) for place, one in enumerate(pictures)]
    return side


def trainer_class(trainer: type, method: Method) -> type:
    """A subclass of ms-swift's DPOTrainer that trains with a method. Errors of the class: NotThere for packing and the like."""
    views = views_of(method)

    class Trained(trainer):
        """ms-swift's trainer with another loss."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            if self.template.packing or self.template.padding_free or self.template.sequence_parallel_size > 1:
                raise NotThere("packing, padding_free and sequence parallelism join the rows of several pairs; switch them off")
            self.memory: dict[str, float] = {}

        def get_per_token_logps(self, logits: Tensor, labels: Tensor, *given: Any, **named: Any) -> Any:
            """As ms-swift's; what it gives is kept, because the sums that are made of it are not enough."""
            found = super().get_per_token_logps(logits, labels, *given, **named)
            self.tokens = Tokens(found[0], found[1].detach(), labels.to(found[0].device))
            return found

        def get_batch_loss_metrics(self, model: Any, batch: Mapping[str, Any], train_eval: str = "train", **given: Any) -> tuple[Tensor, dict[str, float]]:
            """The method's loss of a batch, and numbers for the log."""
            batch = dict(batch)
            margin = batch.pop("margin", None)
            self.concatenated_forward(model, batch)
            ours, theirs = self.tokens, None
            if method.needs_reference:
                self.compute_ref_log_probs(batch)
                theirs = self.tokens
            whole = Batch(scores_of(views, ours, theirs), {} if margin is None else {"margin": margin}, memory=dict(self.memory))
            outcome = method(whole)
            if train_eval == "train":
                self.memory.update(method.carry(self.memory, method.survey(whole)))
            return outcome.loss, logged(outcome, ours, "eval_" if train_eval == "eval" else "")

    Trained.__name__ = Trained.__qualname__ = f"{trainer.__name__}[{method.name}]"
    return Trained


def scores_of(views: Sequence[View], ours: Tokens, theirs: Tokens | None) -> dict[View, Scores]:
    """Rows of a batch as scores, view by view."""
    rows = len(ours.labels) // len(views)
    scored = ours.labels != IGNORED
    policy, reference = ([row[mask] for row, mask in zip(tokens.logp, scored, strict=True)] if tokens else None for tokens in (ours, theirs))
    ids = [row[mask].tolist() for row, mask in zip(ours.labels, scored, strict=True)]
    marks = [changed_segments(chosen, rejected) for chosen, rejected in zip(ids[:rows], ids[rows : 2 * rows], strict=True)]
    found = {}
    for number, view in enumerate(views):
        here, side = slice(number * rows, (number + 1) * rows), ("chosen", "rejected").index(view.response)
        found[view] = Scores(
            policy=stack(policy[here]),
            reference=None if reference is None else stack(reference[here]).detach(),
            mask=stack([torch.ones_like(row, dtype=torch.bool) for row in policy[here]]),
            changed=stack([torch.tensor(mark[side], dtype=torch.bool, device=ours.logp.device) for mark in marks]),
        )
    return found


def logged(outcome: Outcome, ours: Tokens, prefix: str) -> dict[str, float]:
    """Parts of the loss, means of what is measured of each pair, and the mean scores that ms-swift's evaluation asks for."""
    found = {f"loss/{name}": float(value) for name, value in outcome.parts.items()} | {name: float(values.nanmean()) for name, values in outcome.measures.items()}
    mean = float(ours.mean_scores[ours.labels != IGNORED].mean())
    return {prefix + name: value for name, value in {**found, "logits/chosen": mean, "logits/rejected": mean}.items()}
