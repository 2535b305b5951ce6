"""LMM-R1, MM-Eureka (Qwen branch) and R1-Reward: chat messages as a JSON string, with the answer beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from veridical.records.formats.chat_answers import answer_text, from_messages
from veridical.records.formats.format import Format, Place, Row, RowError, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.pictures import shown
from veridical.records.record import Record

TAKEN = ("id", "message", "answer", "image", "images")


def recognise(row: Row, name: str) -> str | None:
    """By messages that are text."""
    return "columns message (JSON) and answer" if isinstance(row.get("message"), str) and row.get("answer") is not None and row["message"].lstrip()[:1] in "[{" else None


def read(row: Row, place: Place) -> list[Record]:
    """One prompt with its answer."""
    turns, media, answer = from_messages(row, place)
    known = {"answer": answer, "extra": take(row, *TAKEN), "provenance": place.provenance("", source_id=str(row.get("id", "")))}
    return [Record(record_id=place.name(row.get("id")), kind="prompt_only", media=media, prompt=turns, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row; pictures stand in the messages by their path. RowError for one that is no file."""
    if any(one.data is not None for one in shown(record)):
        raise RowError("media", "is bytes; a row of this format names files: write .json or .jsonl")
    messages = [{"role": turn.role, "content": [part_of(record, part) for part in turn.parts]} for turn in record.prompt]
    yield {"id": record.record_id, "message": json.dumps(messages, ensure_ascii=False), "answer": answer_text(record)}


def part_of(record: Record, part: Any) -> dict[str, str]:
    """A part as chat messages have it."""
    return {"type": "text", "text": part.text} if part.type == "text" else {"type": "image", "image": record.medium(part.media_id).path}


FORMAT = Format(
    "lmm_r1", "LMM-R1, MM-Eureka, R1-Reward (message as a JSON string, answer)", recognise, read, write, reading_back(read, write),
    columns=("message", "answer", "question"), rank=7, container="jsonl",
)  # fmt: skip
