"""EasyR1 and geometry3k: a problem with `<image>` marks, its pictures or videos, and its answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from veridical.records.formats.answers import answer_of
from veridical.records.formats.chat_answers import answer_text
from veridical.records.formats.format import Format, Place, Row, RowError, need, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked, flat
from veridical.records.formats.pictures import columns_of, media_of
from veridical.records.record import Record

if TYPE_CHECKING:
    from datasets import Features

TAKEN = ("problem", "answer", "images", "videos")


def recognise(row: Row, name: str) -> str | None:
    """A problem with its answer and a list of media, and nothing else."""
    told = isinstance(row.get("problem"), str) and row.get("answer") is not None and set(row) <= {*TAKEN, "id"}
    return "columns problem, answer and images" if told and any(isinstance(row.get(name), (list, tuple)) for name in ("images", "videos")) else None


def read(row: Row, place: Place) -> list[Record]:
    """One prompt with its answer; a row has pictures or videos, not both."""
    pictures = media_of(row.get("images"), place.root, "images")
    films = media_of(row.get("videos"), place.root, "videos", len(pictures), kind="video")
    if pictures and films:
        raise RowError("videos", "stands beside images; a row of this format has the one or the other")
    known = {"answer": answer_of(need(row, "answer", (str, int, float)), ()), "extra": take(row, "id", *TAKEN), "provenance": place.provenance("")}
    media = (*pictures, *films)
    return [Record(record_id=place.name(row.get("id")), kind="prompt_only", media=media, prompt=asked(text_of(row, "problem"), media, "problem"), **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row."""
    if [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("prompt", "is a conversation; a row of this format asks one question")
    media = columns_of(record, image="images", video="videos")
    if media["images"] and "videos" in media:
        raise RowError("media", "has pictures and videos; a row of this format has the one or the other")
    yield {name: items for name, items in media.items() if items or "videos" not in media} | {"problem": flat(record.prompt[0]), "answer": answer_text(record)}


def features() -> Features:
    """The published columns."""
    from datasets import Features, Image, List, Value, Video

    return Features({"images": List(Image()), "videos": List(Video()), "problem": Value("string"), "answer": Value("string")})


FORMAT = Format(
    "easy_r1", "EasyR1, geometry3k (problem with marks, answer, images or videos)", recognise, read, write, reading_back(read, write),
    columns=("problem", "answer", "images"), features=features, rank=3, container="parquet",
)  # fmt: skip
