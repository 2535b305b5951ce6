"""multimodal-open-r1-8k-verified: one picture, a problem, and a solution that thinks before it answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import Format, Row
from veridical.records.formats.kept import reading_back
from veridical.records.formats.pictures import cell, only_picture
from veridical.records.formats.r1 import question_of, read, solution_of
from veridical.records.record import Record

if TYPE_CHECKING:
    from datasets import Features

ORIGINAL = ("original_question", "original_answer")


def recognise(row: Row, name: str) -> str | None:
    """A picture beside the original question and answer."""
    told = {"image", "problem", "solution", *ORIGINAL} <= set(row) and not row.get("video")
    return "columns image, problem and solution beside the original question and answer" if told else None


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row."""
    picture, asked = only_picture(record), question_of(record).replace("<image>", "").strip()
    yield {"image": cell(picture), "problem": asked, "solution": solution_of(record), **dict(zip(ORIGINAL, (asked, record.answer.value if record.answer else ""), strict=True))}


def features() -> Features:
    """The published columns."""
    from datasets import Features, Image, Value

    return Features({"image": Image()} | {name: Value("string") for name in ("problem", "solution", *ORIGINAL)})


FORMAT = Format(
    "open_r1", "multimodal-open-r1-8k-verified (image, problem, solution, original_question, original_answer)", recognise, read, write, reading_back(read, write),
    columns=("image", "problem", "solution", *ORIGINAL), features=features, rank=6, container="parquet",
)  # fmt: skip
