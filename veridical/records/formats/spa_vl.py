"""SPA-VL: safety pairs in Parquet, with the picture's name (train) or three classes of harm (validation, test), and its training JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import Format, Place, Row, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import cell, media_of, only_picture
from veridical.records.record import Record

if TYPE_CHECKING:
    from datasets import Features

CLASSES = ("class1", "class2", "class3")
TAKEN = ("id", "image", "question", "chosen", "rejected", "image_name", *CLASSES)


def recognise(row: Row, name: str) -> str | None:
    """By its picture's name or its classes beside a question; its training JSON has a number as id and is otherwise like other sets."""
    if not isinstance(row.get("question"), str) or row.get("image") is None:
        return None
    if set(CLASSES) <= set(row):
        return "columns question, image and class1 to class3"
    if not {"chosen", "rejected"} <= set(row):
        return None
    if "image_name" in row:
        return "columns question, chosen, rejected, image and image_name"
    return "id is a number beside image, question, chosen and rejected" if set(row) == {"id", "image", "question", "chosen", "rejected"} and isinstance(row["id"], int) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: a pair, or the question alone (test splits)."""
    media = tuple(one.replace(path=one.path or str(row.get("image_name") or "")) for one in media_of(row.get("image"), place.root))
    known = {
        "record_id": place.name(row.get("id")), "media": media, "prompt": asked(text_of(row, "question"), media, "question"),
        "tags": tuple(str(row[name]) for name in CLASSES if row.get(name)), "extra": take(row, *TAKEN), "provenance": place.provenance("SPA-VL"),
    }  # fmt: skip
    if row.get("chosen") is None and row.get("rejected") is None:
        return [Record(kind="prompt_only", **known)]
    responses, pairs = responses_pair(row.get("chosen"), row.get("rejected"))
    return [Record(responses=responses, pairs=pairs, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair, or one for the question; classes where there are three tags, else the picture's name."""
    picture = only_picture(record)
    row = {"image": cell(picture), "question": record.prompt_text}
    row |= dict(zip(CLASSES, record.tags, strict=True)) if len(record.tags) == len(CLASSES) else {"image_name": picture.path}
    if not record.responses and len(record.tags) == len(CLASSES):
        yield row
        return
    yield from (row | {"chosen": chosen.text, "rejected": rejected.text} for _, chosen, rejected, _ in preferred(record))


def features() -> Features:
    """Columns of every split."""
    from datasets import Features, Image, Value

    return Features({"image": Image()} | {name: Value("string") for name in ("question", "chosen", "rejected", "image_name", *CLASSES)})


FORMAT = Format(
    "spa_vl", "SPA-VL (image, question, chosen, rejected, image_name or class1 to class3)", recognise, read, write, reading_back(read, write),
    columns=("image", "question", "chosen", "rejected", "image_name"), features=features, rank=5, container="parquet",
)  # fmt: skip
