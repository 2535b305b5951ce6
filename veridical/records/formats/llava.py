"""LLaVA supervised conversations, and Mantis's with several pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, flat, media_of, shown, turns_of
from veridical.records.record import Part, Record, Response

ROLES = {"human": "user", "gpt": "assistant", "system": "system", "user": "user", "assistant": "assistant"}


def recognise(row: Row, name: str) -> str | None:
    """A conversation of human and gpt (or user and assistant), without a ranking."""
    turns = conversation(row)
    if not isinstance(turns, (list, tuple)) or not turns or not isinstance(turns[0], dict):
        return None
    return "conversations without a ranking" if {"from", "role"} & set(turns[0]) else None


def conversation(row: Row) -> Any:
    """Under either of its two names."""
    return row.get("conversations") if row.get("conversations") is not None else row.get("conversation")


def read(row: Row, place: Place) -> list[Record]:
    """One record: the last answer is the response, earlier ones stay in the prompt and are learnt too."""
    turns = conversation(row)
    media = media_of(row.get("images") if row.get("images") is not None else row.get("image"), place.root)
    messages = []
    for one in turns:
        role, text = ROLES.get(one.get("from") or one.get("role")), one.get("value") if one.get("value") is not None else one.get("content")
        if role is None or not isinstance(text, str):
            raise RowError("conversations", f"expected from/value or role/content, found {str(one)[:60]!r}")
        messages.append((role, text))
    known = {"record_id": place.name(row.get("id")), "media": media, "provenance": place.provenance("llava", source_id=str(row.get("id", "")))}
    if messages[-1][0] != "assistant":
        return [Record(kind="prompt_only", prompt=turns_of(messages, media, "conversations"), **known)]
    last = Response(response_id="r0", parts=(Part(text=messages[-1][1]),), origin="gold")
    return [Record(kind="sft", prompt=turns_of(messages[:-1], media, "conversations"), responses=(last,), **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row."""
    names = {"user": "human", "assistant": "gpt", "system": "system", "tool": "human"}
    turns = [{"from": names[turn.role], "value": flat(turn)} for turn in record.prompt]
    turns += [{"from": "gpt", "value": response.text} for response in record.responses[:1]]
    yield {"id": record.record_id, "image": [one.path for one in shown(record)], "conversations": turns}


def losses(record: Record) -> list[str]:
    """Everything but the first response."""
    return (["responses beyond the first"] if len(record.responses) > 1 else []) + (["pairs"] if record.pairs else [])


FORMAT = Format("llava", "LLaVA / Mantis supervised conversations", recognise, read, write, losses, rank=1)
