"""HA-DPO's yes/no pairs in POPE's style: only where the model was wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import media_of, only_picture
from veridical.records.formats.sources import genome_number, genome_picture
from veridical.records.record import Answer, Record

TAKEN = ("image_id", "question", "answer", "chosen", "reject", "correct")


def recognise(row: Row, name: str) -> str | None:
    """By `reject` (not `rejected`) beside a picture's number and whether the model was right."""
    return "columns image_id, question, chosen, reject and correct" if {"image_id", "question", "chosen", "reject", "correct"} <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record. RowError where the model was right: there is no pair then."""
    if optional(row, "correct", bool):
        raise RowError("correct", "is true: the model was right, and the row holds no pair")
    media = media_of(genome_picture(row.get("image_id"), place.root), place.root, "image_id")
    (chosen, rejected), pairs = responses_pair(row.get("chosen"), row.get("reject"), ("chosen", "reject"))
    gold = optional(row, "answer")
    if gold is not None and gold.strip().lower() not in ("yes", "no"):
        raise RowError("answer", f"expected yes or no, found {gold[:60]!r}")
    sides = (chosen.replace(origin="rewritten"), rejected.replace(origin="rewritten"))
    known = {"answer": None if gold is None else Answer(type="yes_no", value=gold.strip()), "extra": take(row, *TAKEN)}
    known |= {"prompt": asked(text_of(row, "question"), media, "question"), "provenance": place.provenance("HA-DPO", source_id=str(row["image_id"]))}
    return [Record(record_id=place.name(), task="existence", media=media, responses=sides, pairs=pairs, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair; the picture is named by the number in its file's name."""
    number = genome_number(only_picture(record))
    if record.answer is not None and record.answer.type != "yes_no":
        raise RowError("answer", f"is {record.answer.value[:60]!r}; a row of this format answers yes or no")
    answer = {} if record.answer is None else {"answer": record.answer.value}
    for _, chosen, rejected, _ in preferred(record):
        yield {"image_id": int(number), "question": record.prompt_text, **answer, "chosen": chosen.text, "reject": rejected.text, "correct": False}


FORMAT = Format(
    "ha_dpo_pope", "HA-DPO yes/no pairs (image_id, question, answer, chosen, reject, correct)", recognise, read, write, reading_back(read, write), columns=TAKEN, rank=7,
)  # fmt: skip
