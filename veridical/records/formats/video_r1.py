"""Video-R1: problems of five kinds about a picture or a video, with their options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Row, RowError
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import MARK
from veridical.records.formats.pictures import only_medium
from veridical.records.formats.r1 import TASKS, question_of, read, solution_of
from veridical.records.record import Record

KINDS = {"choice": "multiple choice", "number": "numerical", "exact": "OCR", "judge": "free-form"}
"""Types of answers, and the kind of problem that has them."""


def recognise(row: Row, name: str) -> str | None:
    """By the kind of its medium and its path."""
    return "columns problem, solution, data_type and path" if isinstance(row.get("problem"), str) and {"solution", "data_type", "path"} <= set(row) else None


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row; options that stand in the question become a list. RowError for an answer of another type."""
    medium, answer = only_medium(record), record.answer
    if medium.kind == "audio" or medium.data is not None:
        raise RowError("media", "is a sound or bytes; a row of this format names the file of a picture or a video: write .json or .jsonl")
    task = record.task if record.task.lower() in TASKS else KINDS.get(answer.type if answer else "", "")
    if answer is None or not task:
        raise RowError("answer", f"is {answer and answer.type}; a row of this format has a choice, a number, text or a free answer")
    asked, options = MARK.sub("", question_of(record)).strip(), list(answer.choices)
    asked = asked.removesuffix("\n".join(["", "Options:", *options])) if options else asked
    row = {"problem_id": record.record_id, "problem": asked, "data_type": "image" if medium.kind == "image" else "video", "problem_type": task, "options": options}
    yield row | {"solution": solution_of(record), "path": medium.path}


FORMAT = Format(
    "video_r1", "Video-R1 (problem, data_type, problem_type, options, solution, path)", recognise, read, write, reading_back(read, write),
    columns=("problem", "data_type", "problem_type", "options", "solution", "path"), rank=6,
)  # fmt: skip
