"""A reward model as a grader: the same trained judge as a reward, a labeller of data, and a contestant of reward benchmarks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from veridical.grade.grade import BatchGrader, Grade
from veridical.records.record import Record

if TYPE_CHECKING:
    from veridical.models.judging import Judge, Opinion


def reward_model(
    path: str | Sequence[str],
    combine: str = "mean",
    caution: float = 1.0,
    bounded: bool = False,
    farthest: float | None = None,
    device: str = "",
    precision: str = "float32",
    micro_tokens: int = 8192,
) -> BatchGrader:
    """A trained reward model of any form, or several directories as an ensemble.

    value = its score on the scale of its training responses (mean 0, deviation 1), not confined to [0, 1]; sigma of that where `bounded`.
    `combine` joins the scores of an ensemble: mean, min, or cautious (mean - `caution` times variance). Counts: "spread" between
    them, "outlier" (how far a response's latent lies from those of the training responses, InfoRM); one farther than `farthest`
    is not scored, nor is a response that cannot be judged. Errors: ModelError.
    """
    from veridical.models.judging import load_judge

    return Trained(load_judge(path, combine, caution, device or None, precision=precision, micro_tokens=micro_tokens), bounded, farthest)


@dataclass(frozen=True)
class Trained:
    """A judge's opinions as grades."""

    judge: Judge
    bounded: bool = False
    farthest: float | None = None

    def __call__(self, record: Record, response: str) -> Grade:
        return self.many([record], [response])[0]

    def many(self, records: Sequence[Record], responses: Sequence[str]) -> list[Grade]:
        """A grade for each response to the record in the same place; neighbours of one record share its prompt and pictures."""
        groups = [list(own) for _, own in groupby(zip(records, responses, strict=True), key=lambda each: id(each[0]))]
        found = self.score_many([own[0][0] for own in groups], [[text for _, text in own] for own in groups])
        return [grade for own in found for grade in own]

    def score_many(self, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[Grade]]:
        """Grades of several responses to each record."""
        return [[self.grade(one) for one in own] for own in self.judge.opinions(records, responses)]

    def grade(self, opinion: Opinion) -> Grade:
        """An opinion as a grade."""
        counts = {"spread": opinion.spread} | ({} if opinion.outlier is None else {"outlier": opinion.outlier})
        if opinion.score is None:
            return Grade(None, None, opinion.why)
        if self.farthest is not None and opinion.outlier is not None and opinion.outlier > self.farthest:
            return Grade(None, None, f"its latent is {opinion.outlier:.3g} away from those of the training responses; the limit is {self.farthest:g}", counts)
        return Grade(sigma(opinion.score) if self.bounded else opinion.score, f"{opinion.score:.4g}", opinion.why, counts, steps=opinion.steps)


def sigma(score: float) -> float:
    """1 / (1 + exp(-score)), without overflow."""
    return 0.5 * (1 + math.tanh(score / 2))
