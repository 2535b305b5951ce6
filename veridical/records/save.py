"""Records to files: rows of a format, with pictures where it has them, and a list of what it cannot hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from veridical.records.formats import formats
from veridical.records.formats.format import Format, RowError
from veridical.records.media import as_files, each, embedded, relative
from veridical.records.picture import PictureError
from veridical.records.record import Record
from veridical.records.rows import LeftOut, LoadError, write_rows


@dataclass
class Conversion:
    """What was written, and what the target could not hold (field to number of records)."""

    written: int = 0
    rows: int = 0
    """A record with several pairs is several rows in most formats."""
    lost: Counter = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)


def save(records: Iterable[Record], path: str | Path, name: str = "veridical") -> Conversion:
    """Write records in a format, whole or not at all; what the format cannot hold is counted.

    Pictures go where the format has them: embedded in Parquet, else as files (those that are bytes or recipes in a folder
    beside the data). The project's own format keeps them as they are. Errors: LoadError when the format has no writer, or
    the disk is full (nothing half written stays).
    """
    path, target = Path(path), formats().get(name)
    if target is None or target.write is None:
        writable = sorted(key for key, value in formats().items() if value.write)
        raise LoadError(f"{name}: cannot be written; choose one of {', '.join(writable)}")
    result, files = Conversion(), []
    records = list(records)
    rows = converted(records, path, target, result, files)
    try:
        features = target.features() if target.features and path.suffix == ".parquet" else None
        write_rows(path, rows, features if features is None or target.keeps_recipes else used(features, records, target))
        if target.register:
            target.register(path, [row for record in records for row in written_rows(target, record)])
    except (OSError, LoadError, RowError) as error:
        for file in files:
            file.unlink(missing_ok=True)
        if isinstance(error, LoadError):
            raise
        raise LoadError(f"{path}: {error}") from error
    return result


def converted(records: Iterable[Record], path: Path, target: Format, result: Conversion, files: list[Path]) -> Iterator[dict[str, Any]]:
    """Rows of the target, counted in `result`; a record that cannot be written is left out with its reason. LoadError when none can."""
    for record in records:
        try:
            there = spoken(placed(record, path, target, files), target)
            found, lost = list(target.write(there)), target.loses(there)
        except (RowError, PictureError) as error:
            result.left_out.append(LeftOut(record.provenance.file or record.record_id, record.provenance.index, getattr(error, "field", "media"), str(error)))
            continue
        result.lost.update(lost)
        result.written += 1
        result.rows += len(found)
        yield from found
    if result.left_out and not result.written:
        raise LoadError(f"{path}: none of {len(result.left_out)} records can be written as {target.name}; first: {result.left_out[0]}")


def spoken(record: Record, target: Format) -> Record:
    """The record, where the format has a place for what its responses are. RowError otherwise."""
    if not target.media_in_responses and any(part.type != "text" for response in record.responses for part in response.parts):
        raise RowError("responses", "are pictures or sounds; a response of this format is text")
    return record


def placed(record: Record, path: Path, target: Format, files: list[Path]) -> Record:
    """The record with its pictures where the written file has them."""
    if not target.keeps_recipes:
        record = embedded(record) if path.suffix == ".parquet" else as_files(record, path.parent / f"{path.stem}_pictures", files)
    return relative(record, path.parent)


def used(features: Any, records: Iterable[Record], target: Format) -> Any:
    """The features that some row has: other programs take an empty column for a sign."""
    found = {name for record in records for row in written_rows(target, each(record, lambda medium: medium.replace(data=b"", recipe=None))) for name in row}
    return type(features)({name: value for name, value in features.items() if name in found})


def written_rows(target: Format, record: Record) -> list[dict[str, Any]]:
    """Rows of a record, none where it cannot be written."""
    try:
        return list(target.write(spoken(record, target)))
    except RowError:
        return []
