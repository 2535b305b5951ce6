"""ms-swift: messages that end with the chosen response, `rejected_response` or `rejected_messages`, and pictures of the rejected side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_of, need, optional, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import flat, turns_of
from veridical.records.formats.pairs import number_of, preferred, response_text, responses_pair, unpaired
from veridical.records.formats.pictures import all_shown, cell, columns_of, media_of
from veridical.records.pairing import edits
from veridical.records.record import Media, Pair, Record, Response, Swap, Turn, text_parts

if TYPE_CHECKING:
    from datasets import Features

ROLES = ("system", "user", "assistant", "tool")
REJECTED = ("rejected_response", "rejected_messages")
QUERY = ("query", "prompt", "input", "instruction", "question", "problem")
RESPONSE = ("response", "answer", "output", "targets", "target", "answer_key", "answers", "solution", "text", "completion", "content")
"""Columns that are taken for messages where there are none."""
MEDIA = {"image": "images", "video": "videos", "audio": "audios"}
TAKEN = ("id", "messages", *MEDIA.values(), "rejected_images", *REJECTED)


def recognise(row: Row, name: str) -> str | None:
    """Messages of texts, with or without a rejected side; without one TRL's and OpenAI's rows of texts look and read the same."""
    messages = row.get("messages")
    if isinstance(row.get("rejected_response"), str) and messages is None and (asked := first_of(row, *QUERY))[1] is not None and first_of(row, *RESPONSE)[1] is not None:
        return f"columns {asked[0]}, {first_of(row, *RESPONSE)[0]} and rejected_response"
    if not isinstance(messages, (list, tuple)) or not messages:
        return None
    found = [key for key in (*REJECTED, "rejected_images") if row.get(key)]
    if found:
        return f"messages with {found[0]}"
    return "messages with role and content" if isinstance(messages[0], dict) and "role" in messages[0] else None


def read(row: Row, place: Place) -> list[Record]:
    """A pair (by text, by picture, or both), an unpaired response, or a supervised conversation."""
    if "messages" not in row and first_of(row, *QUERY)[1] is not None:
        row = with_messages(row)
    messages = [message(one, "messages") for one in need(row, "messages", (list, tuple))]
    if not messages:
        raise RowError("messages", "is an empty list")
    messages = grounded(messages, row.get("objects"))
    media: tuple[Media, ...] = ()
    for kind, column in MEDIA.items():
        media += media_of(optional(row, column, (list, tuple, str, dict)), place.root, column, len(media), kind=kind)
    rejected = rejected_text(row)
    negatives = media_of(optional(row, "rejected_images", (list, tuple)), place.root, "rejected_images", len(media), "negative")
    paired = rejected is not None or bool(negatives)
    known = {"record_id": place.name(row.get("id")), "provenance": place.provenance(""), "extra": take(row, *TAKEN, "margin" if paired else "label")}
    if not paired:
        return [plain(row, messages, media, known)]
    turns, chosen = turns_of_messages(messages[: after_user(messages)], media), answer(messages, "messages")
    if not negatives:
        responses, pairs = responses_pair(chosen, rejected, ("messages", "rejected_response"), margin=number_of(row.get("margin"), "margin"))
        return [Record(prompt=turns, media=media, responses=responses, pairs=pairs, **known)]
    return [with_other_pictures(turns, media, negatives, chosen, rejected, number_of(row.get("margin"), "margin"), known)]


def with_messages(row: Row) -> Row:
    """A row of columns (query, response, history, system) with its messages. RowError where two columns could be the response."""
    named = [name for name in RESPONSE if row.get(name) is not None]
    if len(named) > 1:
        raise RowError(named[1], f"could be the response, and so could {named[0]}; keep one of them")
    asked, _ = first_of(row, *QUERY)
    told = [("user", need(row, asked)), *(("assistant", need(row, name)) for name in named)]
    before = [(role, text) for turn in optional(row, "history", (list, tuple)) or [] for role, text in zip(("user", "assistant"), turn, strict=True)]
    system = [("system", row["system"])] if optional(row, "system") else []
    taken = {asked, "history", "system", *named, *MEDIA}
    media = {column: row[kind] for kind, column in MEDIA.items() if row.get(kind) is not None}
    spoken = [{"role": role, "content": text} for role, text in (*system, *before, *told)]
    return {name: value for name, value in row.items() if name not in taken} | media | {"messages": spoken}


def grounded(messages: Sequence[tuple[str, str, bool | None]], objects: Any) -> list[tuple[str, str, bool | None]]:
    """Messages with `<ref-object>` and `<bbox>` filled in from `objects`, each in its own order. RowError where they are not as many."""
    if objects is None:
        objects = {}
    if not isinstance(objects, dict):
        raise RowError("objects", f"expected ref and bbox, found {type(objects).__name__}")
    supplies = {"<ref-object>": list(map(str, objects.get("ref") or [])), "<bbox>": ["[" + ", ".join(f"{one:g}" for one in box) + "]" for box in objects.get("bbox") or []]}
    for mark, found in supplies.items():
        marks = sum(text.count(mark) for _, text, _ in messages)
        if marks != len(found):
            raise RowError("objects", f"holds {len(found)} for {marks} {mark} marks in messages; there must be one for each")
    queues = {mark: iter(found) for mark, found in supplies.items()}
    return [(role, re.sub("|".join(queues), lambda found: next(queues[found[0]]), text), loss) for role, text, loss in messages]


def plain(row: Row, messages: Sequence[tuple[str, str, bool | None]], media: tuple[Media, ...], known: dict[str, Any]) -> Record:
    """A row without a rejected side: its last message is the response, if the assistant says it."""
    if messages[-1][0] != "assistant":
        return Record(kind="prompt_only", prompt=turns_of_messages(messages, media), media=media, **known)
    label = optional(row, "label", bool)
    only = Response(response_id="r0", parts=text_parts(response_text(messages[-1][1], "messages")), label=None if label is None else int(label))
    return Record(kind="sft" if label is None else "unpaired", prompt=turns_of_messages(messages[:-1], media), media=media, responses=(only,), **known)


def with_other_pictures(
    turns: Any, media: tuple[Media, ...], negatives: tuple[Media, ...], chosen: str, rejected: str | None, margin: float | None, known: dict[str, Any]
) -> Record:
    """The rejected side sees other pictures; the texts may be equal."""
    pictures = [one for one in media if one.kind == "image"]
    if len(negatives) != len(pictures):
        raise RowError("rejected_images", f"holds {len(negatives)} pictures for {len(pictures)} images")
    texts = response_text(chosen, "messages"), response_text(chosen if rejected is None else rejected, "rejected_response")
    linked = tuple(one.replace(parent_id=parent.media_id) for one, parent in zip(negatives, pictures, strict=True))
    swaps = tuple(Swap(from_id=one.parent_id, to_id=one.media_id) for one in linked)
    responses = (Response(response_id="chosen", parts=text_parts(texts[0])), Response(response_id="rejected", parts=text_parts(texts[1]), swaps=swaps))
    return Record(prompt=turns, media=(*media, *linked), responses=responses, pairs=(Pair(chosen="chosen", rejected="rejected", margin=margin, edits=edits(*texts)),), **known)


def message(one: Any, name: str) -> tuple[str, str, bool | None]:
    """Role, text, and whether training learns it."""
    if not isinstance(one, dict) or one.get("role") not in ROLES or not isinstance(one.get("content"), str):
        raise RowError(name, f"expected objects with role ({', '.join(ROLES)}) and text content, found {str(one)[:60]!r}")
    return one["role"], one["content"], optional(one, "loss", bool)


def turns_of_messages(messages: Sequence[tuple[str, str, bool | None]], media: tuple[Media, ...]) -> tuple[Turn, ...]:
    """Messages as turns, with their loss flags."""
    turns = turns_of([(role, text) for role, text, _ in messages], media, "messages")
    return tuple(turn.replace(loss=loss) for turn, (_, _, loss) in zip(turns, messages, strict=True))


def after_user(messages: Sequence[tuple[str, str, bool | None]]) -> int:
    """Where the last answer begins."""
    return max((place + 1 for place, one in enumerate(messages) if one[0] == "user"), default=0)


def answer(messages: Sequence[tuple[str, str, bool | None]], name: str) -> str:
    """What the assistant says after the last user turn. RowError when that is not one message."""
    rest = messages[after_user(messages) :]
    if [role for role, _, _ in rest] != ["assistant"]:
        raise RowError(name, f"expected one message of the assistant after the last user turn, found {[role for role, _, _ in rest]}")
    return rest[0][1]


def rejected_text(row: Row) -> str | None:
    """The rejected answer: a text, or what follows the last user turn of a list; None where there is none."""
    name, value = first_of(row, *REJECTED)
    if value is None and row.get("rejected_response") == "":
        raise RowError("rejected_response", "is empty")
    if value is None or isinstance(value, str):
        return value
    return answer([message(one, name) for one in need(row, name, (list, tuple))], name)


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair, with `rejected_images` where the rejected response was swapped; else for every labelled response, the response or the prompt."""
    messages = [{"role": turn.role, "content": flat(turn)} | ({} if turn.loss is None else {"loss": turn.loss}) for turn in record.prompt]
    row: dict[str, Any] = {"id": record.record_id, "messages": messages, **columns_of(record, **MEDIA)}
    if record.pairs:
        for name, chosen, rejected, pair in preferred(record, by_picture=True):
            other = other_pictures(record, rejected)
            # ms-swift refuses a rejected text that equals the chosen one; then the pictures alone make the pair
            text = {} if other and rejected.text == chosen.text else {"rejected_response": rejected.text}
            yield row | {"id": name, "messages": [*messages, said(chosen)]} | text | other | ({} if pair.margin is None else {"margin": pair.margin})
        return
    if not record.responses:
        yield row
    for response in unpaired(record):
        yield row | {"messages": [*messages, said(response)]} | ({} if response.label is None else {"label": bool(response.label)})


