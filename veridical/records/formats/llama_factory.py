"""LLaMA-Factory: ShareGPT or Alpaca rows, with or without a ranking; columns and tags named by `dataset_info.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, optional, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import flat, turns_of
from veridical.records.formats.pairs import preferred, response_text, responses_pair, unpaired
from veridical.records.formats.pictures import columns_of, media_of
from veridical.records.record import Media, Record, Response, text_parts

if TYPE_CHECKING:
    from datasets import Features

REGISTRY = "dataset_info.json"
COLUMNS: Mapping[str, str] = MappingProxyType({
    "messages": "conversations", "system": "system", "images": "images", "videos": "videos", "audios": "audios", "chosen": "chosen", "rejected": "rejected", "kto_tag": "kto_tag",
    "prompt": "instruction", "query": "input", "response": "output", "history": "history",
})  # fmt: skip
TAGS: Mapping[str, str] = MappingProxyType({
    "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
    "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
})  # fmt: skip
NAMES = {"user": TAGS["user_tag"], "assistant": TAGS["assistant_tag"], "system": TAGS["system_tag"], "tool": TAGS["observation_tag"]}


def recognise(row: Row, name: str) -> str | None:
    """A conversation with single message objects as chosen and rejected, or a kto_tag; or Alpaca's columns. Other supervised rows look and read like LLaVA's."""
    if not isinstance(row.get("conversations"), (list, tuple)):
        texts = [name for name, value in row.items() if isinstance(value, str)]
        told = "instruction" in texts and ("output" in texts or {"chosen", "rejected"} <= set(texts)) and "messages" not in row
        return "instruction with " + ("output (Alpaca)" if "output" in texts else "chosen and rejected (Alpaca)") if told else None
    if isinstance(row.get("chosen"), dict) and isinstance(row.get("rejected"), dict):
        return "conversations with chosen and rejected message objects"
    return "conversations with kto_tag" if isinstance(row.get("kto_tag"), bool) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: a ranking, an unpaired response, or a supervised conversation."""
    columns, tags = {**COLUMNS, **place.context.get("columns", {})}, {**TAGS, **place.context.get("tags", {})}
    media: tuple[Media, ...] = ()
    for kind in ("image", "video", "audio"):
        media += media_of(row.get(columns[f"{kind}s"]), place.root, columns[f"{kind}s"], len(media), kind=kind)
    # a registered data set is in Alpaca's layout unless it says otherwise; that layout has no marks, and pictures come first
    alpaca = place.context.get("formatting", "alpaca" if place.context or COLUMNS["messages"] not in row else "sharegpt") == "alpaca"
    messages, texts = (alpaca_of if alpaca else sharegpt_of)(row, columns, tags)
    if system := optional(row, columns["system"]):
        messages = [("system", system), *messages]
    name = columns["prompt"] if alpaca else columns["messages"]
    extra = take(row, "id", *(columns[key] for key in used(alpaca, bool(texts))))
    known = {"record_id": place.name(row.get("id")), "media": media, "provenance": place.provenance(place.context.get("name", "")), "extra": extra}
    if texts:
        responses, pairs = responses_pair(*texts, (columns["chosen"], columns["rejected"]))
        return [Record(prompt=turns_of(messages, media, name, prepend=alpaca), responses=responses, pairs=pairs, **known)]
    if not messages or messages[-1][0] != "assistant":
        return [Record(kind="prompt_only", prompt=turns_of(messages, media, name, prepend=alpaca), **known)]
    tag = optional(row, columns["kto_tag"], bool)
    last = Response(response_id="r0", parts=text_parts(response_text(messages[-1][1], name)), label=None if tag is None else int(tag))
    return [Record(kind="sft" if tag is None else "unpaired", prompt=turns_of(messages[:-1], media, name, prepend=alpaca), responses=(last,), **known)]


def used(alpaca: bool, ranked: bool) -> list[str]:
    """The columns that a layout reads; others of these names are kept as they are."""
    spoken = ["prompt", "query", "history", *([] if ranked else ["response"])] if alpaca else ["messages"]
    return ["system", "images", "videos", "audios", *spoken, *(["chosen", "rejected"] if ranked else ["kto_tag"])]


