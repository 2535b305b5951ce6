"""LLaMA-Factory: ShareGPT with a ranking, columns and tags named by `dataset_info.json`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_pair, flat, media_of, need, pair_losses, responses_pair, shown, turns_of
from veridical.records.record import Part, Record, Response

COLUMNS = {"messages": "conversations", "images": "images", "chosen": "chosen", "rejected": "rejected", "system": "system", "kto_tag": "kto_tag"}
TAGS = {
    "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
    "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
}  # fmt: skip


def recognise(row: Row, name: str) -> str | None:
    """A conversation with single message objects as chosen and rejected, or a kto_tag."""
    if not isinstance(row.get("conversations"), (list, tuple)):
        return None
    if isinstance(row.get("chosen"), dict) and isinstance(row.get("rejected"), dict):
        return "conversations with chosen and rejected message objects"
    return "conversations with kto_tag" if isinstance(row.get("kto_tag"), bool) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: a ranking, an unpaired response, or a supervised conversation."""
    columns, tags = COLUMNS | place.context.get("columns", {}), TAGS | place.context.get("tags", {})
    media = media_of(row.get(columns["images"]), place.root, columns["images"])
    messages = [(role_of(one, tags, columns["messages"]), content_of(one, tags, columns["messages"])) for one in need(row, columns["messages"], (list, tuple))]
    if row.get(columns["system"]):
        messages = [("system", row[columns["system"]]), *messages]
    known = {"record_id": place.name(row.get("id")), "media": media, "provenance": place.provenance("llama_factory")}
    if row.get(columns["chosen"]) is not None:
        texts = [content_of(need(row, columns[name], dict), tags, columns[name]) for name in ("chosen", "rejected")]
        responses, pairs = responses_pair(*texts)
        return [Record(prompt=turns_of(messages, media, columns["messages"]), responses=responses, pairs=pairs, **known)]
    if messages[-1][0] != "assistant":
        return [Record(kind="prompt_only", prompt=turns_of(messages, media, columns["messages"]), **known)]
    tag = row.get(columns["kto_tag"])
    last = Response(response_id="r0", parts=(Part(text=messages[-1][1]),), label=None if tag is None else int(tag))
    return [Record(kind="sft" if tag is None else "unpaired", prompt=turns_of(messages[:-1], media, columns["messages"]), responses=(last,), **known)]


def role_of(message: Any, tags: dict[str, str], name: str) -> str:
    """The field's role of a tagged message."""
    roles = {tags["user_tag"]: "user", tags["assistant_tag"]: "assistant", tags["system_tag"]: "system", tags["observation_tag"]: "tool", tags["function_tag"]: "assistant"}
    found = message.get(tags["role_tag"]) if isinstance(message, dict) else None
    if found not in roles:
        raise RowError(name, f"has a message with {tags['role_tag']}={found!r}; expected one of {sorted(roles)}")
    return roles[found]


def content_of(message: Any, tags: dict[str, str], name: str) -> str:
    """The text of a tagged message."""
    found = message.get(tags["content_tag"]) if isinstance(message, dict) else None
    if not isinstance(found, str):
        raise RowError(name, f"has a message without text under {tags['content_tag']!r}")
    return found


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row with the default columns and tags."""
    names = {"user": "human", "assistant": "gpt", "system": "system", "tool": "observation"}
    row: dict[str, Any] = {"conversations": [{"from": names[turn.role], "value": flat(turn)} for turn in record.prompt], "images": [one.path for one in shown(record)]}
    if (pair := first_pair(record)) is not None:
        row |= {name: {"from": "gpt", "value": response.text} for name, response in zip(("chosen", "rejected"), pair, strict=True)}
    elif record.responses:
        row["conversations"].append({"from": "gpt", "value": record.responses[0].text})
        if record.responses[0].label is not None:
            row["kto_tag"] = bool(record.responses[0].label)
    yield row


def losses(record: Record) -> list[str]:
    """Paths only: pictures that are bytes cannot be named."""
    return [*pair_losses(record), *(["picture bytes"] if any(one.data is not None for one in shown(record)) else [])]


FORMAT = Format("llama_factory", "LLaMA-Factory ShareGPT ranking (conversations, chosen, rejected, images)", recognise, read, write, losses, rank=4)
