"""Responses with what a grader says of them: score, false words as spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from veridical.grade.grade import Grade
from veridical.records.record import Record, Response, Span, text_parts


def with_responses(record: Record, texts: Sequence[str], model: str) -> Record:
    """The record with one response for each different text that is not empty, and its gold response; what else it had before goes."""
    different = [text for text in dict.fromkeys(text.strip() for text in texts) if text]
    own = (Response(response_id=f"r{number}", parts=text_parts(text), model=model, origin="model") for number, text in enumerate(different))
    gold = (response.replace(score=None) for response in record.responses if response.origin == "gold")
    return record.replace(responses=(*own, *gold))


def labelled(response: Response, grade: Grade, annotator: str) -> Response:
    """The response with the grade's value as score, what was read out of it, and the false words' places."""
    return response.replace(
        score=grade.value, answer=grade.answer or "", critique=grade.why, spans=tuple(places(response.text, grade.wrong, annotator)),
        correct=None if grade.value is None else int(grade.value == 1.0),
    )  # fmt: skip


def places(text: str, wrong: Iterable[str], annotator: str) -> Iterable[Span]:
    """Where false words stand, every time they are written as words of their own."""
    for word in wrong:
        for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE):
            yield Span(start=found.start(), end=found.end(), text=found.group(), label="false", annotator=annotator)
