"""Stored responses: read from whatever file a harness left, and matched with the records that they answer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.answer_files import answer_files, answer_rows
from veridical.records.record import Record

IDS = ("record_id", "question_id", "id")
PICTURES = ("image_id", "image", "image_path", "img")
TEXTS = ("response", "prediction", "model_prediction", "model_answer", "generated_caption", "answer", "caption", "output", "text")
QUESTIONS = ("question", "prompt", "query")


class ResponsesError(ValueError):
    """Responses that do not fit the records; the message names them."""


Naming = Callable[[Mapping[str, Any]], str]
"""A row of a benchmark's own answer file -> the id of the record that it answers."""

Elsewhere = Callable[[str], bool]
"""Whether an id is a question of the benchmark that the loaded part of it lacks."""


def read_responses(path: str | Path, records: Sequence[Record], named: Naming | None = None, reads: Sequence[str] = (), elsewhere: Elsewhere | None = None) -> dict[str, str]:
    """Response by record id, from a JSON or JSON-lines file, or from every one of a folder. The response is the first of the fields `reads` and TEXTS.

    A row is matched by its id: the record's, the benchmark's own (question_id, id) or the picture's name. Where one
    id means several records (POPE's files count from 1 each), the row's or file's split or the row's question tells
    them apart. Rows without any id answer the records in order (of the split that the file names). Where a benchmark's
    own answer files tell otherwise which record is meant, `named` reads it. Rows of questions
    `elsewhere`, in a part of the benchmark that is not loaded, are passed over.
    Errors: ResponsesError naming a repeated or unknown id.
    """
    path = Path(path)
    if not path.exists():
        raise ResponsesError(f"{path}: no such file or folder; expected responses as JSON or JSON lines")
    files = answer_files(path)
    found: dict[str, str] = {}
    known = by_alias(records)
    ids = {record.record_id for record in records}
    for file in files:
        matched = rows_named(file, named, ids, reads) or rows_matched(file, records, known, reads, elsewhere)
        for name, response, place in matched:
            if name in found:
                raise ResponsesError(f"{place}: a second response to record {name}; keep one per record")
            found[name] = response
    return found


def check(found: Collection[str], records: Sequence[Record], where: str = "responses") -> None:
    """Every record has a response and every response a record. Errors: ResponsesError naming those without."""
    wanted = {record.record_id for record in records}
    if len(wanted) != len(records):
        raise ResponsesError(f"{where}: two records have one id; a benchmark's ids must differ")
    missing, extra = sorted(wanted - set(found)), sorted(set(found) - wanted)
    if missing or extra:
        parts = [f"{len(names)} {what}: {few(names)}" for names, what in ((missing, "records have no response"), (extra, "responses have no record")) if names]
        raise ResponsesError(f"{where}: {'; '.join(parts)}. Score part of a benchmark by naming its file instead of the folder, or with a limit")


def few(names: Sequence[str], most: int = 5) -> str:
    """The first names."""
    return ", ".join(names[:most]) + (" ..." if len(names) > most else "")


def by_alias(records: Iterable[Record]) -> dict[tuple[bool, str], list[Record]]:
    """Records by (whether it is a picture's name, name): a question 1 is not what is asked about 1.png."""
    known: dict[tuple[bool, str], list[Record]] = defaultdict(list)
    for record in records:
        for name in {record.record_id, record.provenance.source_id} - {""}:
            known[False, name].append(record)
        for name in picture_names(record):
            known[True, name].append(record)
    return known


def picture_names(record: Record) -> set[str]:
    """The name of the record's first picture with and without ending, and COCO's number in it."""
    names: set[str] = set()
    for medium in record.media[:1]:
        name, stem = Path(medium.path).name, Path(medium.path).stem
        number = stem.rpartition("_")[2]
        names |= {name, stem} | ({str(int(number))} if stem.startswith("COCO_") and number.isdigit() else set())
    return names - {""}


