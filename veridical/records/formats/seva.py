"""SeVa: the answer to the clean picture against the answer to a noised one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, need, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import media_of, only_picture
from veridical.records.record import Record

TAKEN = ("chosen", "reject", "question", "image_id")


def recognise(row: Row, name: str) -> str | None:
    """By `reject` beside question and image_id, without POPE's `correct`."""
    return "columns chosen, reject, question and image_id" if set(TAKEN) <= set(row) and "correct" not in row else None


def read(row: Row, place: Place) -> list[Record]:
    """One record; `.jpg` is put behind a name that has no ending."""
    name = str(need(row, "image_id", (str, int)))
    media = media_of(name if "." in name else f"{name}.jpg", place.root, "image_id")
    (chosen, rejected), pairs = responses_pair(row.get("chosen"), row.get("reject"), ("chosen", "reject"))
    sides = (chosen.replace(origin="model"), rejected.replace(origin="model"))
    known = {"prompt": asked(text_of(row, "question"), media, "question"), "extra": take(row, *TAKEN)}
    source = place.provenance("SeVa", steps=("rejected answered a noised picture",))
    return [Record(record_id=place.name(), media=media, responses=sides, pairs=pairs, provenance=source, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair."""
    picture = only_picture(record)
    yield from ({"chosen": chosen.text, "reject": rejected.text, "question": record.prompt_text, "image_id": picture.path} for _, chosen, rejected, _ in preferred(record))


FORMAT = Format("seva", "SeVa (chosen, reject, question, image_id)", recognise, read, write, reading_back(read, write), columns=TAKEN, rank=7)
