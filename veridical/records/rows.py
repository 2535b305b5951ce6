"""Files of rows, read piece by piece and written whole or not at all. What cannot be read is left out with its reason; the rest is kept."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import KEY

if TYPE_CHECKING:
    from datasets import Features

ENDINGS = (".json", ".jsonl", ".parquet")
BATCH = 256
"""Rows of a Parquet file that are in memory at once."""


class LoadError(ValueError):
    """A file that cannot be read or written at all; the message says what to do."""


@dataclass(frozen=True)
class LeftOut:
    """A row that did not become a record (row -1: a whole file)."""

    file: str
    row: int
    field: str
    reason: str

    def __str__(self) -> str:
        return self.file + (f", row {self.row}" if self.row >= 0 else "") + (f", field {self.field}" if self.field else "") + f": {self.reason}"


Read = tuple[int, Any] | LeftOut
"""A row with its number, or what could not be read."""


def read_rows(path: Path) -> Iterator[Read]:
    """Rows of a JSON, JSON lines or Parquet file. Errors: LoadError when nothing in it can be read."""
    if path.suffix == ".parquet":
        return read_parquet(path)
    return read_json(path) if path.suffix == ".json" else read_lines(path)


def read_lines(path: Path) -> Iterator[Read]:
    """JSON lines; a line ends with a line feed and with nothing else that looks like one."""
    with path.open("rb") as file:
        for index, line in enumerate(file):
            if not line.strip():
                continue
            try:
                yield index, json.loads(line)
            except ValueError as error:
                yield LeftOut(str(path), index, "", f"the line is not JSON ({error}); it was probably cut off")


def read_json(path: Path) -> Iterator[Read]:
    """A JSON list, one object, an object of named rows, or JSON lines under this name. Of a list that was cut off the whole rows are kept."""
    content = path.read_bytes()
    try:
        found = json.loads(content)
        yield from enumerate(found if isinstance(found, list) else named_rows(found))
    except ValueError as error:
        if not content.lstrip().startswith(b"["):
            yield from read_lines(path)
            return
        index = -1
        for index, row in enumerate(whole_items(content.decode("utf-8", errors="replace"))):
            yield index, row
        yield LeftOut(str(path), index + 1, "", f"the file is not whole JSON from here on ({error}); it was probably cut off, get it again")


def named_rows(found: Any) -> list[Any]:
    """The rows of an object that holds nothing but objects, each with its name under `__key__`; any other value is one row."""
    if isinstance(found, dict) and found and all(isinstance(row, dict) for row in found.values()):
        return [{KEY: name, **row} for name, row in found.items()]
    return [found]


def whole_items(text: str) -> Iterator[Any]:
    """Items of a JSON list up to the first that is broken."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        try:
            item, at = decoder.raw_decode(text, at)
        except ValueError:
            return
        yield item


def read_parquet(path: Path) -> Iterator[Read]:
    """Rows of a Parquet file, pictures undecoded; of a damaged one the row groups that can be read."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        raise LoadError(f"{path}: not a whole Parquet file ({str(error).splitlines()[0]}); it was cut off, download it again") from error
    with file:
        start = 0
        for group in range(file.num_row_groups):
            index, end = start, start + file.metadata.row_group(group).num_rows
            try:
                for batch in file.iter_batches(BATCH, row_groups=[group]):
                    for row in batch.to_pylist():
                        yield index, row
                        index += 1
            except (arrow.ArrowException, OSError) as error:
                yield LeftOut(str(path), index, "", f"rows {index} to {end - 1} are damaged ({str(error).splitlines()[0]}); download the file again")
            start = end


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]], features: Features | None = None) -> None:
    """Rows as Parquet (by `features`), JSON lines, or one JSON list, by the file's ending; whole or not at all.

    Errors: LoadError when a value does not fit its column, or the disk is full. An older file of that name is then untouched.
    """
    writers: Mapping[str, Callable[[Path, Iterable[Mapping[str, Any]]], None]] = {
        ".jsonl": write_lines, ".json": write_list, ".parquet": lambda target, found: write_parquet(target, found, features),
    }  # fmt: skip
    if path.suffix not in writers:
        raise LoadError(f"{path}: a data file ends in {', '.join(ENDINGS)}")
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writers[path.suffix](temporary, rows)
        temporary.replace(path)
    except OSError as error:
        raise LoadError(f"{path}: could not be written ({error}); free space on this disk. Nothing was changed") from error
    finally:
        try:
            temporary.unlink(missing_ok=True)
        except OSError:
            pass


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False, default=as_json) + "\n" for row in rows)


def write_list(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """One JSON list, or one object where the rows have names; a row at a time."""
    with path.open("w", encoding="utf-8") as file:
        number, ends = -1, "[]"
        for number, row in enumerate(rows):
            ends = "{}" if KEY in row else "[]"
            label = f"{json.dumps(str(row[KEY]), ensure_ascii=False)}: " if KEY in row else ""
            content = {name: value for name, value in row.items() if name != KEY}
            file.write((",\n" if number else f"{ends[0]}\n") + label + json.dumps(content, ensure_ascii=False, indent=1, default=as_json))
        file.write(f"\n{ends[1]}\n" if number >= 0 else "[\n]\n")


def as_json(value: Any) -> str:
    """Bytes as base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def write_parquet(path: Path, rows: Iterable[Mapping[str, Any]], features: Features | None) -> None:
    """Parquet with the columns of `features`, some rows at a time; `datasets` reads it back with the same features."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    if features is None:
        raise LoadError(f"{path}: this format is not published as Parquet; write .json or .jsonl")
    schema = features.arrow_schema
    with parquet.ParquetWriter(path, schema) as writer:
        for part in batches(rows):
            if strange := {name for row in part for name in row} - set(schema.names):
                raise LoadError(f"{path}: the format names no type for {', '.join(sorted(strange))}; add it to its features")
            try:
                table = arrow.Table.from_pylist(part, schema=schema)
            except (arrow.ArrowInvalid, arrow.ArrowTypeError) as error:
                raise LoadError(f"{path}: a value does not fit its column ({str(error).splitlines()[0]})") from error
            writer.write_table(table)


def batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Lists of at most `BATCH` rows."""
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(dict(row))
        if len(part) == BATCH:
            yield part
            part = []
    if part:
        yield part
