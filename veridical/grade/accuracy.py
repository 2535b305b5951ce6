"""Whether an answer is right, by the kind of answer that the record has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from veridical.grade.box import box
from veridical.grade.boxes import read_boxes
from veridical.grade.choice import choice
from veridical.grade.detection import detection
from veridical.grade.exact import exact
from veridical.grade.grade import Grade, Grader
from veridical.grade.mathematics import mathematics
from veridical.grade.number import number, regression
from veridical.grade.transcript import ocr, rouge
from veridical.grade.yes_no import yes_no
from veridical.records.record import Record


def accuracy(reading: str = "found", settings: Mapping[str, Mapping[str, Any]] | None = None) -> Grader:
    """A grader of mixed data: the record's answer type chooses the comparison.

    exact, choice, yes_no, number and math are compared by the graders `exact`, `choice`, `yes_no`, `number` and `mathematics`; boxes by `box` where
    there is one and by `detection` where there are several. `settings` holds settings by type: {number: {relative: 0.01}}. An answer that
    only a judge can compare is not scored.
    """
    given = dict(settings or {})
    kinds: dict[str, Grader] = {
        "exact": exact(**{"reading": reading, **given.pop("exact", {})}),
        "choice": choice(**{"reading": reading, **given.pop("choice", {})}),
        "yes_no": yes_no(),
        "number": number(**{"reading": reading, **given.pop("number", {})}),
        "math": mathematics(**{"reading": reading, **given.pop("math", {})}),
        "boxes": one_or_several(**given.pop("boxes", {})),
    }
    if given:
        raise ValueError(f"settings: {', '.join(given)} is no answer type with settings; there are exact, choice, number, math and boxes")

    def grade(record: Record, response: str) -> Grade:
        kind = "" if record.answer is None else record.answer.type
        if kind not in kinds:
            return Grade(None, None, f"record {record.record_id}: " + ("its answer needs a judge" if kind else "has no answer to compare with"))
        return kinds[kind](record, response)

    return grade


def one_or_several(**settings: Any) -> Callable[[Record, str], Grade]:
    """`box` for a record with one box, `detection` for any other."""
    one, several = box(**settings), detection(**settings)

    def grade(record: Record, response: str) -> Grade:
        single = record.answer is not None and len(read_boxes(record.answer.value) or ()) == 1
        return (one if single else several)(record, response)

    return grade


def video_r1(reading: str = "tagged") -> Grader:
    """Video-R1's grader: the record's task ("multiple choice", "numerical", "OCR", "free-form", "regression") chooses the comparison.

    Letters are compared as they stand, numbers by its own rule, transcripts by 1 − WER, free answers by ROUGE, estimates by their
    relative error. A record of another task is not scored.

    Source: Video-R1, arXiv 2503.21776. Follows: tulerfeng/Video-R1, grpo.py. Differs: the task of every record is read, not that of the first; words are
    compared without stemming; a letter with a full stop is the letter.
    """
    tasks: dict[str, Grader] = {
        "multiple choice": exact(reading=reading),
        "numerical": number(rule="video_r1", reading=reading),
        "ocr": ocr("words", reading),
        "free-form": rouge(reading=reading),
        "regression": regression(reading),
    }

    def grade(record: Record, response: str) -> Grade:
        if record.task.lower() not in tasks:
            return Grade(None, None, f"record {record.record_id}: its task {record.task!r} is none of {', '.join(tasks)}")
        return tasks[record.task.lower()](record, response)

    return grade
