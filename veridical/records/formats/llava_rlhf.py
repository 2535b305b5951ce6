"""LLaVA-RLHF human preference: a conversation whose last answer is replaced by each of two outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.fact_rlhf import captions_of
from veridical.records.formats.llava import NAMES, message
from veridical.records.formats.marks import flat, turns_of
from veridical.records.formats.pairs import preferred, response_text
from veridical.records.formats.pictures import media_of, only_picture
from veridical.records.pairing import edits
from veridical.records.record import Pair, Record, Response, text_parts

OUTPUTS = ("output_1", "output_2")
TAKEN = ("id", "image", "conversations", "preference", *OUTPUTS)


def recognise(row: Row, name: str) -> str | None:
    """By its outputs and 1-based preference."""
    return "fields output_1, output_2 and preference" if {*OUTPUTS, "preference"} <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record with two answers of a model. `preference` is 1 or 2."""
    turns = need(row, "conversations", (list, tuple))
    turns = turns[-1] if turns and isinstance(turns[-1], (list, tuple)) else turns
    media = media_of(need(row, "image", (str, dict, bytes)), place.root)
    history = [message(one, "conversations") for one in turns]
    prompt = turns_of(history[:-1] if history and history[-1][0] == "assistant" else history, media, "conversations")
    texts = [response_text(need(row, name, dict).get("value"), name) for name in OUTPUTS]
    if texts[0].strip() == texts[1].strip():
        raise RowError("output_2", "is equal to output_1; there is nothing to prefer")
    if need(row, "preference", object) not in (1, 2) or isinstance(row["preference"], bool):
        raise RowError("preference", f"expected 1 or 2, found {row['preference']!r}")
    models = [str(row[name].get("from") or "llava") for name in OUTPUTS]
    responses = tuple(
        Response(response_id=f"r{number}", parts=text_parts(text), model=model, origin="model") for number, (text, model) in enumerate(zip(texts, models, strict=True))
    )
    better = int(row["preference"]) - 1
    pair = Pair(chosen=f"r{better}", rejected=f"r{1 - better}", edits=edits(texts[better], texts[1 - better]))
    return [
        Record(
            record_id=place.name(row.get("id")), media=media, prompt=prompt, responses=responses, pairs=(pair,), extra=take(row, *TAKEN), provenance=place.provenance("LLaVA-RLHF"),
            facts=captions_of(row, place),
        )
    ]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair; its two responses stand in the record's order."""
    picture, order = only_picture(record), [response.response_id for response in record.responses]
    if any(turn.role not in NAMES for turn in record.prompt):
        raise RowError("prompt", "has a tool's turn; a row of this format has none")
    for name, chosen, rejected, _ in preferred(record):
        both = sorted((chosen, rejected), key=lambda response: order.index(response.response_id))
        turns = [{"from": NAMES[turn.role], "value": flat(turn)} for turn in record.prompt] + [{"from": "gpt", "value": both[0].text}]
        outputs = {key: {"from": one.model or "llava", "value": one.text} for key, one in zip(OUTPUTS, both, strict=True)}
        yield {"id": name, "image": picture.path, "conversations": turns, **outputs, "preference": 1 + both.index(chosen)}


FORMAT = Format(
    "llava_rlhf", "LLaVA-RLHF human preference (output_1, output_2, preference)", recognise, read, write, reading_back(read, write),
    columns=(*OUTPUTS, "preference", "conversations"), rank=7,
)  # fmt: skip
