"""Mantis-Instruct: conversations over several pictures, as `conversation` with role and content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import Format, Row, RowError
from veridical.records.formats.kept import reading_back
from veridical.records.formats.llava import read
from veridical.records.formats.marks import flat
from veridical.records.formats.pictures import cell, shown
from veridical.records.record import Record

if TYPE_CHECKING:
    from datasets import Features


def recognise(row: Row, name: str) -> str | None:
    """By its one conversation of roles beside a list of pictures."""
    turns = row.get("conversation")
    told = isinstance(turns, (list, tuple)) and bool(turns) and isinstance(turns[0], dict) and "role" in turns[0] and "images" in row
    return "conversation with role and content beside images" if told else None


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row with the first response. RowError for a tool's turn."""
    if any(turn.role == "tool" for turn in record.prompt):
        raise RowError("prompt", "has a tool's turn; a row of this format has none")
    turns = [{"role": turn.role, "content": flat(turn)} for turn in record.prompt] + [{"role": "assistant", "content": one.text} for one in record.responses[:1]]
    yield {"id": record.record_id, "images": [cell(one) for one in shown(record)], "conversation": turns}


def features() -> Features:
    """The published columns."""
    from datasets import Features, Image, List, Value

    return Features({"id": Value("string"), "images": List(Image()), "conversation": List({"role": Value("string"), "content": Value("string")})})


FORMAT = Format(
    "mantis", "Mantis-Instruct (images, conversation with role and content)", recognise, read, write, reading_back(read, write),
    columns=("images", "conversation"), features=features, rank=2,
)  # fmt: skip
