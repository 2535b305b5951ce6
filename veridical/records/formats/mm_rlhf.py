"""MM-RLHF pairs (and reward benchmarks in its layout): prompt, chosen and rejected beside reasons, ties and one picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from veridical.records.formats.format import Format, Place, Row, need, optional, take, text_of
from veridical.records.formats.marks import parts_of
from veridical.records.formats.pairs import lost, number_of, preferred, responses_pair
from veridical.records.formats.pictures import media_of, only_picture
from veridical.records.record import Record, Turn

TAKEN = ("id", "image", "prompt", "chosen", "rejected", "chosen_reason", "rejected_reason", "is_tie", "ls_factor")


def recognise(row: Row, name: str) -> str | None:
    """By the reasons beside its pair."""
    return (
        "columns prompt, chosen and rejected with chosen_reason and rejected_reason" if {"prompt", "chosen", "rejected", "chosen_reason", "rejected_reason"} <= set(row) else None
    )


def read(row: Row, place: Place) -> list[Record]:
    """One record with one pair; an id may be shared by the pairs of a prompt. `ls_factor` is the margin."""
    extra = take(row, *TAKEN)
    media = media_of(need(row, "image", (str, dict, bytes)), place.root)
    reasons = {name: optional(row, name) or "" for name in ("chosen_reason", "rejected_reason")}
    relation = "=" if optional(row, "is_tie", bool) else ">"
    responses, pairs = responses_pair(row.get("chosen"), row.get("rejected"), relation=relation, margin=number_of(row.get("ls_factor"), "ls_factor"), **reasons)
    prompt = (Turn(role="user", parts=parts_of(text_of(row, "prompt"), media, "prompt")),)
    return [Record(record_id=place.name(row.get("id")), media=media, prompt=prompt, responses=responses, pairs=pairs, extra=extra, provenance=place.provenance("MM-RLHF"))]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair that prefers one."""
    picture = only_picture(record)
    for name, chosen, rejected, pair in preferred(record):
        sides = {"chosen": chosen.text, "rejected": rejected.text, "chosen_reason": pair.chosen_reason, "rejected_reason": pair.rejected_reason}
        yield {"id": name, "image": picture.path, "prompt": record.prompt_text, **sides} | ({} if pair.margin is None else {"ls_factor": pair.margin})


def losses(record: Record) -> Sequence[str]:
    """Pairs with their reasons."""
    return lost(record, "pairs", "reasons", "margins", *(["provenance"] if record.provenance.dataset == "MM-RLHF" else []))


FORMAT = Format(
    "mm_rlhf", "MM-RLHF pairs with reasons (prompt, chosen, rejected, chosen_reason)", recognise, read, write, losses,
    columns=("image", "prompt", "chosen", "rejected", "chosen_reason", "rejected_reason"), rank=8, container="jsonl",
)  # fmt: skip
