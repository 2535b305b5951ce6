"""LLaVA supervised conversations about pictures or a video, as MAVIS and many others have them; and Mantis's with several pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_of, need, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import flat, turns_of
from veridical.records.formats.pairs import response_text
from veridical.records.formats.pictures import columns_of, media_of
from veridical.records.record import Record, Response, text_parts

ROLES = {"human": "user", "gpt": "assistant", "system": "system", "user": "user", "assistant": "assistant"}
NAMES = {"user": "human", "assistant": "gpt", "system": "system"}
TAKEN = ("id", "image", "images", "video", "videos", "audio", "audios", "conversations", "conversation")


def recognise(row: Row, name: str) -> str | None:
    """A conversation of human and gpt (or user and assistant), without a ranking."""
    _, turns = first_of(row, "conversations", "conversation")
    if not isinstance(turns, (list, tuple)) or not isinstance(turns[0], dict):
        return None
    return "conversations without a ranking" if {"from", "role"} & set(turns[0]) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: the last answer is the response, earlier ones stay in the prompt and are learnt too."""
    name, _ = first_of(row, "conversations", "conversation")
    messages = [message(one, name) for one in need(row, name, (list, tuple))]
    media_name, value = first_of(row, "images", "image")
    media = media_of(value, place.root, media_name)
    if row.get("video") is not None and not media:  # the lineage marks a video like a picture
        messages = [(role, text.replace("<image>", "<video>")) for role, text in messages]
    for kind in ("video", "audio"):
        column, value = first_of(row, f"{kind}s", kind)
        media += media_of(value, place.root, column, len(media), kind=kind)
    known = {"record_id": place.name(row.get("id")), "media": media, "provenance": place.provenance("", source_id=str(row.get("id", ""))), "extra": take(row, *TAKEN)}
    if not messages or messages[-1][0] != "assistant":
        return [Record(kind="prompt_only", prompt=turns_of(messages, media, name), **known)]
    last = Response(response_id="r0", parts=text_parts(response_text(messages[-1][1], name)), origin="gold")
    return [Record(kind="sft", prompt=turns_of(messages[:-1], media, name), responses=(last,), **known)]


def message(one: Any, name: str) -> tuple[str, str]:
    """Role and text of one turn, under either pair of keys."""
    role, text = (one.get("from") or one.get("role"), one.get("value") if one.get("value") is not None else one.get("content")) if isinstance(one, dict) else (None, None)
    if not isinstance(role, str) or role not in ROLES or not isinstance(text, str):
        raise RowError(name, f"expected from/value or role/content with a speaker among {sorted(ROLES)}, found {str(one)[:60]!r}")
    return ROLES[role], text


def conversation(row: Row, name: str) -> tuple[list[tuple[str, str]], str]:
    """What leads to the last answer, and the answer. RowError where the last one to speak is not the assistant."""
    said = [message(one, name) for one in need(row, name, (list, tuple))]
    if not said or said[-1][0] != "assistant":
        raise RowError(name, "does not end with an answer of the assistant")
    return said[:-1], said[-1][1]


def messages_in(record: Record) -> list[dict[str, str]]:
    """The prompt as from/value messages. RowError for a tool's turn."""
    if any(turn.role not in NAMES for turn in record.prompt):
        raise RowError("prompt", "has a tool's turn; a row of this format has none")
    return [{"from": NAMES[turn.role], "value": flat(turn)} for turn in record.prompt]


def spoken(response: Response) -> dict[str, str]:
    """A response as gpt's message."""
    return {"from": NAMES["assistant"], "value": response.text}


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row: `image` is a path, or a list where there are several; `video` is a path."""
    turns, media = [*messages_in(record), *(spoken(response) for response in record.responses[:1])], columns_of(record, image="image", video="video")
    cells = {name: items[0] if len(items) == 1 else items for name, items in media.items() if items}
    yield {"id": record.record_id} | cells | {"conversations": turns}


FORMAT = Format(
    "llava", "LLaVA, MAVIS, ShareGPT4V: supervised conversations (conversations, image, images, video)", recognise, read, write, reading_back(read, write),
    columns=("conversations", "conversation", "image", "images"), rank=1,
)  # fmt: skip
