"""What people said, as records: pairs by their votes, ranks, aspects, marks, and corrections with every changed stretch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from statistics import fmean

from veridical.annotate.ask import Ask
from veridical.annotate.item import Items
from veridical.annotate.store import Judgement
from veridical.records.pairing import edits
from veridical.records.record import Aspect, Pair, Record, Response, Span, text_parts

RULE, CORRECTED = "people", "corrected"


def exported(items: Items, judgements: Sequence[Judgement], ask: Ask) -> list[Record]:
    """Every item that somebody judged, in the data's order. Gold questions are not data; skipped items say nothing."""
    own: dict[str, list[Judgement]] = {}
    for one in judgements:
        if not one.content["skip"]:
            own.setdefault(one.item, []).append(one)
    return [labelled(record, own[item], ask) for item, record in items.records.items() if item in own]


def labelled(record: Record, said: Sequence[Judgement], ask: Ask) -> Record:
    """A record with what its annotators say; their judgements stand one by one under "annotation" in `extra`."""
    responses = [with_labels(response, said, ask) for response in ranked(record.responses, said)]
    corrected = [fixed(response, one) for response in record.responses for one in said if response.response_id in one.content["corrections"]]
    pairs = [*voted(record, said), *(better(new, record.response(old)) for old, new in corrected)]
    told = [{"person": one.person, "seconds": round(one.seconds, 1), **one.content} for one in said]
    kind = "ranking" if len(record.responses) > 2 and any(one.content["ranks"] for one in said) else "preference" if pairs else record.kind
    extra = json.dumps({**json.loads(record.extra), "annotation": told}, sort_keys=True, ensure_ascii=False)
    return record.replace(kind=kind, responses=(*responses, *(new for _, new in corrected)), pairs=tuple(pairs), extra=extra)


def ranked(responses: Sequence[Response], said: Sequence[Judgement]) -> list[Response]:
    """Responses with the place of their mean rank; equal means share a place."""
    ranks = [one.content["ranks"] for one in said if one.content["ranks"]]
    if not ranks:
        return list(responses)
    means = [fmean(own[response.response_id] for own in ranks) for response in responses]
    places = sorted(set(means))
    return [response.replace(rank=places.index(mean) + 1) for response, mean in zip(responses, means, strict=True)]


def with_labels(response: Response, said: Sequence[Judgement], ask: Ask) -> Response:
    """The response with everybody's marks on it."""
    aspects = [
        Aspect(name=name, score=value, raw=str(value), scale_min=ask.low, scale_max=ask.high, annotator=one.person)
        for one in said for name, value in one.content["aspects"].get(response.response_id, {}).items()
    ]  # fmt: skip
    spans = [Span(**mark, annotator=one.person) for one in said for mark in one.content["spans"].get(response.response_id, [])]
    return response.replace(aspects=(*response.aspects, *aspects), spans=(*response.spans, *spans))


def voted(record: Record, said: Sequence[Judgement]) -> list[Pair]:
    """A pair of every two responses: what most say, with the share of their votes (ties half); "=" where they are even."""
    ranks = [one.content["ranks"] for one in said if one.content["ranks"]]
    found = []
    for first, second in combinations(record.responses, 2) if ranks else ():
        votes = fmean(vote(own[first.response_id], own[second.response_id]) for own in ranks)
        chosen, rejected = (first, second) if votes >= 0.5 else (second, first)
        relation = "=" if votes == 0.5 else ">"
        found.append(
            Pair(chosen=chosen.response_id, rejected=rejected.response_id, relation=relation, probability=max(votes, 1 - votes), rule=RULE, edits=edits(chosen.text, rejected.text))
        )
    return found


def vote(first: int, second: int) -> float:
    """1 where the first rank is better, 0 where the second is, 0.5 for a tie."""
    return 0.5 if first == second else float(first < second)


def fixed(response: Response, said: Judgement) -> tuple[str, Response]:
    """The corrected response's id, and what its corrector made of it."""
    text = said.content["corrections"][response.response_id]
    return response.response_id, Response(response_id=f"{response.response_id}-by-{said.person}", parts=text_parts(text), model=response.model, origin="corrected")


def better(corrected: Response, original: Response) -> Pair:
    """The correction is preferred to what was corrected; its edits turn the one into the other."""
    return Pair(chosen=corrected.response_id, rejected=original.response_id, rule=CORRECTED, edits=edits(corrected.text, original.text))
