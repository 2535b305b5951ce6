"""Questions with a verifiable answer and no responses, as data sets for verifiable rewards have them (K12, geometry3k)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from veridical.records.formats.answers import answer_of
from veridical.records.formats.format import Format, Place, Row, RowError, first_of, need, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import flat, parts_of
from veridical.records.formats.pictures import media_of, shown
from veridical.records.record import Record, Turn

NUMBERED = re.compile(r"<image\d+>")
TAKEN = ("id", "question", "problem", "answer", "options", "choices", "image", "images", "image_path")


def recognise(row: Row, name: str) -> str | None:
    """A question and its answer, and nothing that a model said."""
    asked, _ = first_of(row, "question", "problem")
    others = {"chosen", "rejected", "response", "conversations", "messages", "completions", "metainfos"}
    return (
        f"columns {asked} and answer, without responses" if isinstance(row.get(asked), str) and isinstance(row.get("answer"), (str, int, float)) and not others & set(row) else None
    )


def read(row: Row, place: Place) -> list[Record]:
    """One prompt with its answer. Numbered marks (`<image1>`) are taken as marks where they are as many as the pictures."""
    asked, _ = first_of(row, "question", "problem")
    media_name, value = first_of(row, "images", "image", "image_path")
    media = media_of(value, place.root, media_name)
    text = text_of(row, asked)
    text = NUMBERED.sub("<image>", text) if len(NUMBERED.findall(text)) == len(media) else text
    answer = answer_of(need(row, "answer", (str, int, float)), options_of(row))
    explained = answer.value != str(row["answer"]).strip()
    known = {
        "answer": answer,
        "extra": take(row, *(name for name in TAKEN if (name != "answer" or not explained) and (name != "choices" or not row.get("options")))),
        "provenance": place.provenance("", source_id=str(row.get("id", ""))),
    }
    return [Record(record_id=place.name(row.get("id")), kind="prompt_only", media=media, prompt=(Turn(role="user", parts=parts_of(text, media, asked)),), **known)]


def options_of(row: Row) -> Sequence[Any]:
    """The options that one is to be chosen from; none where the row states none."""
    name, value = first_of(row, "options", "choices")
    return () if value is None else need(row, name, (list, tuple))


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row; RowError for a record without an answer."""
    if record.answer is None:
        raise RowError("answer", "missing; a row of this format has one")
    if [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("prompt", "is a conversation; a row of this format asks one question")
    row = {"id": record.record_id, "question": flat(record.prompt[0]), "answer": record.answer.value, "images": [one.path for one in shown(record)]}
    yield row | ({"options": list(record.answer.choices)} if record.answer.choices else {})


FORMAT = Format(
    "questions", "questions with a verifiable answer (question or problem, answer, images)", recognise, read, write, reading_back(read, write),
    columns=("question", "problem", "answer", "image", "images", "image_path"), rank=0,
)  # fmt: skip
