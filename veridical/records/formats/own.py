"""The project's own format: one record per line or row, nothing lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from veridical.records.check import first_fault
from veridical.records.formats.format import Format, Place, Row, RowError
from veridical.records.formats.pictures import from_base64, path_of
from veridical.records.record import VERSION, Media, Record

if TYPE_CHECKING:
    from datasets import Features


def recognise(row: Row, name: str) -> str | None:
    """By its version and ids."""
    return "fields record_id and version" if {"record_id", "version", "prompt"} <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """A record; one of a newer version is refused, and so is one that contradicts itself."""
    if isinstance(row.get("version"), int) and row["version"] > VERSION:
        raise RowError("version", f"is {row['version']}, this program knows {VERSION}; upgrade veridical")
    try:
        record = Record.model_validate(present(row))
    except ValidationError as error:
        first = error.errors()[0]
        raise RowError(".".join(map(str, first["loc"])), f"{first['msg']} (got {str(first['input'])[:60]!r})") from error
    if fault := first_fault(record):
        raise RowError(*fault)
    source = record.provenance.replace(file=record.provenance.file or place.file, index=place.index if record.provenance.index < 0 else record.provenance.index)
    return [record.replace(media=tuple(found(medium, place.root) for medium in record.media), provenance=source)]


def present(value: Any) -> Any:
    """What is there: columns of Parquet that a record leaves empty come as None, or as structs of None. Bytes may be base64."""
    if isinstance(value, Mapping):
        kept = {name: from_base64(item, "media.data") if name == "data" and isinstance(item, str) else present(item) for name, item in value.items() if item is not None}
        kept = {name: item for name, item in kept.items() if item is not None}
        return kept if kept or not value else None
    return [present(item) for item in value] if isinstance(value, (list, tuple)) else value


def found(medium: Media, root: Path) -> Media:
    """The medium with an absolute path; one that is named only by its hash is looked for among the files of `root`."""
    if medium.data is not None or medium.recipe is not None or not (medium.path or medium.sha256):
        return medium
    if medium.path:
        return medium.replace(path=str(path_of(medium.path, root)))
    named = next(iter(sorted(root.rglob(f"{medium.sha256}*"))), None)
    if named is None:
        raise RowError(f"media.{medium.media_id}", f"no file below {root} is named by its hash {medium.sha256}; set media_root to the folder that holds it")
    return medium.replace(path=str(named))


def write(record: Record) -> Iterable[dict[str, Any]]:
    """The record as plain values; what is default is left out."""
    yield record.model_dump(exclude_defaults=True) | {"record_id": record.record_id, "version": VERSION, "kind": record.kind}


def features() -> Features:
    """Derived from the record's type."""
    from veridical.records.schema import features_of

    return features_of(Record)


FORMAT = Format(
    "veridical", "records with everything they carry", recognise, read, write,
    columns=("record_id", "version", "prompt"), features=features, rank=10, container="jsonl", keeps_recipes=True, media_in_responses=True,
)  # fmt: skip
