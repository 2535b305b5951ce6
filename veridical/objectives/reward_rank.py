"""Terms of reward models that read a whole ranking of responses, not two of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from veridical.objectives.judged import Judged


@dataclass(frozen=True)
class Rank:
    """-log of the Plackett-Luce probability of a record's ranking, mean over records.

        -sum_k [ s_(k) - log sum_(j >= k) exp s_(j) ]

    Responses of one rank are tied: by Efron's product, or (`efron` false) Breslow's.
    """

    efron: bool = True
    weight: float = 1.0
    name: ClassVar[str] = "rank"
    formula: ClassVar[str] = "−Σ_k [r_k − log Σ_{j≥k} exp r_j]"

    def count(self, batch: Judged) -> float:
        """Records with at least two ranked responses."""
        return float(sum(1 for _ in rankings(batch)))

    def __call__(self, batch: Judged) -> Tensor:
        found = [plackett_luce(scores, ranks, self.efron).mean() for scores, ranks in rankings(batch)]
        return torch.stack(found).sum() if found else 0 * batch.scores.sum()


def plackett_luce(scores: Tensor, ranks: Tensor, efron: bool = True) -> Tensor:
    """Negative log-likelihood of a ranking for each read-out; scores [K, H], ranks [K], 1 is best."""
    total = scores.new_zeros(scores.shape[-1])
    for rank in ranks.unique().tolist():
        tied, rest = scores[ranks == rank], scores[ranks > rank]
        if len(tied) + len(rest) == 1:
            break
        for number in range(len(tied)):
            left = tied + torch.log1p(torch.tensor(-number / len(tied) if efron else 0.0, dtype=scores.dtype, device=scores.device))
            total = total + torch.cat([left, rest]).logsumexp(0)
        total = total - tied.sum(0)
    return total


def rankings(batch: Judged) -> Iterator[tuple[Tensor, Tensor]]:
    """Scores [K, H] and ranks [K] of each record with at least two ranked responses."""
    known = ~batch.rank.isnan()
    for group in batch.group[known].unique().tolist():
        own = known & (batch.group == group)
        if own.sum() > 1:
            yield batch.scores[own], batch.rank[own]


@dataclass(frozen=True)
class AllPairs:
    """-log sigma(r_i - r_j) over all pairs of different rank of a record, their mean, mean over records. Source: InstructGPT, arXiv 2203.02155."""

    weight: float = 1.0
    name: ClassVar[str] = "all pairs"
    formula: ClassVar[str] = "mean over pairs of −log σ(r_i − r_j)"

    def count(self, batch: Judged) -> float:
        """Records with two different ranks."""
        return float(sum(len(ranks.unique()) > 1 for _, ranks in rankings(batch)))

    def __call__(self, batch: Judged) -> Tensor:
        found = [0 * batch.scores.sum()]
        for scores, ranks in rankings(batch):
            better, worse = (ranks[:, None] < ranks[None, :]).nonzero(as_tuple=True)
            if len(better):
                found.append(-logsigmoid(scores[better] - scores[worse]).mean())
        return torch.stack(found).sum()
