"""Fact-RLHF's prompts for reinforcement learning: the first question, how its answer is checked, and captions from a companion file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, optional, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.llava import message
from veridical.records.formats.marks import flat, turns_of
from veridical.records.formats.pairs import number_of
from veridical.records.formats.pictures import media_of, only_picture
from veridical.records.formats.sources import CAPTIONS, captions
from veridical.records.record import Answer, Fact, Record

TYPES = {2: ("choice", "A"), 3: ("choice", "B"), 4: ("choice", "C"), 5: ("choice", "D"), 6: ("yes_no", "no"), 7: ("yes_no", "yes")}
"""`caption_type` to the answer that it stands for; 1 is a question without one."""
GENERAL = 1
TAKEN = ("id", "image", "conversations", "caption_type")


def recognise(row: Row, name: str) -> str | None:
    """By how answers are checked."""
    found = next((key for key in ("caption_type", "length_bonus") if key in row), None)
    return f"conversations with {found}" if found and "conversations" in row else None


def read(row: Row, place: Place) -> list[Record]:
    """One prompt: only the first two turns count. `length_bonus` stays in `extra`."""
    media = media_of(need(row, "image", (str, dict, bytes)), place.root)
    turns = need(row, "conversations", (list, tuple))
    said = [message(one, "conversations") for one in turns[:1]]
    kind = number_of(row.get("caption_type"), "caption_type")
    if kind not in (None, GENERAL, *TYPES):
        raise RowError("caption_type", f"expected 1 (a question without a checked answer) or {', '.join(map(str, TYPES))}, found {kind}")
    number_of(row.get("length_bonus"), "length_bonus")
    answer = Answer(type=TYPES[kind][0], value=TYPES[kind][1]) if kind in TYPES else None
    known = {"answer": answer, "facts": captions_of(row, place), "extra": take(row, *TAKEN), "provenance": place.provenance("LLaVA-RLHF")}
    return [Record(record_id=place.name(row.get("id")), kind="prompt_only", media=media, prompt=turns_of(said, media, "conversations"), **known)]


def captions_of(row: Row, place: Place) -> tuple[Fact, ...]:
    """Captions of the row's picture, where the file of captions lies beside the data."""
    name = optional(row, "image", (str, dict, bytes))
    known = captions(Path(place.file).parent / CAPTIONS) if isinstance(name, str) and place.file else {}
    return tuple(Fact(kind="caption", text=text, media_id="m0") for text in known.get(name, known.get(Path(name).name, ()))) if known else ()


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row. RowError for an answer of another type."""
    picture = only_picture(record)
    if [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("prompt", "is a conversation; a row of this format asks one question")
    wanted = None if record.answer is None else (record.answer.type, record.answer.value.lower() if record.answer.type == "yes_no" else record.answer.value)
    kinds = {answer: kind for kind, answer in TYPES.items()} | {None: GENERAL}
    if wanted not in kinds:
        raise RowError("answer", f"is {wanted[1]!r} ({wanted[0]}); a row of this format knows a letter from A to D, yes and no")
    yield {"id": record.record_id, "image": picture.path, "conversations": [{"from": "human", "value": flat(record.prompt[0])}], "caption_type": kinds[wanted]}


FORMAT = Format(
    "fact_rlhf", "Fact-RLHF prompts (conversations, caption_type, length_bonus; captions beside them)", recognise, read, write, reading_back(read, write),
    columns=("image", "conversations", "caption_type", "length_bonus"), rank=6,
)  # fmt: skip