def rows_matched(
    file: Path, records: Sequence[Record], known: Mapping[tuple[bool, str], list[Record]], reads: Sequence[str] = (), elsewhere: Elsewhere | None = None
) -> Iterable[tuple[str, str, str]]:
    """(record id, response, place in the file) of every row."""
    split = split_of(file.stem, records)
    rows = answer_rows(file)
    if not any(key in row for row in rows for key in IDS + PICTURES):
        yield from in_order(file, rows, [record for record in records if not split or record.split == split])
        return
    for number, row in enumerate(rows, 1):
        place = f"{file}, row {number}"
        name = next((str(row[key]) for key in IDS if key in row), "")
        if elsewhere and (False, name) not in known and elsewhere(name):
            continue
        for record in meant(row, split, known, place):
            yield record.record_id, text_of(row, place, reads), place


def rows_named(file: Path, named: Naming | None, ids: Collection[str], reads: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """(record id, response, place) of every row, where the benchmark knows its own answer rows; nothing where one row is not of that kind."""
    if named is None:
        return []
    rows = answer_rows(file)
    try:
        names = [named(row) for row in rows]
    except KeyError:
        return []
    if not set(names) <= set(ids):
        return []
    places = [f"{file}, row {number}" for number in range(1, len(rows) + 1)]
    return [(name, text_of(row, place, reads), place) for name, row, place in zip(names, rows, places)]


def split_of(stem: str, records: Sequence[Record]) -> str:
    """The split that a file's name speaks of."""
    named = {record.split for record in records if record.split and record.split in stem}
    longest = [one for one in named if not any(one != other and one in other for other in named)]
    return longest[0] if len(longest) == 1 else ""


def in_order(file: Path, rows: Sequence[Mapping[str, Any]], records: Sequence[Record]) -> Iterable[tuple[str, str, str]]:
    """Rows without ids, one per record. Errors: ResponsesError where numbers or questions differ."""
    if len(rows) != len(records):
        raise ResponsesError(f"{file}: {len(rows)} responses without ids for {len(records)} records; add question_id to each row")
    for number, (row, record) in enumerate(zip(rows, records), 1):
        place = f"{file}, row {number}"
        if not asks(row, record):
            other = f"answers another question than record {record.record_id} ({record.prompt_text!r})"
            raise ResponsesError(f"{place}: {other}; put the rows in the order of the questions, or add question_id")
        yield record.record_id, text_of(row, place), place


def meant(row: Mapping[str, Any], split: str, known: Mapping[tuple[bool, str], list[Record]], place: str) -> list[Record]:
    """The records that a row answers: one, or several that show the same picture and ask the same. Errors: ResponsesError."""
    key = next((key for key in IDS + PICTURES if key in row), None)
    if key is None:
        raise ResponsesError(f"{place}: has no id, and other rows have one; expected one of {', '.join(IDS + PICTURES)}")
    name = str(row[key])
    found = known.get((key in PICTURES, Path(name).name if key in PICTURES else name), [])
    if not found:
        raise ResponsesError(f"{place}, field {key}: no record is called {name!r}")
    split = str(row.get("split") or row.get("category") or split)
    found = [record for record in found if record.split == split] or found
    found = [record for record in found if asks(row, record)] if len(found) > 1 else found
    if len({(record.prompt_text, *(medium.path for medium in record.media)) for record in found}) != 1:
        meanings = few([record.record_id for record in found])
        advice = "put each split's responses in a file with the split in its name, or give record_id"
        raise ResponsesError(f"{place}, field {key}: {name!r} means {len(found)} records ({meanings}); {advice}")
    return found


def asks(row: Mapping[str, Any], record: Record) -> bool:
    """Whether the row's question, if it has one, is the record's (a suffix may follow)."""
    asked = next((str(row[key]) for key in QUESTIONS if key in row), record.prompt_text)
    return asked.replace("<image>", "").strip().startswith(record.prompt_text.strip())


def text_of(row: Mapping[str, Any], place: str, reads: Sequence[str] = ()) -> str:
    """The response. Errors: ResponsesError naming the row."""
    key = next((key for key in (*reads, *TEXTS) if key in row), None)
    if key is None:
        raise ResponsesError(f"{place}: has no response; expected one of {', '.join(TEXTS)}, found {', '.join(sorted(row))}")
    if isinstance(row[key], list) and all(isinstance(one, int | float) for one in row[key]):
        return json.dumps(row[key])  # a reward for each candidate response
    if not isinstance(row[key], str):
        raise ResponsesError(f"{place}, field {key}: expected text, found {type(row[key]).__name__}; write an empty text where the model said nothing")
    return row[key]
