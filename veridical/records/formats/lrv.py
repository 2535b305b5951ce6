"""LRV-Instruction: instructions about Visual Genome pictures, some of which mislead on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import response_text
from veridical.records.formats.pictures import media_of, only_picture
from veridical.records.formats.sources import genome_number, genome_picture
from veridical.records.record import Record, Response, text_parts

TAKEN = ("image_id", "question", "answer", "task")


def recognise(row: Row, name: str) -> str | None:
    """A picture's number with question, answer and task."""
    return "columns image_id, question, answer and task" if set(TAKEN) <= set(row) and not {"chosen", "reject"} & set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One supervised record; the task "negative" marks an instruction that misleads."""
    media = media_of(genome_picture(row.get("image_id"), place.root), place.root, "image_id")
    gold = Response(response_id="r0", parts=text_parts(response_text(row.get("answer"), "answer")), origin="gold")
    known = {"task": optional(row, "task") or "", "extra": take(row, *TAKEN), "provenance": place.provenance("LRV-Instruction", source_id=str(row["image_id"]))}
    return [Record(record_id=place.name(), kind="sft", media=media, prompt=asked(text_of(row, "question"), media, "question"), responses=(gold,), **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row; the picture is named by its number. RowError without a response."""
    name = genome_number(only_picture(record))
    if not record.responses:
        raise RowError("responses", "none; a row of this format has an answer")
    yield {"image_id": name, "question": record.prompt_text, "answer": record.responses[0].text, "task": record.task}


FORMAT = Format("lrv", "LRV-Instruction (image_id, question, answer, task)", recognise, read, write, reading_back(read, write), columns=TAKEN, rank=6)
