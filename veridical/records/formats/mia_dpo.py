"""MIA-DPO: pairs over several pictures, of which the question is about one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked, flat
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import cell, media_of, shown
from veridical.records.record import Record

TAKEN = ("id", "image", "prompt", "chosen", "rejected", "gt")


def recognise(row: Row, name: str) -> str | None:
    """By its gold answer beside a pair, or by its marks."""
    if not all(isinstance(row.get(key), str) for key in ("prompt", "chosen", "rejected")) or row.get("image") is None:
        return None
    return "columns image, prompt, chosen, rejected and gt" if "gt" in row else "prompt with <image-placeholder> marks" if "<image-placeholder>" in row["prompt"] else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: the gold answer is preferred to the model's. RowError when `gt` says otherwise."""
    media = media_of(need(row, "image", (str, list, tuple, dict, bytes)), place.root)
    (chosen, rejected), pairs = responses_pair(row.get("chosen"), row.get("rejected"))
    gold = optional(row, "gt")
    if gold is not None and gold.strip() != chosen.text.strip():
        raise RowError("gt", f"is {gold[:60]!r} and chosen is {chosen.text[:60]!r}; chosen is the gold answer in this set")
    sides = (chosen.replace(origin="gold"), rejected.replace(origin="model"))
    known = {"extra": take(row, *TAKEN), "provenance": place.provenance("MIA-DPO")}
    return [Record(record_id=place.name(row.get("id")), media=media, prompt=asked(text_of(row, "prompt"), media, "prompt"), responses=sides, pairs=pairs, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair, with the set's own marks."""
    if [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("prompt", "is a conversation; a row of this format asks one question")
    pictures, text = shown(record), flat(record.prompt[0]).replace("<image>", "<image-placeholder>")
    if not pictures:
        raise RowError("media", "no picture; a row of this format has one or more")
    for name, chosen, rejected, _ in preferred(record):
        yield {"id": name, "image": [cell(one) for one in pictures], "prompt": text, "chosen": chosen.text, "rejected": rejected.text, "gt": chosen.text}


FORMAT = Format(
    "mia_dpo", "MIA-DPO (several pictures, prompt, chosen, rejected, gt)", recognise, read, write, reading_back(read, write),
    columns=("image", "prompt", "chosen", "rejected", "gt"), rank=6,
)  # fmt: skip
