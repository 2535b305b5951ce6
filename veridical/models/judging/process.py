"""A score after each step of a response: a step is closed with a tag, and the read-out is heard at it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import torch
from torch import Tensor

from veridical.models.encoder import EncodeError
from veridical.models.judging.example import JudgedExample, Spot, comparisons, judged_responses, spot_of
from veridical.models.judging.form import Bench, Opinion
from veridical.models.judging.grow import Grove, Looked, Reader
from veridical.models.judging.use import Asked, ask, assess
from veridical.models.planting import Place
from veridical.records.record import Claim, Record, Response, text_parts

AGGREGATES: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType({
    "min": lambda right: right.amin(0), "product": lambda right: right.prod(0), "last": lambda right: right[-1], "mean": lambda right: right.mean(0),
})  # fmt: skip
"""Probabilities [steps, H] that steps are right to one number for the response [H]."""


@dataclass(frozen=True)
class Step:
    """A stretch of a response and, where it is known, the probability that it is right."""

    text: str
    worth: float | None = None


class Process:
    """Learns the worth of steps; in use the steps' probabilities of being right become one number."""

    unbounded = False

    def example(self, reader: Reader, record: Record, ranked: bool = False, draw: int = 0) -> JudgedExample:
        """Every response with marked steps. Errors: EncodeError for a record without any."""
        grove, look, spots = Grove(record.record_id), reader.looks(record), []
        responses = [response for response in record.responses if response.claims]
        if not responses:
            raise EncodeError(f"record {record.record_id}: no response has claims, from which the worth of its steps is known")
        wanted = {response.response_id for response in judged_responses(record, ranked)} if record.pairs else {response.response_id for response in responses}
        responses = [response for response in responses if response.response_id in wanted]
        for response in responses:
            steps = claimed_steps(response)
            place, count = planted(reader, grove, record, response, look(response), steps)
            spots.append(spot_of(response, place, 0, count, tuple(step.worth for step in steps[:count])))
        return JudgedExample(record.record_id, grove.forest, tuple(spots), comparisons(record, responses, reader.judging), grove.cut)

    def opinions(self, bench: Bench, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[Opinion]]:
        """The steps' probabilities of being right, as one number for each response."""
        answers, aggregate = ask(bench, records, responses), AGGREGATES[bench.reader.judging.aggregate]

        def plant(grove: Grove, one: Asked) -> Spot:
            steps = separated_steps(one.response.text, bench.reader.judging.separator)
            place, count = planted(bench.reader, grove, one.record, one.response, one.looked, steps)
            return Spot(place, 0, count)

        return answers.give(assess(bench, answers.asked, plant, lambda scores: aggregate(scores.sigmoid()), lambda one: ends_of(one.response.text, bench.reader.judging.separator)))


def planted(reader: Reader, grove: Grove, record: Record, response: Response, looked: Looked, steps: Sequence[Step]) -> tuple[Place, int]:
    """A response with a tag after each step; scored is the token after each tag. Also the number of steps that fit."""
    tag = reader.encoder.tokens(reader.judging.tag)
    if len(tag) != 1:
        raise EncodeError(f"judging.tag={reader.judging.tag!r}: takes {len(tag)} tokens of this model; name a word that is one token")
    text = "".join(step.text.replace(reader.judging.tag, "") + reader.judging.tag for step in steps)
    before = reader.before(record, response.replace(parts=text_parts(text)), "", 1, looked)
    ids = torch.cat([before.ids, reader.end])
    scored = torch.cat([torch.zeros(1, dtype=torch.bool), ids[:-1] == tag])
    if not scored.any():
        raise EncodeError(f"record {record.record_id}: no step fits within {reader.encoder.max_tokens} tokens; raise step.max_tokens")
    return grove.add(replace(before, ids=ids[:0]), ids, scored, response.response_id), int(scored.sum())


def claimed_steps(response: Response) -> list[Step]:
    """A response cut after each of its claims, in the order in which they stand there; a claim that is not there word for word is passed over."""
    steps, start = [], 0
    for claim in response.claims:
        found = response.text.find(claim.text, start)
        if found >= 0 and claim.text:
            end = found + len(claim.text)
            steps.append(Step(response.text[start:end], worth_of(claim)))
            start = end
    if not steps:
        return [Step(response.text)]
    return [*steps[:-1], Step(steps[-1].text + response.text[start:], steps[-1].worth)]


def worth_of(claim: Claim) -> float | None:
    """The probability that a claim is right: its label, else what the judge said of yes and no."""
    if claim.label:
        return {"true": 1.0, "false": 0.0}.get(claim.label)
    return None if claim.p_yes is None or claim.p_no is None or not claim.p_yes + claim.p_no else claim.p_yes / (claim.p_yes + claim.p_no)


def ends_of(text: str, separator: str) -> list[int]:
    """Where the steps of a text end, in characters."""
    ends, at = [], 0
    for step in separated_steps(text, separator):
        at = text.index(step.text, at) + len(step.text)
        ends.append(at)
    return ends


def separated_steps(text: str, separator: str) -> list[Step]:
    """A text cut after each separator; what is blank belongs to the step before it."""
    ends = [found.end() for found in re.finditer(separator, text) if found.end() > found.start()]
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    whole = [piece for piece in pieces if piece.strip()]
    return [Step(piece) for piece in whole] or [Step(text)]
