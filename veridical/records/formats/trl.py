"""TRL: preference (explicit or implicit prompt), unpaired, completion, prompt-only and language-modelling rows, conversational or plain, with `images`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from veridical.records.formats.answers import answer_of
from veridical.records.formats.format import Format, Place, Row, RowError, first_of, need, optional, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import Supply, marks_in, shown_by, split_marks, supply_of
from veridical.records.formats.pairs import number_of, preferred, response_text, responses_pair, unpaired
from veridical.records.formats.pictures import cell, media_of, shown
from veridical.records.record import Media, Part, Record, Response, Turn, text_parts

if TYPE_CHECKING:
    from datasets import Features

ROLES = ("system", "user", "assistant", "tool")
TAKEN = ("id", "prompt", "chosen", "rejected", "completion", "images", "image")
BESIDE = {"chosen": ("margin",), "completion": ("label",), "prompt": ("answer",), "messages": ("messages",), "text": ("text",)}
"""Columns that a row of a type has besides; of another type they say something else and are kept."""


def recognise(row: Row, name: str) -> str | None:
    """By the columns of its types, conversational or plain."""
    kinds = {
        key: "messages" if is_messages(row[key]) else "texts" if isinstance(row[key], str) else ""
        for key in ("prompt", "chosen", "rejected", "completion")
        if row.get(key) is not None
    }
    if "" in kinds.values() or "record_id" in row:
        return None
    if {"chosen", "rejected"} <= set(kinds):
        if "prompt" in kinds:
            return f"prompt, chosen and rejected are {kinds['chosen']}"
        return "chosen and rejected are messages that begin with the same prompt" if kinds["chosen"] == kinds["rejected"] == "messages" else None
    if not kinds:
        return language_modelling(row)
    if {"prompt", "completion"} <= set(kinds):
        return f"prompt and completion are {kinds['prompt']}"
    if set(kinds) == {"prompt"} and (kinds["prompt"] == "messages" or set(row) <= {*TAKEN, "answer", "label", "margin"}):
        return f"prompt is {'a list of messages' if kinds['prompt'] == 'messages' else 'a text'}, without responses"
    return None


def language_modelling(row: Row) -> str | None:
    """By a text alone, or by messages with typed parts whose pictures are in a column."""
    if isinstance(row.get("text"), str) and set(row) <= {"id", "text", "images", "image"}:
        return "text is a text, without a prompt"
    if not is_messages(row.get("messages")) or {"rejected_response", "rejected_messages", "rejected_images"} & set(row):
        return None
    parts = [part for one in row["messages"] if isinstance(one.get("content"), (list, tuple)) for part in one["content"] if isinstance(part, Mapping)]
    return "messages with typed parts" if parts and all(part.get("type") in ("text", "image") and part.get("image") is None for part in parts) else None


def is_messages(value: Any) -> bool:
    """Whether this is a list of messages."""
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(one, Mapping) and "role" in one for one in value)


def read(row: Row, place: Place) -> list[Record]:
    """One record; picture parts take `images` in order. Where nothing marks their places they go before the first user text."""
    media_name, value = first_of(row, "images", "image")
    prompt, answers = divided(row)
    media = media_of(value if value is not None else inline(prompt), place.root, media_name)
    taken = [*TAKEN, *(column for name in (*(answers or ("prompt",)), spoken_in(row)) for column in BESIDE.get(name, ()))]
    known = {"record_id": place.name(row.get("id")), "media": media, "prompt": turns_of(prompt, media), "provenance": place.provenance(""), "extra": take(row, *taken)}
    if "rejected" in answers or "chosen" in answers:
        responses, pairs = responses_pair(answers.get("chosen"), answers.get("rejected"), margin=number_of(row.get("margin"), "margin"))
        return [Record(responses=responses, pairs=pairs, **known)]
    if "completion" in answers:
        label = None if row.get("label") is None else int(need(row, "label", bool))
        only = Response(response_id="r0", parts=text_parts(response_text(answers["completion"], "completion")), label=label)
        return [Record(kind="sft" if label is None else "unpaired", responses=(only,), **known)]
    stated = optional(row, "answer", (str, int, float))
    return [Record(kind="prompt_only", answer=None if stated is None else answer_of(stated, ()), **known)]


def divided(row: Row) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """The prompt's messages, and the texts of the responses.

    Without a prompt, or with a text for it beside whole conversations, it is what chosen and rejected share.
    """
    names = [name for name in ("chosen", "rejected", "completion") if row.get(name) is not None]
    if spoken_in(row):
        return spoken(row)
    whole = names == ["chosen", "rejected"] and all(is_messages(row[name]) and len(row[name]) > 1 for name in names)
    if row.get("prompt") is not None and not (whole and isinstance(row["prompt"], str)):
        prompt = need(row, "prompt", (str, list, tuple))
        return messages_of(prompt, "prompt"), {name: answer(row[name], name) for name in names}
    chosen, rejected = (messages_of(need(row, name, (list, tuple)), name) for name in ("chosen", "rejected"))
    shared = next((place for place, (one, other) in enumerate(zip(chosen, rejected, strict=False)) if one != other), min(len(chosen), len(rejected)))
    shared = min(shared, len(chosen) - 1, len(rejected) - 1)
    return chosen[:shared], {"chosen": answer(chosen[shared:], "chosen"), "rejected": answer(rejected[shared:], "rejected")}


def spoken_in(row: Row) -> str:
    """The column of a language-modelling row, or ""."""
    if any(row.get(name) is not None for name in ("prompt", "chosen", "rejected", "completion")):
        return ""
    return next((name for name in ("text", "messages") if row.get(name) is not None), "")


def spoken(row: Row) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """Language modelling: the last message of the assistant is the response; a text alone answers an empty prompt."""
    if row.get("text") is not None:
        return [{"role": "user", "content": ""}], {"completion": need(row, "text")}
    messages = messages_of(need(row, "messages", (list, tuple)), "messages")
    return (messages[:-1], {"completion": answer(messages[-1:], "messages")}) if messages and messages[-1]["role"] == "assistant" else (messages, {})


def messages_of(value: Any, name: str) -> list[Mapping[str, Any]]:
    """Messages with text or typed content, checked; a plain text is what a user says."""
    if not isinstance(value, (str, list, tuple)):
        raise RowError(name, f"expected a text or messages, found {type(value).__name__}")
    messages = [{"role": "user", "content": value}] if isinstance(value, str) else list(value)
    for one in messages:
        if not isinstance(one, Mapping) or str(one.get("role")) not in ROLES or not isinstance(one.get("content"), (str, list, tuple)):
            raise RowError(name, f"expected messages with role ({', '.join(ROLES)}) and content, found {str(one)[:60]!r}")
    return messages


def answer(value: Any, name: str) -> Any:
    """The text of a response: plain, or one message of the assistant."""
    if not isinstance(value, (list, tuple)):
        return value
    messages = messages_of(value, name)
    if [one["role"] for one in messages] != ["assistant"]:
        raise RowError(name, f"expected one message of the assistant, found {[one['role'] for one in messages]}")
    return "".join(part.get("text") or "" for part in content(messages[0], name))


def content(message: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """A message's typed parts. RowError for media other than pictures."""
    parts = [{"type": "text", "text": message["content"]}] if isinstance(message["content"], str) else message["content"]
    for part in parts:
        if not isinstance(part, Mapping) or part.get("type") not in ("text", "image") or not isinstance(part.get("text"), (str, type(None))):
            raise RowError(name, f"expected parts of type text or image, found {str(part)[:60]!r}")
    return parts


