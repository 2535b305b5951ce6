"""The project's own format: one record per line, nothing lost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from veridical.records.formats.format import Format, Place, Row, RowError, path_of
from veridical.records.record import VERSION, Record


def recognise(row: Row, name: str) -> str | None:
    """By its version and ids."""
    return "fields record_id and version" if {"record_id", "version", "prompt"} <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """A record; a newer version is refused."""
    if int(row.get("version") or 0) > VERSION:
        raise RowError("version", f"is {row['version']}, this program knows {VERSION}; upgrade veridical")
    try:
        record = Record.model_validate({name: value for name, value in row.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        raise RowError(".".join(map(str, first["loc"])), f"{first['msg']} (got {str(first['input'])[:60]!r})") from error
    media = tuple(medium.replace(path=str(path_of(medium.path, place.root))) if medium.path and medium.data is None else medium for medium in record.media)
    source = record.provenance.replace(file=record.provenance.file or place.file, index=place.index if record.provenance.index < 0 else record.provenance.index)
    return [record.replace(media=media, provenance=source)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """The record as JSON values; bytes in base64."""
    yield record.model_dump(mode="json", exclude_defaults=True) | {"record_id": record.record_id, "version": VERSION, "kind": record.kind}


def relative(record: Record, folder: Path) -> Record:
    """Paths below `folder` made relative to it."""
    media = tuple(one.replace(path=str(Path(one.path).relative_to(folder))) if one.path and Path(one.path).is_relative_to(folder) else one for one in record.media)
    return record.replace(media=media)


FORMAT = Format("veridical", "records with everything they carry", recognise, read, write, rank=10, container="jsonl")
