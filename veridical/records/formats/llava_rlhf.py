"""LLaVA-RLHF human preference: a conversation whose last answer is replaced by each of two outputs."""

from __future__ import annotations

import json

from veridical.records.formats.format import Format, Place, Row, RowError, media_of, need, turns_of
from veridical.records.pairing import edits
from veridical.records.record import Pair, Part, Record, Response

ROLES = {"human": "user", "gpt": "assistant", "system": "system"}


def recognise(row: Row, name: str) -> str | None:
    """By its outputs and 1-based preference."""
    return "fields output_1, output_2 and preference" if {"output_1", "output_2", "preference"} <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record. `preference` is 1 or 2."""
    turns = need(row, "conversations", (list, tuple))
    if turns and isinstance(turns[-1], (list, tuple)):
        turns = turns[-1]
    media = media_of(row.get("image"), place.root)
    history = [(ROLES.get(one.get("from"), ""), one.get("value", "")) for one in turns]
    if history and history[-1][0] == "assistant":
        history = history[:-1]
    if any(not role for role, _ in history):
        raise RowError("conversations", f"has a speaker that is none of {sorted(ROLES)}")
    outputs = [need(need(row, name, dict), "value") for name in ("output_1", "output_2")]
    if row["preference"] not in (1, 2):
        raise RowError("preference", f"expected 1 or 2, found {row['preference']!r}")
    if outputs[0] == outputs[1]:
        raise RowError("output_2", "is equal to output_1; there is nothing to prefer")
    responses = tuple(Response(response_id=f"r{place_}", parts=(Part(text=text),), model="llava", origin="model") for place_, text in enumerate(outputs))
    better, worse = (0, 1) if row["preference"] == 1 else (1, 0)
    pair = Pair(chosen=f"r{better}", rejected=f"r{worse}", edits=edits(outputs[better], outputs[worse]))
    extra = json.dumps({name: value for name, value in row.items() if name in ("hallucination", "flip")})
    return [Record(record_id=place.name(row.get("id")), media=media, prompt=turns_of(history, media, "conversations"), responses=responses, pairs=(pair,), extra=extra, provenance=place.provenance("LLaVA-RLHF"))]


FORMAT = Format("llava_rlhf", "LLaVA-RLHF human preference (output_1, output_2, preference)", recognise, read, rank=7)
