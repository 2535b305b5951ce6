"""One optimiser step over a fixed number of records. It never knows a method's name.

Losses are divided by the pairs and tokens of the *whole step*, over micro-batches and processes, so neither packing nor
accumulation nor the number of processes changes a loss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from veridical.models.collate import Example, PairPlaces, collate, facts, scores
from veridical.models.compute import compute
from veridical.models.executors.executor import Positions
from veridical.models.forest import Forest, Inputs
from veridical.models.head import Projected
from veridical.models.pictures import Feature
from veridical.models.policy import Policy, evaluating
from veridical.models.remember import Reference
from veridical.objectives.batch import Batch
from veridical.objectives.method import Method, Outcome
from veridical.objectives.view import Scores, View
from veridical.train.gradient import accumulate
from veridical.train.order import micro_batches
from veridical.train.sharded import whole
from veridical.train.total import gathered, summed


@dataclass
class Tally:
    """Sums over a step: parts of the loss (already divided by the step's counts) and measures to be averaged over pairs."""

    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    measures: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, outcome: Outcome, measures: Mapping[str, Tensor], pairs: int, tokens: int, positions: Positions) -> None:
        """One micro-batch."""
        for name, value in outcome.parts.items():
            self.parts[name] += float(value)
        for name, values in measures.items():
            self.measures[name] += float(values.double().sum())
        for name, count in (("pairs", pairs), ("tokens", tokens), ("computed", positions.computed), ("padding", positions.padding)):
            self.counts[name] += count

    def numbers(self) -> dict[str, float]:
        """The step's metrics, over all processes: loss, its parts, means over pairs, tokens, and padding as a share of the positions computed."""
        parts, measures, counts = summed(self.parts), summed(self.measures), summed(self.counts)
        pairs = counts.get("pairs", 0.0)
        found = {f"loss/{name}": value for name, value in parts.items()} | {name: value / max(pairs, 1.0) for name, value in measures.items()}
        share = counts.get("padding", 0.0) / max(counts.get("computed", 0.0), 1.0)
        return {"loss": sum(parts.values()), **found, "pairs": pairs, "tokens": counts.get("tokens", 0.0), "padding": share}


@dataclass(frozen=True)
class Known:
    """What is known of a whole step before its first loss."""

    counts: Mapping[str, float]
    """Pairs and tokens."""
    places: Sequence[Tensor]
    """Of each example of this process, the numbers of its pairs among the step's."""
    surveys: dict[str, Tensor]
    """What the method asked to know of every pair, [pairs of the step, k] each."""


