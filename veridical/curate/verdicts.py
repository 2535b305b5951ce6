"""A judge's verdicts as parts of records: pairs turned the way it prefers, aspects, ranks, probabilities of claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from veridical.grade.judging.both import Pairwise
from veridical.grade.judging.verdict import Ranking, Scores, YesNo
from veridical.records.pairing import edits
from veridical.records.record import Aspect, Claim, Pair, Part, Record, Response, Turn


def candidates(record: Record) -> tuple[Pair, ...]:
    """The record's pairs; of a record that has none, its two responses where there are exactly two."""
    if record.pairs or len(record.responses) != 2:
        return record.pairs
    return (Pair(chosen=record.responses[0].response_id, rejected=record.responses[1].response_id),)


def preferred(record: Record, pair: Pair, said: Pairwise, model: str) -> Pair:
    """The pair as the judge prefers it: turned round where it says so, with relation "=" where it ties. The margin of the file is not the judge's: it goes."""
    chosen, rejected = (pair.rejected, pair.chosen) if said.better < 0 else (pair.chosen, pair.rejected)
    return Pair(
        chosen=chosen, rejected=rejected, relation=">" if said.better else "=", probability=1 - said.probability if said.better < 0 else said.probability, weight=pair.weight,
        rule=f"judge:{model}", chosen_reason=said.why if said.better else "", edits=edits(record.response(chosen).text, record.response(rejected).text),
    )  # fmt: skip


def scored(response: Response, said: Scores | None, model: str, low: int, high: int) -> Response:
    """The response with the judge's aspects, and their mean on [0, 1] as score; without a score where there is no verdict."""
    if said is None:
        return response.replace(score=None)
    own = tuple(Aspect(name=name, score=value, raw=f"{value:g}", scale_min=low, scale_max=high, rationale=said.why, annotator=model) for name, value in said.values.items())
    others = tuple(aspect for aspect in response.aspects if aspect.annotator != model)
    return response.replace(aspects=(*others, *own), score=(fmean(said.values.values()) - low) / (high - low))


def ranked(record: Record, given: Ranking | None, swapped: Ranking | None) -> Record:
    """The record with ranks by the mean of each response's places in both orders; equal means share a rank. Without ranks where there is no verdict."""
    if given is None:
        return record.replace(responses=tuple(response.replace(rank=None) for response in record.responses))
    last = len(record.responses) - 1
    places = [given.order.index(number) + (swapped.order.index(last - number) if swapped else 0) for number in range(last + 1)]
    steps = sorted(set(places))
    return record.replace(kind="ranking", responses=tuple(response.replace(rank=steps.index(place) + 1) for response, place in zip(record.responses, places, strict=True)))


def with_claims(response: Response, said: Mapping[int, YesNo]) -> Response:
    """The response with what the judge says of its claims, by place; the others keep no label and no probability."""
    return response.replace(claims=tuple(labelled(claim, said.get(place)) for place, claim in enumerate(response.claims)))


def labelled(claim: Claim, said: YesNo | None) -> Claim:
    """One claim: probabilities only where the server tells them."""
    if said is None:
        return claim.replace(p_yes=None, p_no=None, label="")
    yes = said.probability
    return claim.replace(p_yes=yes, p_no=None if yes is None else 1 - yes, label="true" if said.yes else "false")


def question_of(record: Record, claim: Claim) -> Record:
    """The claim as a prompt of its own, with the record's pictures."""
    shown: Sequence[Part] = [part for turn in record.prompt for part in turn.parts if part.type != "text"]
    return record.replace(prompt=(Turn(role="user", parts=(*shown, Part(text=claim.question or f"Is this true of the picture? {claim.text}"))),))
