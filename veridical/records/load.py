"""Files to records and back. A bad row is left out with its reason; the rest is kept."""

from __future__ import annotations

import difflib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from veridical.records.formats import formats
from veridical.records.formats.format import Format, Place, RowError
from veridical.records.record import Frozen, Record


class LoadError(ValueError):
    """A file that cannot be read at all; the message says what to do."""


class Source(Frozen):
    """One file or folder of data."""

    path: str
    format: str = "auto"
    weight: float = 1.0
    limit: int | None = None
    media_root: str | None = None
    split: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A row that did not become a record."""

    file: str
    row: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}" + (f", field {self.field}" if self.field else "") + f": {self.reason}"


@dataclass(frozen=True)
class Loaded:
    """What a source held."""

    records: list[Record]
    left_out: list[LeftOut]
    format: str
    why: str


@dataclass
class Conversion:
    """What was written, and what the target could not hold (field to number of records)."""

    written: int = 0
    lost: Counter = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)


def load(source: Source | str) -> Loaded:
    """Records of a file (JSON, JSON lines, Parquet, dataset_info.json) or of every such file in a folder.

    Errors: LoadError when there is no such file, or when no format recognises its rows.
    """
    source = Source(path=source) if isinstance(source, str) else source
    path = Path(source.path)
    if not path.exists():
        raise LoadError(f"{path}: no such file or folder")
    found: list[Loaded] = [load_file(file, source, context) for file, context in files_of(path)]
    if not found:
        raise LoadError(f"{path}: holds no .json, .jsonl or .parquet file")
    records = [record for one in found for record in one.records][: source.limit]
    if source.split:
        records = [record.replace(split=source.split) for record in records]
    return Loaded(distinct(records), [item for one in found for item in one.left_out], found[0].format, found[0].why)


def distinct(records: Sequence[Record]) -> list[Record]:
    """Records with ids made unique by their place where a file repeats one."""
    seen: Counter = Counter()
    out = []
    for record in records:
        seen[record.record_id] += 1
        out.append(record if seen[record.record_id] == 1 else record.replace(record_id=f"{record.record_id}#{seen[record.record_id]}"))
    return out


def files_of(path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Data files, each with what a companion says of it."""
    if path.name == "dataset_info.json":
        for name, entry in json.loads(path.read_text()).items():
            if "file_name" in entry:
                yield path.parent / entry["file_name"], {"name": name, **entry}
        return
    if path.is_dir():
        if (path / "dataset_info.json").is_file():
            yield from files_of(path / "dataset_info.json")
            return
        for file in sorted(path.iterdir()):
            if file.suffix in (".json", ".jsonl", ".parquet"):
                yield file, {}
        return
    yield path, {}


def load_file(path: Path, source: Source, context: Mapping[str, Any]) -> Loaded:
    """One file."""
    rows, left_out = read_rows(path)
    if not rows:
        if left_out:
            raise LoadError(f"{path}: no readable row; first: {left_out[0]}")
        raise LoadError(f"{path}: holds no rows")
    chosen, why = recognise(path, [row for _, row in rows], source.format, context)
    root = Path(source.media_root) if source.media_root else path.parent
    records: list[Record] = []
    for index, row in rows:
        try:
            if not isinstance(row, Mapping):
                raise RowError("", f"expected an object with fields, found {type(row).__name__}")
            records += chosen.read(row, Place(str(path), index, root.absolute(), context))
        except RowError as error:
            left_out.append(LeftOut(str(path), index, error.field, str(error)))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            left_out.append(LeftOut(str(path), index, "", f"not a {chosen.name} row: {type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"))
    return Loaded(records, left_out, chosen.name, why)


def read_rows(path: Path) -> tuple[list[tuple[int, Any]], list[LeftOut]]:
    """(row number, row) pairs; JSON lines that do not parse are left out."""
    if path.suffix == ".parquet":
        return read_parquet(path), []
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".json":
        try:
            content = json.loads(text)
        except ValueError as error:
            lines, left_out = read_lines(path, text)
            if lines:
                return lines, left_out
            raise LoadError(f"{path}: not JSON ({error}); the file was cut off or is JSON lines with a broken first line") from error
        return list(enumerate(content if isinstance(content, list) else [content])), []
    return read_lines(path, text)