def sharegpt_of(row: Row, columns: Mapping[str, str], tags: Mapping[str, str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Messages, and the texts of chosen and rejected where there is a ranking."""
    messages = [(role_of(one, tags, columns["messages"]), content_of(one, tags, columns["messages"])) for one in need(row, columns["messages"], (list, tuple))]
    ranked = row.get(columns["chosen"]) is not None or row.get(columns["rejected"]) is not None
    return messages, [content_of(need(row, columns[name], dict), tags, columns[name]) for name in ("chosen", "rejected")] if ranked else []


def alpaca_of(row: Row, columns: Mapping[str, str], tags: Mapping[str, str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The same for instruction, input, output and history; a ranking has its texts in columns of their own."""
    messages = [(role, text) for turn in optional(row, columns["history"], (list, tuple)) or [] for role, text in zip(("user", "assistant"), turn, strict=True)]
    query = optional(row, columns["query"])
    messages.append(("user", need(row, columns["prompt"]) + (f"\n{query}" if query else "")))
    if row.get(columns["chosen"]) is not None or row.get(columns["rejected"]) is not None:
        return messages, [need(row, columns[name]) for name in ("chosen", "rejected")]
    response = optional(row, columns["response"])
    return (messages if response is None else [*messages, ("assistant", response)]), []


def role_of(message: Any, tags: Mapping[str, str], name: str) -> str:
    """The field's role of a tagged message."""
    roles = {tags["user_tag"]: "user", tags["assistant_tag"]: "assistant", tags["system_tag"]: "system", tags["observation_tag"]: "tool", tags["function_tag"]: "assistant"}
    found = message.get(tags["role_tag"]) if isinstance(message, dict) else None
    if not isinstance(found, str) or found not in roles:
        raise RowError(name, f"has a message with {tags['role_tag']}={found!r}; expected one of {sorted(roles)}")
    return roles[found]


def content_of(message: Any, tags: Mapping[str, str], name: str) -> str:
    """The text of a tagged message."""
    found = message.get(tags["content_tag"]) if isinstance(message, dict) else None
    if not isinstance(found, str):
        raise RowError(name, f"has a message without text under {tags['content_tag']!r}")
    return found


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair, else for every labelled response, the response or the prompt, with the default columns and tags."""
    conversation = [{"from": NAMES[turn.role], "value": flat(turn)} for turn in record.prompt]
    row: dict[str, Any] = {"id": record.record_id, "conversations": conversation, **columns_of(record, image="images", video="videos", audio="audios")}
    if record.pairs:
        yield from (row | {"id": name, "chosen": said(chosen), "rejected": said(rejected)} for name, chosen, rejected, _ in preferred(record))
        return
    if not record.responses:
        yield row
    for response in unpaired(record):
        yield row | {"conversations": [*conversation, said(response)]} | ({} if response.label is None else {"kto_tag": bool(response.label)})


def said(response: Response) -> dict[str, str]:
    """A response as a message object."""
    return {"from": NAMES["assistant"], "value": response.text}


def register(path: Path, rows: Sequence[Row]) -> None:
    """An entry for the file in `dataset_info.json` beside it; other entries stay. RowError when that file is no registry."""
    registry = path.with_name(REGISTRY)
    try:
        entries = json.loads(registry.read_text(encoding="utf-8")) if registry.is_file() else {}
    except ValueError as error:
        raise RowError(REGISTRY, f"{registry} is not JSON ({error}); repair or remove it") from error
    found = {name: name for name in ("images", "videos", "audios", "chosen", "rejected", "kto_tag") if any(name in row for row in rows)}
    entry = {"file_name": path.name, "formatting": "sharegpt", "ranking": "chosen" in found, "columns": {"messages": "conversations", **found}}
    registry.write_text(json.dumps(entries | {path.stem: entry}, indent=2, ensure_ascii=False), encoding="utf-8")


def features() -> Features:
    """Messages as structs, pictures as lists."""
    from datasets import Audio, Features, Image, List, Value, Video

    message = {"from": Value("string"), "value": Value("string")}
    media = {"images": List(Image()), "videos": List(Video()), "audios": List(Audio())}
    return Features({"id": Value("string"), "conversations": List(message), **media, "chosen": message, "rejected": message, "kto_tag": Value("bool")})


FORMAT = Format(
    "llama_factory", "LLaMA-Factory ShareGPT or Alpaca (conversations, chosen, rejected, kto_tag, images, videos, audios; dataset_info.json)",
    recognise, read, write, reading_back(read, write), columns=("conversations", "chosen", "rejected", "images", "kto_tag"), features=features, rank=4, register=register,
)  # fmt: skip