@dataclass(frozen=True)
class Stepper:
    """What a step needs: the wrapped policy, its reference, the method, and the process's place among others."""

    policy: nn.Module
    """The policy as accelerate wrapped it."""
    plain: Policy
    """The same policy unwrapped."""
    reference: Reference | None
    method: Method
    micro_tokens: int
    accelerator: Any
    features: Callable[[Forest], Mapping[str, Feature] | None] | None = None
    """Features of a forest's pictures, where a run remembers them (`train.features`)."""
    blank: Inputs | None = None
    """A picture for batches without one, where the tower trains."""
    stand_in: Forest | None = None
    """What a process without records computes; needed where there are several."""
    memory: dict[str, float] = field(default_factory=dict)
    """The method's running statistics; changed by every step that learns."""

    def run(self, examples: Sequence[Example], learn: bool = True, also: tuple[str, ...] = ()) -> dict[str, float]:
        """Compute the step's loss over this process's `examples`, gradients too when `learn`; the step's metrics.

        `also` names outputs to measure beside those that the method requests ("entropy").
        """
        sizes = [self.plain.executor.positions(example.forest).computed for example in examples]
        groups, tally = micro_batches(sizes, self.micro_tokens), Tally()
        known = self.known(examples, groups)
        if learn:
            accumulate(self.accelerator, self.policy, groups, lambda group: self.micro(examples, group, known, tally, self.policy, also).loss, self.stand_in)
            self.memory.update(self.method.carry(self.memory, known.surveys))
        else:
            with torch.no_grad():
                for group in groups:
                    self.micro(examples, group, known, tally, self.plain, also)
        return tally.numbers()

    def known(self, examples: Sequence[Example], groups: Sequence[Sequence[int]]) -> Known:
        """What is known of the whole step before its first loss: counts, and the surveys that the method asks for.

        A survey costs one more forward pass, without gradient; where one micro-batch is the whole step it is read off
        that (`micro`). It makes the loss that of the whole step, however it is divided.
        """
        places = numbered([len(example.pairs) for example in examples])
        if not self.method.statistics or (len(groups) == 1 and self.accelerator.num_processes == 1):
            return Known(self.counts(examples), places, {})
        own: dict[str, Tensor] = {}
        with whole(self.plain), torch.no_grad(), evaluating(self.plain):
            for group in groups:
                _, pairs, read = self.computed([examples[place] for place in group], self.plain)
                here = torch.cat([places[place] for place in group])
                for key, found in self.method.survey(self.batch(pairs, read, here)).items():
                    own.setdefault(key, found.new_zeros(sum(map(len, places)), found.shape[-1]))[here] = found
        before, surveys = gathered(own, self.accelerator.process_index)
        return Known(self.counts(examples), [place + before for place in places], surveys)

    def micro(self, examples: Sequence[Example], group: Sequence[int], known: Known, tally: Tally, policy: nn.Module, also: tuple[str, ...] = ()) -> Outcome:
        """One forward pass of reference and policy over a group of the examples, and the objective; what there is to log goes into `tally`."""
        forest, pairs, read = self.computed([examples[place] for place in group], policy, also)
        here = torch.cat([known.places[place] for place in group])
        if not known.surveys:
            known.surveys.update({key: in_order(found, here) for key, found in self.method.survey(self.batch(pairs, read)).items()})
        batch = self.batch(pairs, read, here, known.surveys)
        weights = torch.tensor([pair.weight for pair in pairs], device=forest.targets.device)
        outcome = self.method(batch, known.counts["pairs"], known.counts["tokens"], weights)
        tally.add(outcome, outcome.measures | measures(read), len(pairs), forest.tokens, self.plain.executor.positions(forest))
        return outcome

    def computed(self, examples: Sequence[Example], policy: nn.Module, also: tuple[str, ...] = ()) -> tuple[Forest, list[PairPlaces], dict[View, Scores]]:
        """The examples' forest, its pairs, and each view's scores."""
        forest, pairs = collate(examples)
        forest = forest.to(self.plain.backbone.device)
        theirs, projected = self.forward(policy, forest, pairs, also)
        return forest, pairs, scores(forest, pairs, self.method.views, projected.logp, theirs, projected.outputs)

    def batch(self, pairs: Sequence[PairPlaces], read: Mapping[View, Scores], here: Tensor | None = None, surveys: Mapping[str, Tensor] | None = None) -> Batch:
        """What the objective is given of these pairs, which are the step's pairs of the numbers `here`; alone where nothing was surveyed."""
        like = next(iter(read.values())).policy
        if not surveys:
            return Batch(read, facts(pairs, like), memory=self.memory)
        return Batch(read, facts(pairs, like), surveys, here.to(like.device), self.memory)

    def forward(self, policy: nn.Module, forest: Forest, pairs: Sequence[PairPlaces], also: tuple[str, ...] = ()) -> tuple[Tensor | None, Projected]:
        """Log-probabilities [N] of the reference, where the method reads them, and of the policy with the requested outputs."""
        with self.accelerator.autocast():
            return compute(policy, self.reference, self.method, forest, pairs, self.encoded(forest), self.blank, also)

    def encoded(self, forest: Forest) -> Mapping[str, Feature] | None:
        """The pictures' features, shared by policy and reference; None where the policy makes them with gradient."""
        if self.features is not None:
            return self.features(forest)
        return None if self.plain.trains_tower and torch.is_grad_enabled() else self.plain.encode(forest)

    def pull(self, example: Example) -> list[list[Tensor]]:
        """How an example's loss moves with each scored token's log-probability, by tree and segment: negative where it is raised, positive where it is lowered."""
        forest, pairs = collate([example])
        forest = forest.to(self.plain.backbone.device)
        with torch.no_grad():
            theirs, projected = self.forward(self.plain, forest, pairs)
        logp = projected.logp.detach().requires_grad_()
        read = scores(forest, pairs, self.method.views, logp, theirs, projected.outputs)
        weights = torch.tensor([pair.weight for pair in pairs], device=logp.device)
        return forest.split(torch.autograd.grad(self.method(self.batch(pairs, read), weights=weights).loss, logp)[0].cpu())

    def counts(self, examples: Sequence[Example]) -> dict[str, float]:
        """Pairs, and tokens of the views that normalise a term, of the whole step over all processes."""
        pairs = sum(len(example.pairs) for example in examples)
        tokens = sum(length(example, view) for example in examples for view in self.method.token_views)
        return {name: max(value, 1.0) for name, value in summed({"pairs": float(pairs), "tokens": float(tokens)}).items()}


def measures(read: Mapping[View, Scores]) -> dict[str, Tensor]:
    """What is logged of each pair whatever the method, [B] each: outputs as means over the tokens of all views, and `kl`.

        kl = mean over tokens of log pi(y_t) - log ref(y_t)

    On responses that the policy did not draw this estimates how far it went from the reference; it may be negative. A
    method that requests the divergence itself has it logged in its place.
    """
    tokens = sum(own.mask.sum(-1) for own in read.values())

    def mean(values: Callable[[Scores], Tensor]) -> Tensor:
        return sum(torch.where(own.mask, values(own).detach(), 0.0).sum(-1) for own in read.values()) / tokens

    first = next(iter(read.values()))
    estimate = {} if first.reference is None else {"kl": mean(lambda own: own.policy - own.reference)}
    return estimate | {name: mean(lambda own, name=name: own.outputs[name]) for name in first.outputs}


def in_order(rows: Tensor, here: Tensor) -> Tensor:
    """Rows put at their places, so that what is drawn from them does not depend on how the step was divided."""
    return torch.empty_like(rows).index_copy(0, here.to(rows.device), rows)


def numbered(counts: Sequence[int]) -> list[Tensor]:
    """So many numbers for each, from 0 on."""
    return list(torch.arange(sum(counts)).split(list(counts)))


def length(example: Example, view: View) -> int:
    """Scored tokens of one view over an example's pairs."""
    places = [pair.views[view] for pair in example.pairs if view in pair.views]
    return sum(int(example.forest.trees[place.tree].segments[place.segment].scored.sum()) for place in places)