def read_lines(path: Path, text: str) -> tuple[list[tuple[int, Any]], list[LeftOut]]:
    """JSON lines."""
    rows, left_out = [], []
    for index, line in enumerate(text.splitlines()):
        if not line.strip():
            continue
        try:
            rows.append((index, json.loads(line)))
        except ValueError as error:
            left_out.append(LeftOut(str(path), index, "", f"the line is not JSON ({error}); it was probably cut off"))
    return rows, left_out


def read_parquet(path: Path) -> list[tuple[int, Any]]:
    """Rows of a Parquet file, pictures undecoded."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        return list(enumerate(parquet.read_table(path).to_pylist()))
    except (arrow.ArrowInvalid, OSError) as error:
        raise LoadError(f"{path}: not a whole Parquet file ({str(error).splitlines()[0]}); download it again") from error


def recognise(path: Path, rows: Sequence[Any], name: str, context: Mapping[str, Any]) -> tuple[Format, str]:
    """The format of a file, and why: named by the user, by a companion file, or recognised from its rows."""
    known = formats()
    if name != "auto":
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise LoadError(f"{path}: unknown format {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"))
        return known[name], "named by the recipe"
    if context:
        return known["llama_factory"], f"named in dataset_info.json as {context.get('name')!r}"
    samples = [row for row in rows if isinstance(row, Mapping)][:20]
    for one in sorted(known.values(), key=lambda value: -value.rank):
        for row in samples:
            if (why := one.recognise(row, path.name)) is not None:
                return one, why
    shown = sorted(samples[0]) if samples else f"{type(rows[0]).__name__} rows"
    raise LoadError(f"{path}: no known format has rows with {shown}; name one with format=, or write a module in records/formats (there are {', '.join(sorted(known))})")


def mix(parts: Sequence[tuple[Any, Loaded]], seed: int) -> list[Record]:
    """Records of all sources: each source gives `weight` times its size, whole rounds plus a seeded draw of the rest."""
    mixed: list[Record] = []
    for number, (source, loaded) in enumerate(parts):
        whole, rest = divmod(source.weight, 1)
        mixed += loaded.records * int(whole)
        draw = np.random.default_rng([seed, number]).permutation(len(loaded.records))[: round(rest * len(loaded.records))]
        mixed += [loaded.records[place] for place in sorted(draw)]
    return distinct(mixed)


def save(records: Iterable[Record], path: str | Path, name: str = "veridical") -> Conversion:
    """Write records in a format, whole or not at all; what the format cannot hold is counted.

    Errors: LoadError when the format has no writer, or the disk is full (nothing half written stays).
    """
    path, target = Path(path), formats().get(name)
    if target is None or target.write is None:
        writable = sorted(key for key, value in formats().items() if value.write)
        raise LoadError(f"{name}: cannot be written; choose one of {', '.join(writable)}")
    result, rows = Conversion(), []
    for record in records:
        result.lost.update(target.loses(record))
        found = list(target.write(record))
        result.written += bool(found)
        rows += found
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_rows(temporary, rows, path.suffix)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise LoadError(f"{path}: could not be written ({error}); free space on this disk. Nothing was changed") from error
    return result


def write_rows(path: Path, rows: list[dict[str, Any]], suffix: str) -> None:
    """Rows as Parquet, JSON lines, or one JSON list, by the file's ending."""
    if suffix == ".parquet":
        import pyarrow as arrow
        import pyarrow.parquet as parquet

        parquet.write_table(arrow.Table.from_pylist(rows), path)
    elif suffix == ".jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    else:
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1))


def convert(source: Source | str, path: str | Path, name: str) -> Conversion:
    """Read one format, write another; what is lost is listed."""
    loaded = load(source)
    result = save(loaded.records, path, name)
    result.left_out = loaded.left_out
    return result


def summary_of(left_out: Sequence[LeftOut], most: int = 5) -> list[str]:
    """Lines that say how many rows were left out, why, and which."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for item in left_out:
        groups.setdefault((item.file, item.field, item.reason), []).append(item.row)
    lines = []
    for (file, name, reason), rows in groups.items():
        shown = ", ".join(map(str, rows[:most])) + (" ..." if len(rows) > most else "")
        lines.append(f"{file}: {len(rows)} left out (row {shown})" + (f", field {name}" if name else "") + f": {reason}")
    return lines
