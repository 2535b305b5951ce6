"""MM-RLHF pairs (and reward benchmarks in its layout): prompt, chosen and rejected beside reasons, ties and one picture or video."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_of, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import number_of, responses_pair
from veridical.records.formats.pictures import cell, media_of, only_medium
from veridical.records.record import Record

REASONS = ("chosen_reason", "rejected_reason")
TAKEN = ("id", "image", "video", "prompt", "chosen", "rejected", *REASONS, "is_tie", "ls_factor", "mixed_up_image")


def recognise(row: Row, name: str) -> str | None:
    """By the reasons beside its pair."""
    return (
        "columns prompt, chosen and rejected with chosen_reason and rejected_reason" if {"prompt", "chosen", "rejected", "chosen_reason", "rejected_reason"} <= set(row) else None
    )


def read(row: Row, place: Place) -> list[Record]:
    """One record with one pair; an id may be shared by the pairs of a prompt. `ls_factor` is the margin, `mixed_up_image` a picture to read instead."""
    extra = take(row, *TAKEN)
    column, value = first_of(row, "image", "video")
    if value is None:
        raise RowError(column, f"missing; the row has {sorted(row)}")
    if row.get("image") is not None and row.get("video") is not None:
        raise RowError("video", "stands beside image; a row of this format has the one or the other")
    media = media_of(value, place.root, column, kind=column)
    other = tuple(one.replace(parent_id="m0") for one in media_of(row.get("mixed_up_image"), place.root, "mixed_up_image", len(media), "negative"))
    reasons = {name: optional(row, name) or "" for name in REASONS}
    relation = "=" if optional(row, "is_tie", bool) else ">"
    responses, pairs = responses_pair(row.get("chosen"), row.get("rejected"), relation=relation, margin=number_of(row.get("ls_factor"), "ls_factor"), **reasons)
    known = {"responses": responses, "pairs": pairs, "extra": extra, "provenance": place.provenance("MM-RLHF")}
    return [Record(record_id=place.name(row.get("id")), media=(*media, *other), prompt=asked(text_of(row, "prompt"), media, "prompt"), **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair, ties among them."""
    medium = only_medium(record)
    if medium.kind == "audio":
        raise RowError("media", "has a sound; a row of this format has a picture or a video")
    if not record.pairs:
        raise RowError("pairs", "none; a row of this format is a pair")
    shown = {"image" if medium.kind == "image" else "video": cell(medium)}
    shown |= {"mixed_up_image": cell(one) for one in record.media if one.role == "negative" and one.parent_id == medium.media_id}
    for number, pair in enumerate(record.pairs):
        texts = {"chosen": record.response(pair.chosen).text, "rejected": record.response(pair.rejected).text}
        sides = texts | dict(zip(REASONS, (pair.chosen_reason, pair.rejected_reason), strict=True))
        name = record.record_id if len(record.pairs) == 1 else f"{record.record_id}/{number}"
        row = {"id": name, **shown, "prompt": record.prompt_text, **sides} | ({} if pair.margin is None else {"ls_factor": pair.margin})
        yield row | ({"is_tie": True} if pair.relation == "=" else {})


FORMAT = Format(
    "mm_rlhf", "MM-RLHF pairs with reasons (prompt, chosen, rejected, chosen_reason)", recognise, read, write, reading_back(read, write),
    columns=("image", "prompt", "chosen", "rejected", "chosen_reason", "rejected_reason"), rank=8, container="jsonl",
)  # fmt: skip
