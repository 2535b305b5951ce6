"""Files to records. A bad row is left out with its reason; the rest is kept."""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from veridical.records.find import REGISTRY, files_of
from veridical.records.formats import formats
from veridical.records.formats.format import Format, Place, RowError
from veridical.records.index import part_of
from veridical.records.media import Spill
from veridical.records.record import Frozen, Record
from veridical.records.rows import LeftOut, LoadError, Read, read_rows
from veridical.records.save import Conversion, save

SAMPLE = 20
"""Rows that a format is recognised from."""


class Source(Frozen):
    """One file or folder of data."""

    path: str
    """A data file, a folder of them, an entry of a LLaMA-Factory registry (`dataset_info.json#name`), or an index of MMPR or VLM-R1."""
    format: str = "auto"
    weight: float = Field(1.0, ge=0)
    """How often its records are drawn relative to the others (0.5: half of them, 2: all of them twice)."""
    limit: int | None = Field(None, ge=1)
    """Only so many records, from the start."""
    media_root: str | None = None
    """Folder that relative picture paths start from; default: the data file's folder."""
    split: str = ""


@dataclass(frozen=True)
class Loaded:
    """What a source held."""

    records: list[Record]
    left_out: list[LeftOut]
    format: str
    why: str


def load(source: Source | str) -> Loaded:
    """Records of a file (JSON, JSON lines, Parquet, dataset_info.json) or of every such file in a folder.

    Errors: LoadError when there is no such file, when no format recognises its rows, or when none of them can be used.
    """
    source = Source(path=source) if isinstance(source, str) else source
    files = files_of(source.path)
    spill, found, left_out = Spill(), [], []
    for file, context in files:
        wanted = None if source.limit is None else source.limit - sum(len(one.records) for one in found)
        if wanted == 0:
            break
        try:
            found.append(load_file(file, source, context, spill, wanted))
        except LoadError as error:
            if len(files) == 1:
                raise
            left_out.append(LeftOut(str(file), -1, "", str(error).removeprefix(f"{file}: ")))
    return joined(source, found, left_out)


def joined(source: Source, found: Sequence[Loaded], left_out: Sequence[LeftOut]) -> Loaded:
    """The files of a source as one. LoadError when nothing in them can be used."""
    records = [record for one in found for record in one.records]
    left_out = [*left_out, *(item for one in found for item in one.left_out)]
    if not records:
        raise LoadError(f"{source.path}: nothing in it can be used\n" + "\n".join(f"  {line}" for line in summary_of(left_out)))
    if source.split:
        records = [record.replace(split=source.split) for record in records]
    kinds = list(dict.fromkeys((one.format, one.why) for one in found))
    return Loaded(distinct(records), left_out, ", ".join(dict.fromkeys(name for name, _ in kinds)), "; ".join(why for _, why in kinds))


def distinct(records: Sequence[Record]) -> list[Record]:
    """Records with ids made unique by their place where one repeats."""
    taken, seen, out = {record.record_id for record in records}, Counter(), []
    for record in records:
        name = record.record_id
        seen[name] += 1
        while seen[name] > 1 and f"{name}#{seen[name]}" in taken:
            seen[name] += 1
        out.append(record if seen[name] == 1 else record.replace(record_id=f"{name}#{seen[name]}"))
        taken.add(out[-1].record_id)
    return out


def load_file(path: Path, source: Source, context: Mapping[str, Any], spill: Spill, wanted: int | None = None) -> Loaded:
    """One file; reading stops when `wanted` records are there."""
    if not path.is_file():
        raise LoadError(f"{path}: no such file")
    stream = read_rows(path)
    head, samples = sampled(stream)
    if not head:
        raise LoadError(f"{path}: holds no rows")
    if not samples:
        raise LoadError(f"{path}: no readable row; first: {head[0]}")
    chosen, why = recognise(path, samples, source.format, context)
    root = Path(source.media_root or context.get("root") or path.parent).absolute()
    records, left_out = [], []
    for one in chain(head, stream):
        found = one if isinstance(one, LeftOut) else read_row(chosen, one[1], Place(str(path), one[0], root, context))
        if isinstance(found, LeftOut):
            left_out.append(found)
        else:
            records += map(spill, found)
        if wanted is not None and len(records) >= wanted:
            break
    return Loaded(drawn(records[:wanted], path, context), left_out, chosen.name, why)


def drawn(records: list[Record], path: Path, context: Mapping[str, Any]) -> list[Record]:
    """The records as often as an index wants them, or the part that it wants."""
    if "share" in context:
        return part_of(records, path, context["share"])
    times = context.get("times", 1)
    return records if times == 1 else mix([(Source(path=str(path), weight=times), Loaded(records, [], "", ""))], 0)


def sampled(stream: Iterator[Read]) -> tuple[list[Read], list[Any]]:
    """The first items of a file, until `SAMPLE` of them are rows; and these rows."""
    head: list[Read] = []
    samples: list[Any] = []
    for one in stream:
        head.append(one)
        if not isinstance(one, LeftOut):
            samples.append(one[1])
        if len(samples) == SAMPLE:
            break
    return head, samples


