"""STIC: descriptions made with a long guiding prompt or a bad one, stored under a short prompt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, optional, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import flat, turns_of
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import cell, media_of, only_picture
from veridical.records.formats.sources import coco_picture
from veridical.records.formats.trl import messages_of
from veridical.records.record import Record

TAKEN = ("image", "image_corruption", "hallu_prompt", "chosen", "rejected")
CORRUPTED, MISLED = "rejected answered a corrupted picture", "rejected answered another prompt: "


def recognise(row: Row, name: str) -> str | None:
    """By how the rejected side was made."""
    return "columns image, image_corruption, hallu_prompt, chosen and rejected" if set(TAKEN) <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record; the prompt that the rejected answer was made with is kept as a step, because it is not the one that is stored."""
    image = need(row, "image", (str, dict, bytes))
    media = media_of(coco_picture(image, place.root, "train2014") if isinstance(image, str) and not image.startswith("data:") else image, place.root)
    asked, told = zip(*(divided(row, name) for name in ("chosen", "rejected")), strict=True)
    if asked[0] != asked[1]:
        raise RowError("rejected", "asks something else than chosen; only the answer may differ")
    (chosen, rejected), pairs = responses_pair(*told)
    misled = optional(row, "hallu_prompt")
    steps = (*((CORRUPTED,) if optional(row, "image_corruption", bool) else ()), *((MISLED + misled,) if misled else ()))
    known = {"prompt": turns_of([("user", asked[0])], media, "chosen"), "pairs": pairs, "extra": take(row, *TAKEN)}
    source = place.provenance("STIC", steps=steps)
    return [Record(record_id=place.name(), media=media, responses=(chosen.replace(origin="model"), rejected.replace(origin="model")), provenance=source, **known)]


def divided(row: Row, name: str) -> tuple[str, str]:
    """The question and the answer of a side."""
    messages = messages_of(need(row, name, (list, tuple)), name)
    if [one["role"] for one in messages] != ["user", "assistant"] or not all(isinstance(one["content"], str) for one in messages):
        raise RowError(name, f"expected a message of the user and one of the assistant with text, found {[one['role'] for one in messages]}")
    return messages[0]["content"], messages[1]["content"]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair."""
    picture, steps = only_picture(record), record.provenance.steps
    if [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("prompt", "is a conversation; a row of this format asks one question")
    misled = next((step.removeprefix(MISLED) for step in steps if step.startswith(MISLED)), "")
    for _, chosen, rejected, _ in preferred(record):
        sides = {
            name: [{"role": "user", "content": flat(record.prompt[0])}, {"role": "assistant", "content": one.text}] for name, one in (("chosen", chosen), ("rejected", rejected))
        }
        yield {"image": cell(picture), "image_corruption": CORRUPTED in steps, "hallu_prompt": misled, **sides}


FORMAT = Format(
    "stic", "STIC (image, image_corruption, hallu_prompt, chosen, rejected)", recognise, read, write, reading_back(read, write), columns=TAKEN, rank=7, container="jsonl",
)  # fmt: skip
