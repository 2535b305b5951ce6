"""What a form of judging is: how it reads records to learn from, and what it says of responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from veridical.models.forest import Forest
from veridical.models.judging.example import JudgedExample, joined
from veridical.models.judging.grow import Reader
from veridical.models.judging.heads import Latent
from veridical.models.judging.module import Assessor, Heard
from veridical.models.policy import evaluating
from veridical.models.sample import Generation
from veridical.records.record import Record

Item = TypeVar("Item")


@dataclass(frozen=True)
class Opinion:
    """What a judge says of one response."""

    score: float | None
    """None: it could not be judged, which is not the same as bad."""
    spread: float = 0.0
    """Standard deviation between read-outs, models or votes."""
    outlier: float | None = None
    """Distance of its latent from those of the training responses, where the model has one."""
    why: str = ""
    """A critique, the votes, or the reason why there is no score."""
    steps: tuple[tuple[int, float], ...] = ()
    """Where each step of the response ends, in characters, and the probability that it is right; of a judge of steps."""


Combine = Callable[[Tensor], Tensor]
"""Scores of several read-outs or models [H] to one number."""


@dataclass(frozen=True)
class Bench:
    """What judging needs: how responses are read, the model, and how its read-outs become one number."""

    reader: Reader
    assessor: Assessor
    combine: Combine
    micro_tokens: int = 8192
    """Positions computed at once."""

    @property
    def generation(self) -> Generation:
        """How the judge's words are drawn."""
        judging = self.reader.judging
        return Generation(judging.max_new_tokens, judging.temperature)

    @torch.no_grad()
    def heard(self, examples: Sequence[JudgedExample]) -> Iterator[tuple[Forest, list[JudgedExample], Heard]]:
        """What is heard of examples, in batches in their order."""
        sizes = [self.assessor.executor.positions(example.forest).computed for example in examples]
        with evaluating(self.assessor):
            for group in batches(examples, sizes, self.micro_tokens):
                forest, moved = joined(group)
                yield forest, moved, self.assessor(forest.to(self.assessor.backbone.device))

    def opinion(self, scores: Tensor, latent: Tensor | None = None, why: str = "") -> Opinion:
        """An opinion of what was read at one place: scores [H], and mean and log-variance of the latent [2, L]."""
        head = self.assessor.head
        away = float(head.outlier(latent[:1].to(head.centre.device))[0]) if latent is not None and isinstance(head, Latent) else None
        return Opinion(float(self.combine(scores)), float(scores.std()) if len(scores) > 1 else 0.0, away, why)


class Form(Protocol):
    """A way to judge."""

    unbounded: bool
    """Whether its score is a number on no scale, which shift and factor may give one."""

    def example(self, reader: Reader, record: Record, ranked: bool, draw: int) -> JudgedExample:
        """A record to learn from; `ranked` reads every ranked response, `draw` numbers the uses of a record. Errors: EncodeError naming the record."""
        ...

    def opinions(self, bench: Bench, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[Opinion]]:
        """What the model says of responses to the records' prompts."""
        ...


def batches(items: Sequence[Item], sizes: Sequence[int], budget: int) -> Iterator[list[Item]]:
    """Neighbours together as long as they fit the budget; one that does not stands alone."""
    group: list[Item] = []
    total = 0
    for item, size in zip(items, sizes, strict=True):
        if group and total + size > budget:
            yield group
            group, total = [], 0
        group.append(item)
        total += size
    if group:
        yield group