def said(response: Response) -> dict[str, Any]:
    """A response as a message."""
    return {"role": "assistant", "content": response.text}


def other_pictures(record: Record, rejected: Response) -> dict[str, Any]:
    """The pictures that the rejected response sees, if they are others."""
    other = {swap.from_id: swap.to_id for swap in rejected.swaps}
    return {"rejected_images": [cell(record.medium(other.get(one.media_id, one.media_id))) for one in all_shown(record) if one.kind == "image"]} if other else {}


def features() -> Features:
    """Messages as structs, pictures as lists."""
    from datasets import Audio, Features, Image, List, Value, Video

    messages = List({"role": Value("string"), "content": Value("string"), "loss": Value("bool")})
    return Features({
        "id": Value("string"), "messages": messages, "rejected_response": Value("string"), "images": List(Image()), "videos": List(Video()), "audios": List(Audio()),
        "rejected_images": List(Image()), "label": Value("bool"), "margin": Value("float64"),
    })  # fmt: skip


FORMAT = Format(
    "ms_swift", "ms-swift (messages, rejected_response, rejected_messages, rejected_images, label, margin, objects, images, videos, audios)",
    recognise, read, write, reading_back(read, write), columns=("messages", "rejected_response", "rejected_images"), features=features, rank=3, container="jsonl",
)  # fmt: skip