def read_row(chosen: Format, row: Any, place: Place) -> list[Record] | LeftOut:
    """Records of a row, or why there are none."""
    try:
        if not isinstance(row, Mapping):
            raise RowError("", f"expected an object with fields, found {type(row).__name__}")
        return [written(record) for record in chosen.read(row, place)]
    except RowError as error:
        return LeftOut(place.file, place.index, error.field, str(error))
    except ValidationError as error:
        first = error.errors()[0]
        return LeftOut(place.file, place.index, ".".join(map(str, first["loc"])), f"{first['msg'].lower()}, found {str(first['input'])[:60]!r}")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        said = (str(error).splitlines() or [""])[0][:200]
        return LeftOut(place.file, place.index, "", f"not a {chosen.name} row: {type(error).__name__}: {said}")


def written(record: Record) -> Record:
    """The record, where its texts can be written. RowError for half of a character, which files cut in the middle of an emoji have."""
    try:
        "".join([*(turn.text for turn in record.prompt), *(one.text for one in record.responses), record.record_id, record.extra]).encode()
    except UnicodeEncodeError as error:
        raise RowError("", f"holds half of a character ({error.object[error.start]!a}); repair the text, or leave the row out") from error
    return record


def recognise(path: Path, rows: Sequence[Any], name: str, context: Mapping[str, Any]) -> tuple[Format, str]:
    """The format of a file, and why: named by the user, by a companion file, or recognised from its rows."""
    known = formats()
    if name != "auto":
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise LoadError(f"{path}: unknown format {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"))
        return known[name], "named by the user"
    if "reader" in context:
        return known[context["reader"]], f"named in {REGISTRY if context['reader'] == 'llama_factory' else 'an index'} as {context.get('name')!r}"
    samples = [row for row in rows if isinstance(row, Mapping)]
    for rank in sorted({one.rank for one in known.values()}, reverse=True):
        found = [(one, why) for one in known.values() if one.rank == rank and (why := first_why(one, samples, path.name)) is not None]
        if len({one.read for one, _ in found}) > 1:
            could = "; ".join(f"{one.name} ({why})" for one, why in found)
            raise LoadError(f"{path}: its rows could be of {len(found)} formats: {could}; name one with format=")
        if found:
            return found[0]
    raise LoadError(f"{path}: no known format has rows {nearest(samples, known.values())}; name one with format= (veridical list formats), or write a module in records/formats")


def first_why(one: Format, samples: Iterable[Mapping[str, Any]], name: str) -> str | None:
    """Why some row is of this format, or None. A row that a recogniser stumbles over is not its own."""
    for row in samples:
        try:
            why = one.recognise(row, name)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            continue
        if why is not None:
            return why
    return None


def nearest(samples: Sequence[Mapping[str, Any]], known: Iterable[Format]) -> str:
    """The columns of rows that no format recognises, and what the most similar format has instead."""
    if not samples:
        return "that are no objects with fields"
    names = sorted(samples[0])
    shown = ", ".join(f"{name} ({type(samples[0][name]).__name__})" for name in names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    near = max(known, key=lambda one: len(set(one.columns) & set(names)) / (len(one.columns) or 1))
    if not set(near.columns) & set(names):
        return f"with {shown}"
    missing = [name for name in near.columns if name not in names]
    return f"with {shown}. The nearest is {near.name}: {near.description}" + (f"; not here: {', '.join(missing)}" if missing else "; check the types of its columns")


def mix(parts: Sequence[tuple[Any, Loaded]], seed: int) -> list[Record]:
    """Records of all sources: each source gives `weight` times its size, whole rounds plus a seeded draw of the rest.

    What is drawn depends on seed and record ids alone: neither the order of sources or rows nor other sources change it.
    """
    mixed: list[Record] = []
    for source, loaded in parts:
        whole, rest = divmod(source.weight, 1)
        mixed += loaded.records * int(whole)
        order = sorted(loaded.records, key=lambda record: hashlib.sha256(f"{seed} {record.record_id}".encode()).digest())
        drawn = {record.record_id for record in order[: round(rest * len(order))]}
        mixed += [record for record in loaded.records if record.record_id in drawn]
    return distinct(mixed)


def convert(source: Source | str, path: str | Path, name: str) -> Conversion:
    """Read one format, write another; what is lost is listed."""
    loaded = load(source)
    result = save(loaded.records, path, name)
    result.left_out = [*loaded.left_out, *result.left_out]
    return result


def summary_of(left_out: Sequence[LeftOut], most: int = 10) -> list[str]:
    """Lines that say how many rows were left out, why, and which; at most `most` reasons, then how many more there are."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for item in left_out:
        groups.setdefault((item.file, item.field, item.reason), []).append(item.row)
    lines = []
    for (file, name, reason), rows in list(groups.items())[:most]:
        shown = ", ".join(map(str, rows[:5])) + (" ..." if len(rows) > 5 else "")
        which = "left out" if rows == [-1] else f"{len(rows)} left out (row {shown})"
        lines.append(f"{file}: {which}" + (f", field {name}" if name else "") + f": {reason}")
    rest = sum(map(len, list(groups.values())[most:]))
    return [*lines, f"... and {rest} more left out for {len(groups) - most} other reasons"] if rest else lines