def inline(messages: Sequence[Mapping[str, Any]]) -> list[Any] | None:
    """Pictures that stand in the messages themselves."""
    found = [part["image"] for message in messages for part in content(message, "prompt") if part["type"] == "image" and part.get("image") is not None]
    return found or None


def turns_of(messages: Sequence[Mapping[str, Any]], media: tuple[Media, ...]) -> tuple[Turn, ...]:
    """Messages as turns. RowError when pictures and their places do not match."""
    parts = [content(message, "prompt") for message in messages]
    typed = sum(part["type"] == "image" for one in parts for part in one)
    marks = sum(marks_in(message["content"], "prompt") for message in messages if isinstance(message["content"], str))
    if (typed or marks) and typed + marks != len(media):
        raise RowError("images", f"holds {len(media)} pictures for {typed} picture parts and {marks} marks in the prompt")
    if not any(message["role"] == "user" for message in messages):
        raise RowError("prompt", "holds nothing that a user says")
    supply, turns = supply_of(media), []
    first = next(place for place, message in enumerate(messages) if message["role"] == "user")
    for place, (message, found) in enumerate(zip(messages, parts, strict=True)):
        ahead = [shown_by(one) for one in media] if place == first and not typed + marks else []
        turns.append(Turn(role=message["role"], parts=(*ahead, *placed(found, supply, isinstance(message["content"], str)))))
    return tuple(turns)


def placed(parts: Sequence[Mapping[str, Any]], supply: Supply, split: bool) -> Iterable[Part]:
    """Parts with the next pictures in their places; a plain text is split at its marks."""
    for part in parts:
        if part["type"] == "image":
            yield shown_by(supply("image"))
        elif split:
            yield from split_marks(part.get("text") or "", supply)
        elif part.get("text") is not None:
            yield Part(text=part["text"])


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair, else for every labelled response, the response, or the prompt with its answer: typed content, no empty keys, pictures in order."""
    row: dict[str, Any] = {"prompt": [message(turn) for turn in record.prompt], "images": [cell(one) for one in shown(record)]}
    if record.pairs:
        yield from (row | {"chosen": said(chosen), "rejected": said(rejected)} for _, chosen, rejected, _ in preferred(record))
        return
    if unasked(record):
        yield {"text": record.responses[0].text}
        return
    if not record.responses:
        yield row | ({} if record.answer is None else {"answer": record.answer.value})
    for response in unpaired(record):
        yield row | {"completion": said(response)} | ({} if response.label is None else {"label": bool(response.label)})


def unasked(record: Record) -> bool:
    """Whether this is a text alone: a response to an empty prompt."""
    return len(record.responses) == 1 and all(part.type == "text" and not part.text for turn in record.prompt for part in turn.parts)


def message(turn: Turn) -> dict[str, Any]:
    """A turn as a message."""
    return {"role": turn.role, "content": [{"type": "text", "text": part.text} if part.type == "text" else {"type": part.type} for part in turn.parts]}


def said(response: Response) -> list[dict[str, Any]]:
    """A response as a list of one message."""
    return [{"role": "assistant", "content": [{"type": "text", "text": response.text}]}]


def features() -> Features:
    """Conversational columns with a list of pictures."""
    from datasets import Features, Image, List, Value

    messages = List({"role": Value("string"), "content": List({"type": Value("string"), "text": Value("string")})})
    others = {"label": Value("bool"), "images": List(Image()), "text": Value("string"), "answer": Value("string")}
    return Features({name: messages for name in ("prompt", "chosen", "rejected", "completion")} | others)


FORMAT = Format(
    "trl", "TRL, every type: preference, unpaired, prompt-completion, prompt-only, language modelling (prompt, chosen, rejected, completion, label, messages, text, images)",
    recognise, read, write, reading_back(read, write), columns=("prompt", "chosen", "rejected", "images"), features=features, rank=5, container="parquet",
)  # fmt: skip
