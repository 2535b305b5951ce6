"""Question files of benchmarks (POPE, AMBER, HallusionBench): read to be looked at and compared with, never written, and not to be trained on."""

from __future__ import annotations

from veridical.records.formats.answers import answer_of
from veridical.records.formats.format import Format, Place, Row, first_of, take, text_of
from veridical.records.formats.marks import asked
from veridical.records.formats.pictures import media_of
from veridical.records.record import Record

NUMBERED = {"0": "no", "1": "yes"}
"""HallusionBench's answers."""


def recognise(row: Row, name: str) -> str | None:
    """By the columns of each."""
    if {"question_id", "image", "text", "label"} <= set(row):
        return "columns question_id, image, text and label (POPE)"
    if set(row) == {"id", "image", "query"}:
        return "columns id, image and query (AMBER)"
    return "columns question, figure_id and gt_answer (HallusionBench)" if {"question", "figure_id", "gt_answer"} <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One question with its answer, as far as the file states one."""
    numbered, given = first_of(row, "question_id", "id")
    column, value = first_of(row, "image", "filename")
    media = media_of(value, place.root, column)
    name, _ = first_of(row, "text", "query", "question")
    answered, answer = first_of(row, "label", "gt_answer")
    extra = take(row, numbered, column, name, answered)
    known = {"answer": None if answer is None else answer_of(NUMBERED.get(str(answer), str(answer)), ()), "extra": extra}
    identity = "-".join(str(row.get(key)) for key in ("category", "subcategory", "set_id", "figure_id", "question_id")) if "figure_id" in row else place.name(given)
    source = place.provenance("", source_id=str(given or ""))
    return [Record(record_id=identity, kind="prompt_only", media=media, prompt=asked(text_of(row, name), media, name), provenance=source, **known)]


FORMAT = Format(
    "benchmark_questions", "question files of POPE, AMBER and HallusionBench, to compare with", recognise, read, columns=("question_id", "image", "text", "label", "query"), rank=2,
)  # fmt: skip
