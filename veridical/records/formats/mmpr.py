"""MMPR: pairs over none, one or several pictures, or a video; pictures may be a list that was written as text."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from typing import Any

from veridical.records.formats.answers import answer_of
from veridical.records.formats.format import Format, Place, Row, RowError, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked, flat
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import all_shown, media_of, one_or_list
from veridical.records.record import Record

TAKEN = ("id", "image", "video", "question", "chosen", "rejected", "answer_gt")


def recognise(row: Row, name: str) -> str | None:
    """A question with chosen and rejected, and no column of other sets beside them."""
    others = {"ds_name", "ds_question_id", "origin_dataset", "image_name", "class1", "context", "prompt", "image_id"}
    found = all(isinstance(row.get(key), str) for key in ("question", "chosen", "rejected")) and not others & set(row)
    return "columns question, chosen and rejected" + (" beside answer_gt" if "answer_gt" in row else "") if found else None


def read(row: Row, place: Place) -> list[Record]:
    """One record. Without a mark the media come first, as the official loader has them."""
    pictures = media_of(listed(row.get("image"), "image"), place.root)
    media = (*pictures, *media_of(listed(row.get("video"), "video"), place.root, "video", len(pictures), kind="video"))
    (chosen, rejected), pairs = responses_pair(row.get("chosen"), row.get("rejected"))
    gold = optional(row, "answer_gt", (str, int, float))
    if gold is not None:
        chosen, rejected = chosen.replace(correct=1), rejected.replace(correct=0)
    source = place.provenance("MMPR", origin_dataset=place.context.get("name", ""))
    known = {"answer": None if gold is None else answer_of(gold, ()), "extra": take(row, *TAKEN), "provenance": source}
    return [Record(record_id=place.name(row.get("id")), media=media, prompt=asked(text_of(row, "question"), media, "question"), responses=(chosen, rejected), pairs=pairs, **known)]


def listed(value: Any, name: str) -> Any:
    """A list that was written as text (JSON, or as Python writes it), as a list. RowError where it is neither."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list):
            return found
    raise RowError(name, f"begins like a list and is none: {value[:60]!r}")


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair."""
    if [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("prompt", "is a conversation; a row of this format asks one question")
    media = all_shown(record)
    if any(one.kind == "audio" for one in media):
        raise RowError("media", "has a sound; a row of this format has pictures or videos")
    cells = {"image": one_or_list([one for one in media if one.kind == "image"]), "video": one_or_list([one for one in media if one.kind != "image"])}
    for name, chosen, rejected, _ in preferred(record):
        row = {"id": name, "question": flat(record.prompt[0]), "chosen": chosen.text, "rejected": rejected.text} | {key: value for key, value in cells.items() if value is not None}
        yield row | ({} if record.answer is None else {"answer_gt": record.answer.value})


FORMAT = Format(
    "mmpr", "MMPR (question, chosen, rejected, image or a list of them, answer_gt)", recognise, read, write, reading_back(read, write),
    columns=("image", "question", "chosen", "rejected", "answer_gt"), rank=5, container="jsonl",
)  # fmt: skip
