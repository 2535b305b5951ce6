"""POVID, SIMA and CSR: two conversations that differ in their last answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_of, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.llava import conversation, messages_in, spoken
from veridical.records.formats.marks import turns_of
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import media_of, one_or_list, shown
from veridical.records.record import Record

SIDES = ("conversations", "rejected_conversations")
TAKEN = ("id", "image", "images", *SIDES)


def recognise(row: Row, name: str) -> str | None:
    """By its two conversations."""
    return "conversations beside rejected_conversations" if set(SIDES) <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record. An id may repeat: SIMA takes it from the picture's name."""
    column, value = first_of(row, "image", "images")
    media = media_of(value, place.root, column)
    (asked, chosen), (other, rejected) = (conversation(row, name) for name in SIDES)
    if asked != other:
        raise RowError(SIDES[1], "asks something else than conversations; only the last answer may differ")
    responses, pairs = responses_pair(chosen, rejected, SIDES)
    known = {"extra": take(row, *TAKEN), "provenance": place.provenance("", source_id=str(row.get("id", "")))}
    return [Record(record_id=place.name(row.get("id")), media=media, prompt=turns_of(asked, media, SIDES[0]), responses=responses, pairs=pairs, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair."""
    asked, picture = messages_in(record), one_or_list(shown(record))
    for name, chosen, rejected, _ in preferred(record):
        yield {"id": name} | ({} if picture is None else {"image": picture}) | {SIDES[0]: [*asked, spoken(chosen)], SIDES[1]: [*asked, spoken(rejected)]}


FORMAT = Format(
    "povid", "POVID, SIMA, CSR (conversations, rejected_conversations)", recognise, read, write, reading_back(read, write), columns=("image", *SIDES), rank=7,
)  # fmt: skip
