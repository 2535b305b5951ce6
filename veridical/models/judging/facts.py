"""What a judge is told of a picture beside seeing it, and what a critique of a response says."""

from __future__ import annotations

import random
from collections.abc import Sequence

from veridical.models.encoder import EncodeError
from veridical.models.shown import stable_seed
from veridical.recipe import Judging
from veridical.records.record import Record, Response

ABSENT = ("hallucination", "false")
"""Labels of spans and claims that say that something is not there."""


def known_facts(record: Record) -> list[str]:
    """The record's captions, else the names of the objects that are there."""
    captions = [fact.text for fact in record.facts if fact.kind == "caption"]
    return captions or [fact.text for fact in record.facts if fact.kind == "object"]


def question(judging: Judging, record: Record, draw: int = 0) -> str:
    """What the judge is asked, with the facts in an order drawn for this record and this use of it.

    Errors: EncodeError for a question without a place for the facts.
    """
    if not judging.facts:
        return judging.turn.replace("{facts}", "")
    if "{facts}" not in judging.turn:
        raise EncodeError("judging.facts=true: judging.turn has no {facts}, where they would stand")
    facts = known_facts(record)
    random.Random(stable_seed(judging.seed, record.record_id, draw)).shuffle(facts)
    listed = judging.known + "".join(judging.bullet.replace("{fact}", fact) for fact in facts) if facts else ""
    return judging.turn.replace("{facts}", listed)


def critique_of(record: Record, response: Response) -> str:
    """What is wrong with a response: an annotator's critique, else the phrases marked as not there, else the reason of its preference; "" where nothing is known."""
    if response.critique:
        return response.critique
    wrong = phrases(response)
    if wrong:
        return f"Not there: {', '.join(wrong)}."
    if response.spans or response.claims:
        return "All of it is there."
    reasons = [pair.chosen_reason for pair in record.pairs if pair.chosen == response.response_id]
    reasons += [pair.rejected_reason for pair in record.pairs if pair.rejected == response.response_id]
    return next((reason for reason in reasons if reason), "")


def phrases(response: Response) -> Sequence[str]:
    """What a response says that is not there, as annotators marked it."""
    marked = [response.text[span.start : span.end] for span in response.spans if span.label in ABSENT]
    return marked or [claim.text for claim in response.claims if claim.label in ABSENT]
