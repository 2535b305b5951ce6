"""Rejection sampling: of what the model said, the best is kept to be imitated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from veridical.records.pairing import Dropped
from veridical.records.record import Part, Record, Response, Turn
from veridical.recipe import Keep


def kept(records: Sequence[Record], how: Keep) -> tuple[list[Record], dict[str, int]]:
    """Supervised records, one for each kept response, and why others were not kept.

    Of every record's scored responses the best `how.best` different ones that are worth at least `how.least`; of equal
    worth the shorter one. Source: RAFT, arXiv 2304.06767 (the best of K); ReST-EM, arXiv 2312.06585 (all above a threshold, at most so many of a prompt).
    """
    found, dropped = [], Dropped()
    for record in records:
        good = [response for response in scored(record) if how.least is None or response.score >= how.least]
        if not scored(record):
            dropped.count("prompts of which no response was scored")
        elif not good:
            dropped.count(f"prompts without a response worth {how.least:g}")
        for response in good[how.best :]:
            dropped.count("responses beyond the best")
        found += [learnt(record, response, place) for place, response in enumerate(good[: how.best])]
    return found, dropped.reasons


def scored(record: Record) -> list[Response]:
    """Sampled responses with a score, best first; equal texts once."""
    own = {response.text: response for response in reversed(record.responses) if response.score is not None and response.origin != "gold"}
    return sorted(own.values(), key=lambda response: (-response.score, len(response.text), response.response_id))


def learnt(record: Record, response: Response, place: int) -> Record:
    """A supervised record with one response."""
    return record.replace(record_id=f"{record.record_id}-{place}" if place else record.record_id, kind="sft", responses=(response,), pairs=())


def unanswered(records: Sequence[Record], how: Keep) -> list[Record]:
    """Records of which nothing is kept although their answer is known."""
    return [record for record in records if record.answer is not None and not kept([record], how)[0]]


def hinted(record: Record, how: Keep) -> Record:
    """The record asked with its answer at hand: `how.hint` behind the last question, {answer} in it replaced.

    Source: STaR, arXiv 2203.14465, section 3.2 (rationalisation); what comes of it is learnt as an answer to the plain question.
    """
    words = "\n" + how.hint.replace("{answer}", str(record.answer.value))
    last = record.prompt[-1]
    return record.replace(record_id=f"{record.record_id}?hint", prompt=(*record.prompt[:-1], Turn(role=last.role, parts=(*last.parts, Part(text=words)))), responses=())


def unhinted(record: Record, asked: Mapping[str, Record]) -> Record:
    """What was said with the hint, as responses to the plain question."""
    plain = asked[record.record_id.removesuffix("?hint")]
    return plain.replace(responses=tuple(response.replace(response_id=f"h{place}") for place, response in enumerate(response for response in record.responses if response.origin != "gold")))
