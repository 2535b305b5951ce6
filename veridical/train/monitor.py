"""The monitor of offline training: what happens to held-out pairs, the same numbers whatever the method.

Its reference is the policy before the first step, remembered in the run directory, so it also serves methods that have
none. Numbers of a pair, from r = log-probability now minus before, summed over a response:

    accuracy   r(chosen) > r(rejected)                kept        that, and r(chosen) > 0: preferred and not sunk
    margin     r(chosen) - r(rejected)                rise        r(chosen) per token
    blind accuracy, blind margin: the same pair with the picture blanked
    words      of greedy responses to held-out prompts (watch.responses)
    blind gap  margin - blind margin: how much of what was learnt needs the picture
    kl         mean over tokens of log pi - log pi before, an estimate of how far the policy went
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from accelerate import Accelerator
from torch import Tensor

from veridical.models.assemble import Ready
from veridical.models.collate import Example
from veridical.models.policy import Policy, evaluating
from veridical.models.read import reads
from veridical.models.reference import Frozen
from veridical.models.remember import Cached, settings_of, weights_key
from veridical.models.sample import Generation, make_responder
from veridical.models.shown import Shown
from veridical.objectives.method import Method
from veridical.objectives.reading import SUM
from veridical.objectives.term import Unit
from veridical.objectives.view import CHOSEN, REJECTED, Scores, View
from veridical.records.corrupt import corrupt
from veridical.records.picture import open_picture
from veridical.records.record import Record
from veridical.records.text import word_count
from veridical.train.features import Features
from veridical.train.order import share
from veridical.train.step import Stepper
from veridical.train.watch import Watch

BLIND = (View("chosen", "blank"), View("rejected", "blank"))


@dataclass(frozen=True)
class Watched:
    """Not a loss: the monitor's numbers as measures of a term that asks for the views they need."""

    weight: float = 1.0
    name: ClassVar[str] = "monitor"
    views: ClassVar[tuple[View, ...]] = (CHOSEN, REJECTED, *BLIND)
    needs_reference: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ()
    unit: ClassVar[Unit] = "pair"
    formula: ClassVar[str] = "0"

    def __call__(self, batch: Mapping[View, Scores]) -> Tensor:
        return torch.zeros_like(batch[CHOSEN].policy[:, 0])

    def measure(self, batch: Mapping[View, Scores]) -> dict[str, Tensor]:
        """The numbers, one per pair [B]."""
        chosen, rejected, blind_chosen, blind_rejected = (SUM(batch, view).detach() for view in self.views)
        margin, blind = chosen - rejected, blind_chosen - blind_rejected
        found = {"margin": margin, "blind_margin": blind, "blind_gap": margin - blind, "rise": chosen / batch[CHOSEN].lengths.clamp(min=1)}
        true = {"accuracy": margin > 0, "blind_accuracy": blind > 0, "kept": (margin > 0) & (chosen > 0)}
        return {f"monitor/{name}": value for name, value in found.items()} | {f"monitor/{name}": value.to(margin.dtype) for name, value in true.items()}


MONITOR = Method("monitor", "none: measures, and teaches nothing", (Watched(),))


@dataclass(frozen=True)
class Monitor:
    """Called at a look: the held-out pairs' numbers, over all processes; none where no pair is held out."""

    stepper: Stepper
    examples: Sequence[Example]
    """This process's share."""

    def __call__(self) -> dict[str, float]:
        numbers = self.stepper.run(self.examples, learn=False)
        if not numbers["pairs"]:
            return {}
        found = {name: value for name, value in numbers.items() if name.startswith("monitor/")}
        return found | {"monitor/kl": numbers["kl"], "monitor/logp": numbers["logp/chosen"]}


def spoken(ready: Ready, records: Sequence[Record], count: int, beside: Watch | None) -> Watch | None:
    """What is watched besides by the main process: `beside`, and the words of greedy responses to the first prompts that are held out."""
    if not count or not records:
        return beside
    responder = make_responder(ready.policy, ready.encoder, open_picture, Generation(max_new_tokens=256, batch=count))

    def watch(policy: Policy, done: int) -> dict[str, float]:
        said = responder(records[:count])
        return (beside(policy, done) if beside else {}) | {"monitor/words": sum(map(word_count, said)) / len(said)}

    return watch


def make_monitor(ready: Ready, records: Sequence[Record], directory: Path, accelerator: Accelerator, features: Features, micro_tokens: int) -> Monitor:
    """A monitor of these records. What the policy says of them now is remembered in `directory`: make it before the first step.

    Records without a pair (single responses with a label) are passed over.
    """
    reading = reads(MONITOR, ready.encoder, Shown(open_picture, corrupt))
    pairs = [record for record in records if any(pair.relation == ">" for pair in record.pairs)]
    examples = [reading(record) for record in share(pairs, accelerator.process_index, accelerator.num_processes)]
    policy = ready.policy
    key = weights_key(policy.model, settings_of(ready.opened.image_processor)) if pairs else ""  # reads every weight
    baseline = Cached(Frozen(policy, shares_tower=not policy.trains_tower), directory, key)
    found = Monitor(Stepper(policy, policy, baseline, MONITOR, micro_tokens, accelerator, features), examples)
    with evaluating(policy):
        found()
    return found
