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

from veridical.models.forest import Inputs
from veridical.models.policy import Policy
from veridical.models.read import Example, collate, scores
from veridical.models.reference import Reference
from veridical.objectives.method import Method, Outcome
from veridical.train.order import micro_batches


@dataclass
class Tally:
    """Sums over a step: parts of the loss (already divided by the step's counts) and means to be taken over pairs."""

    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    pairs: float = 0.0
    tokens: float = 0.0
    padding: float = 0.0

    def add(self, outcome: Outcome, pairs: int, tokens: int, padding: int) -> None:
        """One micro-batch."""
        for name, value in outcome.parts.items():
            self.parts[name] += float(value)
        for name, values in outcome.measures.items():
            self.sums[name] += float(values.sum())
        self.pairs += pairs
        self.tokens += tokens
        self.padding += padding

    def numbers(self, gather: Callable[[Tensor], Tensor]) -> dict[str, float]:
        """The step's metrics, over all processes."""
        names, sums = sorted(self.parts), sorted(self.sums)
        local = [self.parts[name] for name in names] + [self.sums[name] for name in sums] + [self.pairs, self.tokens, self.padding]
        total = gather(torch.tensor(local, dtype=torch.float64)).tolist()
        pairs, tokens, padding = total[-3:]
        found = {f"loss/{name}": total[place] for place, name in enumerate(names)}
        found |= {name: total[len(names) + place] / max(pairs, 1.0) for place, name in enumerate(sums)}
        return {"loss": sum(total[: len(names)]), **found, "pairs": pairs, "tokens": tokens, "padding": padding / max(tokens, 1.0)}


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
    blank: Inputs | None = None

    def run(self, examples: Sequence[Example], learn: bool = True) -> dict[str, float]:
        """Compute the step's loss over this process's `examples`, gradients too when `learn`; the step's metrics."""
        groups = micro_batches([example.forest.tokens for example in examples], self.micro_tokens)
        counts = self.counts(examples)
        tally = Tally()
        for number, group in enumerate(groups):
            last = number + 1 == len(groups)
            with self.synchronise(learn and last), torch.set_grad_enabled(learn):
                outcome, size = self.micro(examples=[examples[place] for place in group], counts=counts)
                if learn:
                    self.accelerator.backward(outcome.loss * self.accelerator.num_processes)
            tally.add(outcome, *size)
        return tally.numbers(lambda values: self.accelerator.reduce(values.to(self.accelerator.device), "sum").cpu())

    def micro(self, examples: Sequence[Example], counts: Mapping[str, float]) -> tuple[Outcome, tuple[int, int, int]]:
        """One forward pass of policy and reference, and the objective; (pairs, tokens, padding) for the log."""
        forest, pairs = collate(examples)
        forest = forest.to(self.plain.backbone.device)
        features = None if self.plain.trains_tower and torch.is_grad_enabled() else self.plain.encode(forest)
        stream = self.reference.stream(forest, features) if self.reference and self.method.requests else None
        theirs = self.reference.logp(forest, features) if self.reference and self.method.needs_reference else None
        projected = self.policy(forest, self.method.requests, stream, features, self.blank)
        read = scores(forest, pairs, self.method.views, projected.logp, theirs, projected.outputs)
        weights = torch.tensor([pair.weight for pair in pairs], device=projected.logp.device)
        outcome = self.method(read, counts["pairs"], counts["tokens"], weights)
        longest = max(len(tree) for tree in forest.trees)
        return outcome, (len(pairs), forest.tokens, longest * len(forest.trees) - forest.tokens)

    def counts(self, examples: Sequence[Example]) -> dict[str, float]:
        """Pairs, and tokens of the chosen responses, of the whole step over all processes."""
        pairs = sum(len(example.pairs) for example in examples)
        tokens = sum(length(example, view) for example in examples for view in self.method.token_views)
        total = self.accelerator.reduce(torch.tensor([pairs, tokens], dtype=torch.float64, device=self.accelerator.device), "sum").tolist()
        return {"pairs": max(total[0], 1.0), "tokens": max(total[1], 1.0)}

    def synchronise(self, now: bool) -> Any:
        """Gradients travel between processes with the last micro-batch only."""
        from contextlib import nullcontext

        return nullcontext() if now else self.accelerator.no_sync(self.policy)


def length(example: Example, view: Any) -> int:
    """Scored tokens of one view over an example's pairs."""
    places = [pair.views[view] for pair in example.pairs]
    return sum(int(example.forest.trees[place.tree].segments[place.segment].scored.sum()) for place in places)
