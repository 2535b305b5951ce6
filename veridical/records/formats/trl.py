"""TRL: conversational preference with an `images` column, and prompt-only rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_pair, media_of, need, pair_losses, responses_pair, shown
from veridical.records.record import Media, Part, Record, Turn


def recognise(row: Row, name: str) -> str | None:
    """Lists of messages under prompt, chosen and rejected."""
    if all(isinstance(row.get(key), (list, tuple)) for key in ("prompt", "chosen", "rejected")):
        return "prompt, chosen and rejected are lists of messages"
    if isinstance(row.get("prompt"), (list, tuple)) and "chosen" not in row and "record_id" not in row:
        return "prompt is a list of messages, without responses"
    if "images" in row and all(isinstance(row.get(key), str) for key in ("prompt", "chosen", "rejected")):
        return "prompt, chosen and rejected are texts beside images"
    return None


def read(row: Row, place: Place) -> list[Record]:
    """One record; picture parts take `images` in order, texts in front of which no part stands get them first."""
    media = media_of(row.get("images") if row.get("images") is not None else row.get("image"), place.root, "images")
    prompt = need(row, "prompt", (list, tuple, str))
    messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    turns = turns_of_messages(messages, media)
    source = place.provenance("trl")
    if "chosen" not in row:
        return [Record(record_id=place.name(row.get("id")), kind="prompt_only", media=media, prompt=turns, provenance=source)]
    responses, pairs = responses_pair(answer(row, "chosen"), answer(row, "rejected"))
    return [Record(record_id=place.name(row.get("id")), media=media, prompt=turns, responses=responses, pairs=pairs, provenance=source)]


def turns_of_messages(messages: Any, media: tuple[Media, ...]) -> tuple[Turn, ...]:
    """Messages with text or typed content as turns."""
    supply, turns, count = iter(media), [], 0
    typed = any(part.get("type") == "image" for message in messages if isinstance(message.get("content"), (list, tuple)) for part in message["content"])
    for message in messages:
        content = message.get("content")
        parts: list[Part] = []
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content or []:
            if part.get("type") == "image":
                count += 1
                picture = next(supply, None)
                if picture is None:
                    raise RowError("prompt", f"has {count} picture parts for {len(media)} pictures")
                parts.append(Part(type="image", media_id=picture.media_id))
            elif part.get("text") is not None:
                parts.append(Part(text=part["text"]))
        if not typed and media and message.get("role") == "user" and not count:
            parts = [*(Part(type="image", media_id=one.media_id) for one in media), *parts]
            count = len(media)
        turns.append(Turn(role=message.get("role", "user"), parts=tuple(parts)))
    if count != len(media):
        raise RowError("images", f"holds {len(media)} pictures for {count} picture parts")
    return tuple(turns)


def answer(row: Row, name: str) -> str:
    """The text of the assistant's message."""
    value = row[name]
    if isinstance(value, str):
        return value
    if not isinstance(value, (list, tuple)) or not value:
        raise RowError(name, "expected a list of messages")
    content = value[-1].get("content")
    return content if isinstance(content, str) else "".join(part.get("text") or "" for part in content or [])


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row: typed content everywhere, no empty keys, pictures in order."""
    row: dict[str, Any] = {"prompt": [message(turn) for turn in record.prompt], "images": [picture(one) for one in shown(record)]}
    if (pair := first_pair(record)) is not None:
        for name, response in zip(("chosen", "rejected"), pair, strict=True):
            row[name] = [{"role": "assistant", "content": [{"type": "text", "text": response.text}]}]
    yield row


def message(turn: Turn) -> dict[str, Any]:
    """A turn as a message."""
    return {"role": turn.role, "content": [{"type": "text", "text": part.text} if part.type == "text" else {"type": part.type} for part in turn.parts]}


def picture(medium: Media) -> dict[str, Any]:
    """An Arrow image struct."""
    return {"bytes": medium.data, "path": medium.path or None}


FORMAT = Format("trl", "TRL conversational preference (prompt, chosen, rejected, images)", recognise, read, write, pair_losses, rank=5, container="parquet")
