"""A number read at the end of a response, of the judge's question, or of the beginning of its answer."""

from __future__ import annotations

from collections.abc import Sequence

from veridical.models.judging.example import JudgedExample, Spot, comparisons, judged_responses, spot_of
from veridical.models.judging.facts import question
from veridical.models.judging.form import Bench, Opinion
from veridical.models.judging.grow import Grove, Looked, Reader, last_scored
from veridical.models.judging.use import ask, assess
from veridical.models.planting import Place
from veridical.records.record import Record, Response


class Score:
    """A scalar reward model; with facts in its question a factually augmented one."""

    unbounded = True

    def example(self, reader: Reader, record: Record, ranked: bool = False, draw: int = 0) -> JudgedExample:
        """The record's responses, each with one more token that is scored, so that the last real one is read."""
        grove, responses, look = Grove(record.record_id), judged_responses(record, ranked), reader.looks(record)
        spots = tuple(spot_of(response, planted(reader, grove, record, response, look(response), draw)) for response in responses)
        return JudgedExample(record.record_id, grove.forest, spots, comparisons(record, responses, reader.judging), grove.cut)

    def opinions(self, bench: Bench, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[Opinion]]:
        """One pass: a tree for each record, a branch for each response."""
        answers = ask(bench, records, responses)
        return answers.give(assess(bench, answers.asked, lambda grove, one: Spot(planted(bench.reader, grove, one.record, one.response, one.looked))))


def planted(reader: Reader, grove: Grove, record: Record, response: Response, looked: Looked, draw: int = 0) -> Place:
    """A response with the judge's question and the beginning of its answer, and the token after them."""
    before = reader.before(record, response, question(reader.judging, record, draw), 1 + reader.opening_room, looked)
    return grove.add(before, *last_scored(reader.opening(before), reader.end), response.response_id)
