"""One optimiser step of a reward model over a fixed number of records. It never knows a method's name.

Losses are divided by the counts of the *whole step*, over micro-batches and processes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from veridical.models.forest import Forest, Inputs
from veridical.models.judging.example import JudgedExample, joined, judged
from veridical.models.judging.module import Assessor
from veridical.models.pictures import Feature
from veridical.models.policy import evaluating
from veridical.objectives.judged import Judged
from veridical.objectives.reward_method import RewardMethod
from veridical.train.gradient import accumulate
from veridical.train.order import micro_batches
from veridical.train.sharded import whole
from veridical.train.total import summed


@dataclass
class Sums:
    """Sums over a step, over the micro-batches of this process."""

    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Shares of the loss, already divided by the step's counts."""
    measures: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def numbers(self) -> dict[str, float]:
        """The step's metrics, over all processes: loss, its parts, means over comparisons, tokens, and padding as a share of the positions computed."""
        parts, measures, counts = summed(self.parts), summed(self.measures), summed(self.counts)
        compared = counts.get("comparisons", 0.0)
        means = {name: value / compared for name, value in measures.items()} if compared else {}
        found = {f"loss/{name}": value for name, value in parts.items()} | means
        share = counts.get("padding", 0.0) / max(counts.get("computed", 0.0), 1.0)
        return {"loss": sum(parts.values()), **found, "pairs": compared, "tokens": counts.get("tokens", 0.0), "padding": share}


@dataclass(frozen=True)
class Appraiser:
    """What a step of a reward model needs."""

    wrapped: nn.Module
    """The model as accelerate wrapped it."""
    plain: Assessor
    """The same unwrapped."""
    method: RewardMethod
    micro_tokens: int
    accelerator: Any
    features: Callable[[Forest], Mapping[str, Feature] | None]
    """Features of a forest's pictures (`train.features`)."""
    blank: Inputs | None = None
    """A picture for batches without one, where the tower trains."""
    stand_in: Forest | None = None
    """What a process without records computes; needed where there are several."""

    def run(self, examples: Sequence[JudgedExample], learn: bool = True) -> dict[str, float]:
        """Compute the step's loss over this process's examples, gradients too when `learn`; the step's metrics."""
        sizes = [self.plain.executor.positions(example.forest).computed for example in examples]
        groups = [[examples[place] for place in group] for group in micro_batches(sizes, self.micro_tokens)]
        counts, known, sums = summed(self.method.counts(judged(examples))) if examples else summed({}), self.known(groups), Sums()
        if learn:
            accumulate(self.accelerator, self.wrapped, groups, lambda group: self.micro(group, counts, known, sums, self.wrapped), self.stand_in)
        else:
            with torch.no_grad():
                for group in groups:
                    self.micro(group, counts, known, sums, self.plain)
        return sums.numbers()

    def known(self, groups: Sequence[Sequence[JudgedExample]]) -> dict[str, float]:
        """Sums over the whole step that some terms must know before its first loss.

        One more forward pass without gradient; where one micro-batch is the whole step the terms read them off that.
        """
        if not self.method.surveyed or (len(groups) == 1 and self.accelerator.num_processes == 1):
            return {}
        found: dict[str, float] = defaultdict(float)
        with whole(self.plain), torch.no_grad(), evaluating(self.plain):
            for group in groups:
                for name, value in self.method.survey(self.heard(group, self.plain)[1]).items():
                    found[name] += value
        return summed(found)

    def micro(self, group: Sequence[JudgedExample], counts: Mapping[str, float], known: Mapping[str, float], sums: Sums, model: nn.Module) -> Tensor:
        """One forward pass over some examples, and their share of the step's loss; what there is to log goes into `sums`."""
        forest, batch = self.heard(group, model)
        outcome = self.method(replace(batch, known=known), counts)
        for name, part in outcome.parts.items():
            sums.parts[name] += float(part)
        for name, values in outcome.measures.items():
            sums.measures[name] += float(values.double().sum())
        positions = self.plain.executor.positions(forest)
        for name, value in (("comparisons", float((~batch.tie).sum())), ("tokens", forest.tokens), ("computed", positions.computed), ("padding", positions.padding)):
            sums.counts[name] += value
        return outcome.loss

    def heard(self, group: Sequence[JudgedExample], model: nn.Module) -> tuple[Forest, Judged]:
        """The group's forest, and what was heard of it."""
        forest, moved = joined(group)
        forest = forest.to(self.plain.backbone.device)
        with self.autocast():
            heard = model(forest, self.features(forest), self.blank)
        return forest, judged(moved, forest, heard)

    def pull(self, example: JudgedExample) -> list[list[Tensor]]:
        """How an example's loss moves with what is read at each scored token, by tree and segment: negative where score or log-probability is raised."""
        forest, moved = joined([example])
        forest = forest.to(self.plain.backbone.device)
        with torch.no_grad():
            heard = self.plain(forest, self.features(forest))
        logp, scores = heard.logp.requires_grad_(), heard.scores.requires_grad_()
        slopes = torch.autograd.grad(self.method(judged(moved, forest, replace(heard, logp=logp, scores=scores))).loss, (logp, scores), allow_unused=True, materialize_grads=True)
        return forest.split((slopes[0] + slopes[1].sum(-1)).cpu())

    def autocast(self) -> AbstractContextManager[None]:
        """Mixed precision, where the run has it."""
        return self.accelerator.autocast()
