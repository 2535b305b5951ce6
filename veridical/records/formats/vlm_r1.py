"""VLM-R1's JSON lines: a conversation whose last turn is the verifiable answer, with the way to compare it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.answers import typed
from veridical.records.formats.chat_answers import METHODS, answer_text, conversation_of, from_conversations
from veridical.records.formats.format import Format, Place, Row, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.llava import messages_in
from veridical.records.formats.pictures import one_or_list, shown
from veridical.records.record import Record

TAKEN = ("id", "image", "images", "conversations", "accu_reward_method")


def recognise(row: Row, name: str) -> str | None:
    """By the way to compare answers, or by an answer that is no text."""
    turns = conversation_of(row)
    if not turns or "answer" in row:
        return None
    last = turns[-1].get("value")
    told = "accu_reward_method" in row or (turns[-1].get("from") == "gpt" and last is not None and not isinstance(last, str))
    return "conversations whose last turn is a verifiable answer" if told else None


def read(row: Row, place: Place) -> list[Record]:
    """One prompt with its answer."""
    turns, media, answer = from_conversations(row, place)
    method = row.get("accu_reward_method")
    known = {"task": "" if method in (None, "default") else str(method), "extra": take(row, *TAKEN), "provenance": place.provenance("", source_id=str(row.get("id", "")))}
    return [Record(record_id=place.name(row.get("id")), kind="prompt_only", media=media, prompt=turns, answer=answer, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row. The task is the way to compare answers where it is one of the known ones, else the answer's type gives it where its text does not."""
    value, picture = answer_text(record), one_or_list(shown(record))
    turns = [*messages_in(record), {"from": "gpt", "value": value}]
    yield {"id": record.record_id} | ({} if picture is None else {"image": picture}) | {"conversations": turns, "accu_reward_method": method_of(record, value)}


def method_of(record: Record, value: str) -> str:
    """How the answer is compared; "default" where nothing needs to be said."""
    if record.task in METHODS or record.answer is None or typed(value) == record.answer:
        return record.task if record.task in METHODS else "default"
    return {answer: method for method, answer in reversed(METHODS.items())}.get(record.answer.type, "default")


FORMAT = Format(
    "vlm_r1", "VLM-R1 (conversations that end with the answer, accu_reward_method)", recognise, read, write, reading_back(read, write),
    columns=("image", "conversations", "accu_reward_method"), rank=7, container="jsonl",
)  # fmt: skip
