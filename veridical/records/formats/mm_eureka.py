"""MM-Eureka (InternVL branch): conversations with the addresses of pictures and a verifiable answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.chat_answers import answer_text, conversation_of, from_messages
from veridical.records.formats.format import Format, Place, Row, RowError, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import flat
from veridical.records.formats.pictures import shown
from veridical.records.record import Record

TAKEN = ("id", "conversations", "answer", "image_urls")


def recognise(row: Row, name: str) -> str | None:
    """By its picture addresses beside a conversation."""
    return "columns conversations, image_urls and answer" if conversation_of(row) and "image_urls" in row and row.get("answer") is not None else None


def read(row: Row, place: Place) -> list[Record]:
    """One prompt with its answer."""
    turns, media, answer = from_messages(row, place)
    known = {"answer": answer, "extra": take(row, *TAKEN), "provenance": place.provenance("", source_id=str(row.get("id", "")))}
    return [Record(record_id=place.name(row.get("id")), kind="prompt_only", media=media, prompt=turns, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row. Pictures are named by file addresses."""
    pictures = shown(record)
    if any(one.data is not None for one in pictures):
        raise RowError("media", "is bytes; a row of this format names files: write .json or .jsonl")
    turns = [{"role": turn.role, "content": flat(turn)} for turn in record.prompt]
    addresses = [f"file://{one.path}" if one.path.startswith("/") else one.path for one in pictures]
    yield {"id": record.record_id, "conversations": turns, "answer": answer_text(record), "image_urls": addresses}


FORMAT = Format(
    "mm_eureka", "MM-Eureka (conversations, answer, image_urls)", recognise, read, write, reading_back(read, write), columns=TAKEN, rank=7, container="jsonl",
)  # fmt: skip
