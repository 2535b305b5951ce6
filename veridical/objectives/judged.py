"""What a reward objective is given: scores of responses, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Judged:
    """R responses of some records, scored by H read-outs, and the P comparisons between them.

    Records are never divided, so both responses of a comparison, and all of a ranking, are here.
    """

    scores: Tensor
    """r, [R, H]"""
    words: Tensor
    """Summed log-probability of what the judge wrote of each response, [R]"""
    lengths: Tensor
    """Tokens of it, [R]; 0 where it writes nothing."""
    win: Tensor
    """Places of the better responses, [P]; of ties, of either."""
    lose: Tensor
    """[P]"""
    tie: Tensor
    """Whether both are equally good, [P]"""
    margin: Tensor
    """How much better, where it is stated, else NaN, [P]"""
    probability: Tensor
    """How sure the judge was, where it is stated, else NaN, [P]"""
    weight: Tensor
    """Of each comparison for each read-out, [P, H]"""
    group: Tensor
    """Which record each response belongs to, [R]"""
    rank: Tensor
    """1 is best; NaN where there is none, [R]"""
    label: Tensor
    """1 desirable, 0 not, NaN unknown, [R]"""
    steps: Tensor
    """Scores after the steps of the responses, [S, H]"""
    worth: Tensor
    """Probability that a step is right, NaN unknown, [S]"""
    latent: Tensor | None = None
    """Mean and log-variance, [R, 2, L]"""
    known: Mapping[str, float] = field(default_factory=dict)
    """Sums over the whole step that a term asked for."""

    @property
    def gap(self) -> Tensor:
        """r(win) - r(lose), [P, H]"""
        return self.scores[self.win] - self.scores[self.lose]

    @property
    def both(self) -> Tensor:
        """r(win) + r(lose), [P, H]"""
        return self.scores[self.win] + self.scores[self.lose]
