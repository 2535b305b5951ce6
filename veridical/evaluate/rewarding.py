"""Reward models as contestants: responders that answer a record with a number for each of its candidate responses, as a JSON list."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.inquiry import Responder
from veridical.grade.grade import Grader
from veridical.records.record import Record, Turn

if TYPE_CHECKING:
    from veridical.models.encoder import Encoder
    from veridical.models.respondent import Logps
    from veridical.models.policy import Policy
    from veridical.models.shown import Open

Weigh = Callable[[Sequence[Record], Sequence[Sequence[str]]], list[list[float | None]]]
"""(records, texts for each) -> a number for each text; None where there is none."""


def rewarding(weigh: Weigh) -> Responder:
    """The responder of a function that weighs texts: a JSON list in the published order of the candidates, null where one could not be judged.

    Where the candidates are pictures, each is shown by itself, and the record's text is what is weighed. Errors: BenchmarkError for a record without candidates.
    """

    def respond(records: Sequence[Record]) -> list[str]:
        posed = [pose(record) for record in records]
        numbers = iter(weigh([record for own in posed for record, _ in own], [texts for own in posed for _, texts in own]))
        return [json.dumps([number for _ in own for number in next(numbers)]) for own in posed]

    return respond


def pose(record: Record) -> list[tuple[Record, list[str]]]:
    """What is weighed for a record: its candidate texts at once, or its text for each candidate picture. Errors: BenchmarkError."""
    if not record.responses:
        raise BenchmarkError(f"record {record.record_id}: has no candidate responses to reward; ask benchmarks of the dimension reward with convention=scalar")
    shown = [[part for part in one.parts if part.type == "image"] for one in record.responses]
    if any(shown):
        return [(record.replace(prompt=(Turn(role="user", parts=tuple(parts)),), responses=()), [record.prompt_text]) for parts in shown]
    return [(record, [one.text for one in record.responses])]


def by_grader(grader: Grader) -> Weigh:
    """Any grader's values: a trained reward model, a similarity, a judge, a length. What it does not score has no number."""

    def weigh(records: Sequence[Record], texts: Sequence[Sequence[str]]) -> list[list[float | None]]:
        flat = [(record, text) for record, own in zip(records, texts, strict=True) for text in own]
        owners, said = [record for record, _ in flat], [text for _, text in flat]
        grades = grader.many(owners, said) if hasattr(grader, "many") else [grader(record, text) for record, text in flat]
        values = iter([grade.value for grade in grades])
        return [[next(values) for _ in own] for own in texts]

    return weigh


def by_likelihood(policy: Policy, encoder: Encoder, open_: Open, per_token: bool = False) -> Weigh:
    """A policy's log-probability of each text as a response, summed over its tokens (its end included), or their mean."""
    from veridical.models.likelihood import token_logps

    return gathered(lambda records, texts: token_logps(policy, encoder, open_, records, texts), per_token)


def gathered(logps: Logps, per_token: bool = False) -> Weigh:
    """The sum, or the mean, of each text's log-probabilities. Of a record that the model cannot read no text has a number."""

    def weigh(records: Sequence[Record], texts: Sequence[Sequence[str]]) -> list[list[float | None]]:
        from veridical.models.encoder import EncodeError

        found = logps(records, texts)
        gather = (lambda logp: float(logp.mean())) if per_token else (lambda logp: float(logp.sum()))
        return [[None] * len(own) if isinstance(one, EncodeError) else list(map(gather, one)) for one, own in zip(found, texts, strict=True)]

    return weigh


def implicit(policy: Weigh, reference: Weigh, beta: float = 1.0) -> Weigh:
    """The reward that a policy has learnt without saying so: beta times (its log-probability less the reference's).

    Source: DPO, arXiv 2305.18290. RewardBench scores such models with beta 1; it changes no order.
    """

    def weigh(records: Sequence[Record], texts: Sequence[Sequence[str]]) -> list[list[float | None]]:
        both = zip(policy(records, texts), reference(records, texts), strict=True)
        return [[None if one is None or other is None else beta * (one - other) for one, other in zip(ours, theirs, strict=True)] for ours, theirs in both]

    return weigh
