"""OpenAI's chat messages with typed parts (and Qwen's), alone or with a preferred and a non-preferred answer."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.pairs import preferred, response_text, responses_pair
from veridical.records.formats.pictures import medium
from veridical.records.media import ending
from veridical.records.record import Media, Part, Record, Response, Turn, text_parts

ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
PAYLOADS = {"image_url": "image", "image": "image", "input_audio": "audio", "audio": "audio", "video_url": "video", "video": "video"}
"""Types of parts, and the kind of medium that they carry under the same name."""
SIDES = ("preferred_output", "non_preferred_output")
TAKEN = ("id", "messages", "input", *SIDES)
TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}


def recognise(row: Row, name: str) -> str | None:
    """Messages whose parts carry their media, or an input with two outputs."""
    if set(SIDES) <= set(row) and isinstance(row.get("input"), Mapping):
        return "input with preferred_output and non_preferred_output"
    messages = row.get("messages")
    if not isinstance(messages, (list, tuple)) or {"images", "rejected_response", "rejected_messages"} & set(row):
        return None
    parts = [part for one in messages if isinstance(one, Mapping) and isinstance(one.get("content"), (list, tuple)) for part in one["content"] if isinstance(part, Mapping)]
    found = next((part["type"] for part in parts if str(part.get("type")) in PAYLOADS and part.get(part["type"]) is not None), None)
    return f"messages with {found} parts that carry their media" if found else None


def read(row: Row, place: Place) -> list[Record]:
    """A pair, or a conversation whose last message is the response where the assistant says it."""
    media: list[Media] = []
    extra = take(row, *(name for name in TAKEN if name != "messages" or "input" not in row))
    known = {"record_id": place.name(row.get("id")), "extra": extra, "provenance": place.provenance("", source_id=str(row.get("id", "")))}
    if "input" in row:
        turns = turns_of(need(need(row, "input", dict), "messages", (list, tuple)), place, media, "input.messages")
        responses, pairs = responses_pair(*(answer(row, name) for name in SIDES), SIDES)
        return [Record(media=tuple(media), prompt=turns, responses=responses, pairs=pairs, **known)]
    messages = need(row, "messages", (list, tuple))
    asked = messages[:-1] if messages and isinstance(messages[-1], Mapping) and messages[-1].get("role") == "assistant" else messages
    turns = turns_of(asked, place, media, "messages")
    said = tuple(Response(response_id="r0", parts=text_parts(response_text(text_of(one), "messages"))) for one in messages[len(asked) :])
    return [Record(kind="sft" if said else "prompt_only", media=tuple(media), prompt=turns, responses=said, **known)]


def turns_of(messages: Any, place: Place, media: list[Media], name: str) -> tuple[Turn, ...]:
    """Messages as turns; the media that they carry are added to `media`. RowError when nothing is said."""
    turns = []
    for number, one in enumerate(messages):
        where = f"{name}.{number}"
        if not isinstance(one, Mapping) or str(one.get("role")) not in ROLES or not isinstance(one.get("content"), (str, list, tuple)):
            raise RowError(where, f"expected role ({', '.join(ROLES)}) and content, found {str(one)[:60]!r}")
        parts = [{"type": "text", "text": one["content"]}] if isinstance(one["content"], str) else one["content"]
        turns.append(Turn(role=ROLES[one["role"]], parts=tuple(part_of(part, place, media, where) for part in parts)))
    if not any(turn.role == "user" for turn in turns):
        raise RowError(name, "holds nothing that a user says")
    return tuple(turns)


def part_of(part: Any, place: Place, media: list[Media], where: str) -> Part:
    """One part. RowError for one that neither says nor carries anything that is read."""
    kind = str(part.get("type")) if isinstance(part, Mapping) else None
    if kind == "text" and isinstance(part.get("text"), str):
        return Part(text=part["text"])
    if kind not in PAYLOADS or part.get(kind) is None:
        raise RowError(where, f"expected a part of type text or {', '.join(PAYLOADS)} that carries it, found {str(part)[:60]!r}")
    held = part[kind]
    if kind == "input_audio":
        held = {"bytes": need(held, "data"), "path": f"sound.{held.get('format') or 'wav'}"} if isinstance(held, Mapping) else held
    media.append(medium(held, place.root, f"m{len(media)}", f"{where}.{kind}", kind=PAYLOADS[kind]))
    return Part(type=PAYLOADS[kind], media_id=media[-1].media_id)


def answer(row: Row, name: str) -> str:
    """The text of one of two outputs. RowError where it is not one message of the assistant."""
    messages = need(row, name, (list, tuple))
    if len(messages) != 1 or not isinstance(messages[0], Mapping) or messages[0].get("role") != "assistant":
        raise RowError(name, f"expected one message of the assistant, found {str(messages)[:60]!r}")
    return text_of(messages[0])


def text_of(message: Mapping[str, Any]) -> str:
    """What a message says, whole or in parts. RowError for an answer that carries media."""
    held = message.get("content")
    parts = held if isinstance(held, (list, tuple)) else [{"type": "text", "text": held}]
    if any(not isinstance(part, Mapping) or part.get("type") not in ("text", "refusal") for part in parts):
        raise RowError("messages", "an answer of the assistant carries media; a response is text")
    return "".join(str(part.get("text") or part.get("refusal") or "") for part in parts)


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair with two outputs, else one with the messages. Bytes are data URLs, files are named."""
    messages = [{"role": turn.role, "content": content(record, turn)} for turn in record.prompt]
    if record.pairs:
        for name, chosen, rejected, _ in preferred(record):
            yield {"id": name, "input": {"messages": messages}, SIDES[0]: [said(chosen)], SIDES[1]: [said(rejected)]}
        return
    yield {"id": record.record_id, "messages": [*messages, *(said(one) for one in record.responses[:1])]}


def said(one: Response) -> dict[str, Any]:
    """A response as a message."""
    return {"role": "assistant", "content": one.text}


def content(record: Record, turn: Turn) -> Any:
    """A turn's text where it is only that, else its parts."""
    return turn.text if all(part.type == "text" for part in turn.parts) else [held(record, part) for part in turn.parts]


def held(record: Record, part: Part) -> dict[str, Any]:
    """A part with its medium."""
    if part.type == "text":
        return {"type": "text", "text": part.text}
    one = record.medium(part.media_id)
    if part.type == "audio" and one.data is not None:
        return {"type": "input_audio", "input_audio": {"data": base64.b64encode(one.data).decode(), "format": ending(one.data).lstrip(".")}}
    url = one.path if one.data is None else f"data:{TYPES.get(ending(one.data), 'application/octet-stream')};base64,{base64.b64encode(one.data).decode()}"
    return {"type": "audio", "audio": url} if part.type == "audio" else {"type": f"{part.type}_url", f"{part.type}_url": {"url": url}}


FORMAT = Format(
    "openai_chat", "OpenAI chat messages (parts with image_url, input_audio; or input with two outputs)", recognise, read, write, reading_back(read, write),
    columns=("messages", "input", *SIDES), rank=6, container="jsonl",
)  # fmt: skip
