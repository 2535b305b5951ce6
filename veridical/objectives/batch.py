"""What an objective is given: the views' scores, facts of the pairs, and what the whole step knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from veridical.objectives.view import Scores, View


@dataclass(frozen=True)
class Batch:
    """B pairs of a step. Indexing with a view gives its scores, as a plain mapping of scores would."""

    scores: Mapping[View, Scores]
    facts: Mapping[str, Tensor] = field(default_factory=dict)
    """Numbers that records state of pairs, [B] each, NaN where one states none: "margin", "probability"."""
    step: Mapping[str, Tensor] | None = None
    """What terms asked to know of every pair of the step (`Method.survey`), over micro-batches and processes; None when
    these pairs are the whole step."""
    here: Tensor | None = None
    """Places of these pairs among the step's, [B]."""
    memory: Mapping[str, float] = field(default_factory=dict)
    """Running statistics as they were before the step."""

    def __getitem__(self, view: View) -> Scores:
        return self.scores[view]

    def __contains__(self, view: object) -> bool:
        return view in self.scores

    def __iter__(self):
        return iter(self.scores)

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def pairs(self) -> int:
        """B."""
        return len(next(iter(self.scores.values())).mask)

    @property
    def places(self) -> Tensor:
        """Places of these pairs among the step's, [B]."""
        return torch.arange(self.pairs, device=next(iter(self.scores.values())).mask.device) if self.here is None else self.here

    def fact(self, name: str, otherwise: float | None = None) -> Tensor:
        """A fact of each pair, [B], with `otherwise` where a record states none.

        Errors: ValueError when one is missing and nothing stands in for it.
        """
        like = next(iter(self.scores.values())).policy
        found = self.facts.get(name)
        found = torch.full_like(like[:, 0], torch.nan) if found is None else found.to(like)
        if otherwise is not None:
            return found.nan_to_num(nan=otherwise)
        if found.isnan().any():
            raise ValueError(f"a pair has no {name}, which this method reads; give the record's pair a {name}, or choose a method that needs none")
        return found
