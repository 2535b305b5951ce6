"""Open-R1-Video: the problem and solution were cut short when the set was made; what they were cut from is in it and is read instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Row, RowError
from veridical.records.formats.kept import reading_back
from veridical.records.formats.pictures import all_shown, cell
from veridical.records.formats.r1 import question_of, read, solution_of
from veridical.records.record import Record

ORIGINAL = ("original_question", "original_answer")


def recognise(row: Row, name: str) -> str | None:
    """A video beside the original question and answer."""
    return "columns problem, solution and video beside the original question and answer" if {"problem", "solution", "video", *ORIGINAL} <= set(row) else None


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row; nothing is cut, so both questions are the same."""
    films = [one for one in all_shown(record) if one.kind in ("video", "frames")]
    if len(films) != 1 or len(all_shown(record)) != 1:
        raise RowError("media", "a row of this format asks about one video")
    asked = question_of(record).replace("<video>", "").strip()
    yield {"problem": asked, "solution": solution_of(record), "video": cell(films[0]), **dict(zip(ORIGINAL, (asked, record.answer.value if record.answer else ""), strict=True))}


FORMAT = Format(
    "open_r1_video", "Open-R1-Video (problem, solution, video, original_question, original_answer)", recognise, read, write, reading_back(read, write),
    columns=("problem", "solution", "video", *ORIGINAL), rank=6, container="jsonl",
)  # fmt: skip
