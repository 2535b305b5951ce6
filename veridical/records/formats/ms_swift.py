"""ms-swift: messages that end with the chosen response, `rejected_response` or `rejected_messages`, and pictures of the rejected side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_pair, flat, media_of, need, pair_losses, responses_pair, shown, turns_of
from veridical.records.record import Media, Pair, Part, Record, Response, Swap

ROLES = {"user", "assistant", "system", "tool"}


def recognise(row: Row, name: str) -> str | None:
    """Messages with a rejected side."""
    if not isinstance(row.get("messages"), (list, tuple)):
        return None
    found = [key for key in ("rejected_response", "rejected_messages", "rejected_images") if row.get(key)]
    if found:
        return f"messages with {found[0]}"
    return "messages with role and content" if row["messages"] and isinstance(row["messages"][0], dict) and "role" in row["messages"][0] else None


def read(row: Row, place: Place) -> list[Record]:
    """A pair (by text, by picture, or both), an unpaired response, or a supervised conversation."""
    messages = [message(one) for one in need(row, "messages", (list, tuple))]
    media = media_of(row.get("images"), place.root, "images")
    known = {"record_id": place.name(row.get("id")), "provenance": place.provenance("ms_swift")}
    if not messages or messages[-1][0] != "assistant":
        return [Record(kind="prompt_only", prompt=turns_of(messages, media, "messages"), media=media, **known)]
    last_user = max((place for place, (role, _) in enumerate(messages) if role == "user"), default=-1)
    prompt, chosen = messages[: last_user + 1], "".join(text for role, text in messages[last_user + 1 :] if role == "assistant")
    turns = turns_of(prompt, media, "messages")
    rejected, negatives = rejected_text(row), media_of(row.get("rejected_images"), place.root, "rejected_images", len(media), "negative")
    if rejected is None and not negatives:
        label = row.get("label")
        only = Response(response_id="r0", parts=(Part(text=chosen),), label=None if label is None else int(label))
        return [Record(kind="sft" if label is None else "unpaired", prompt=turns, media=media, responses=(only,), **known)]
    if not negatives:
        responses, pairs = responses_pair(chosen, rejected, margin=row.get("margin"))
        return [Record(prompt=turns, media=media, responses=responses, pairs=pairs, **known)]
    return [with_other_pictures(turns, media, negatives, chosen, rejected or chosen, known)]


def with_other_pictures(turns: Any, media: tuple[Media, ...], negatives: tuple[Media, ...], chosen: str, rejected: str, known: dict[str, Any]) -> Record:
    """The rejected side sees other pictures; the texts may be equal."""
    if len(negatives) != len(media):
        raise RowError("rejected_images", f"holds {len(negatives)} pictures for {len(media)} images")
    linked = tuple(one.replace(parent_id=parent.media_id) for one, parent in zip(negatives, media, strict=True))
    swaps = tuple(Swap(from_id=one.parent_id, to_id=one.media_id) for one in linked)
    responses = (Response(response_id="chosen", parts=(Part(text=chosen),)), Response(response_id="rejected", parts=(Part(text=rejected),), swaps=swaps))
    return Record(prompt=turns, media=(*media, *linked), responses=responses, pairs=(Pair(chosen="chosen", rejected="rejected"),), **known)


def message(one: Any) -> tuple[str, str]:
    """Role and text."""
    if not isinstance(one, dict) or one.get("role") not in ROLES or not isinstance(one.get("content"), str):
        raise RowError("messages", f"expected objects with role ({', '.join(sorted(ROLES))}) and text content, found {str(one)[:60]!r}")
    return one["role"], one["content"]


def rejected_text(row: Row) -> str | None:
    """The rejected answer: a text, or what follows the last user turn of a list."""
    value = row.get("rejected_response") or row.get("rejected_messages")
    if value is None or isinstance(value, str):
        return value
    texts = [message(one) for one in value]
    last_user = max((place for place, (role, _) in enumerate(texts) if role == "user"), default=-1)
    return "".join(text for role, text in texts[last_user + 1 :] if role == "assistant")


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row, with `rejected_images` where the rejected response was swapped."""
    messages = [{"role": turn.role, "content": flat(turn)} for turn in record.prompt]
    row: dict[str, Any] = {"messages": messages, "images": [one.path for one in shown(record)]}
    if (pair := first_pair(record)) is not None:
        messages.append({"role": "assistant", "content": pair[0].text})
        row["rejected_response"] = pair[1].text
        if pair[1].swaps:
            other = {swap.from_id: swap.to_id for swap in pair[1].swaps}
            row["rejected_images"] = [record.medium(other.get(one.media_id, one.media_id)).path for one in shown(record)]
    elif record.responses:
        messages.append({"role": "assistant", "content": record.responses[0].text})
        if record.responses[0].label is not None:
            row["label"] = bool(record.responses[0].label)
    yield row


def losses(record: Record) -> list[str]:
    """All but the swaps of a plain pair."""
    lost = [name for name in pair_losses(record) if name != "swaps"]
    return [*lost, *(["picture bytes"] if any(one.data is not None for one in record.media) else [])]


FORMAT = Format("ms_swift", "ms-swift (messages, rejected_response, rejected_images)", recognise, read, write, losses, rank=3, container="jsonl")
