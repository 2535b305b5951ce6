"""AlpacaEval's files beside the instructions: comparisons of the gamed baseline, and published annotations."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from veridical.evaluate.benchmark import BenchmarkError, rows_of, value_of
from veridical.evaluate.fields import csv_rows, text_of, wrong
from veridical.grade.judging.reply import Unjudged
from veridical.records.record import Record

DRAW = 1.5
FIELDS = {"std_delta_len": "length", "instruction_difficulty": "difficulty", "preference": "preference"}


class Annotation(NamedTuple):
    """A published preference."""

    preference: float | None
    """1 the baseline, 2 the model; None: none."""
    output: str | None
    """What the model said."""


def identity(instruction: str) -> str:
    """The id of an instruction: rows of outputs have none."""
    return hashlib.sha256(instruction.encode()).hexdigest()[:12]


def annotated(path: Path) -> Callable[[Record, str], float]:
    """A function from record and response to the published preference for the model, in [0, 1]. Errors: BenchmarkError naming file, row and field."""
    rows = {}
    for number, row in enumerate(rows_of(path), 1):
        name = identity(text_of(row, "instruction", path, number))
        if name in rows:
            raise BenchmarkError(f"{path}, row {number}, field instruction: is annotated a second time; keep the rows of one annotator and one model")
        rows[name] = Annotation(preference_of(row, path, number), row.get("output_2"))

    def found(record: Record, response: str) -> float:
        known = rows.get(record.record_id)
        if known is None or known.preference is None:
            raise Unjudged("not annotated", f"{path} has no preference for {record.prompt_text[:80]!r}")
        if known.output is not None and known.output != response:
            asked = f"record {record.record_id} ({record.prompt_text[:80]!r})"
            raise BenchmarkError(f"{path}: annotates another output than the response to {asked}; give the responses that were annotated")
        return known.preference - 1

    return found


def preference_of(row: Mapping[str, Any], path: Path, number: int) -> float | None:
    """1 to 2, with 0 for a draw; None where there is none. Errors: BenchmarkError."""
    value = value_of(row, "preference", path, number)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not (value == 0 or 1 <= value <= 2):
        raise wrong(path, number, "preference", "a number from 1 to 2 (or 0: a draw, null: none)", value)
    return float(value) or DRAW


def gamed_rows(path: Path) -> list[dict[str, float]]:
    """Comparisons of the gamed baselines: index, length (standardised), difficulty, preference in [0, 1]. Errors: BenchmarkError."""
    return [gamed_row(row, path, number) for number, row in enumerate(csv_rows(path), 1)]


def gamed_row(row: Mapping[str, str], path: Path, number: int) -> dict[str, float]:
    """One comparison."""
    found = {}
    for field, name in {**FIELDS, "index": "index"}.items():
        text = text_of(row, field, path, number)
        try:
            found[name] = float(text)
        except ValueError as error:
            raise wrong(path, number, field, "a number", text) from error
    return found


def difficulties(rows: Sequence[Mapping[str, float]], records: Sequence[Record]) -> dict[str, dict[str, float]]:
    """Each record's difficulty, by the instruction's number. Errors: BenchmarkError where there is none."""
    known: dict[int, float] = {}
    for row in rows:
        known.setdefault(int(row["index"]), row["difficulty"])
    for record in records:
        if int(record.provenance.source_id) not in known:
            raise BenchmarkError(f"instruction {record.provenance.source_id} ({record.prompt_text[:80]!r}) has no row in df_gamed.csv; put the files of one release together")
    return {record.record_id: {"difficulty": known[int(record.provenance.source_id)]} for record in records}


def shared(rows: Sequence[Mapping[str, float]], records: Sequence[Record]) -> dict[str, dict[str, float]]:
    """All gamed comparisons, dealt out to the records in turn, so that a result holds what it was fitted with: "gamed0.length" ..."""
    hands: dict[str, dict[str, float]] = defaultdict(dict)
    for place, row in enumerate(rows):
        hand = hands[records[place % len(records)].record_id]
        number = len(hand) // len(FIELDS)
        hand |= {f"gamed{number}.{name}": row[name] for name in FIELDS.values()}
    return hands
