"""Rows of benchmarks, in whichever of the published layouts they lie: JSON, JSON lines, TSV with base64 pictures, Parquet."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.answer_files import answer_rows
from veridical.evaluate.asking import LETTERS, POINTER
from veridical.evaluate.benchmark import Benchmark, BenchmarkError
from veridical.evaluate.fields import csv_rows, first_field, wrong

ENDINGS = (".json", ".jsonl", ".tsv", ".csv", ".parquet")


def table(path: Path) -> list[dict[str, Any]]:
    """Rows of one file. An object of rows gives each its key as record_id. Errors: BenchmarkError naming file and row."""
    if path.suffix == ".parquet":
        return parquet_rows(path)
    if path.suffix in (".tsv", ".csv"):
        csv.field_size_limit(sys.maxsize)  # pictures lie in cells
        return [{name: value for name, value in row.items() if value not in ("", "nan")} for row in csv_rows(path)]
    return answer_rows(path)


def parquet_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a Parquet file of the hub. Errors: BenchmarkError."""
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_table(path).to_pylist()
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path}: cannot be read as Parquet ({error}); download it again") from error


def tables_of(benchmark: Benchmark, path: Path, *patterns: str) -> list[tuple[Path, list[dict[str, Any]]]]:
    """(file, rows) of the file itself, or of those files of a folder that match the patterns, in order. Errors: BenchmarkError saying which belong there."""
    if path.is_file():
        return [(path, table(path))]
    files = dict.fromkeys(file for pattern in patterns for file in sorted(path.glob(pattern)) if file.suffix in ENDINGS)
    if not files:
        raise BenchmarkError(f"{path}: has none of {', '.join(patterns)}. {benchmark.how_to_get}")
    return [(file, table(file)) for file in files]


def optional(row: dict[str, Any], name: str, default: Any = "") -> Any:
    """A field, or what stands for it where it is not there or empty."""
    value = row.get(name)
    return default if value is None or value == "" else value


def letter_columns(row: dict[str, Any], path: Path, number: int) -> list[str]:
    """Options of the columns A, B, ..., up to the first that is empty. Errors: BenchmarkError."""
    options: list[str] = []
    for letter in LETTERS:
        if row.get(letter) is None:
            break
        options.append(str(row[letter]))
    if not options:
        raise BenchmarkError(f"{path}, row {number}: has no options; expected the columns A, B, ...; it has {', '.join(sorted(row))}")
    return options


def gold_letter(row: dict[str, Any], names: Sequence[str], options: Sequence[str], path: Path, number: int) -> str:
    """The answer's letter, given as "B", "(B)", or a place in the options. Errors: BenchmarkError naming file, row and field."""
    name = first_field(row, names, path, number)
    value = row[name]
    letter = LETTERS[value] if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(options) else str(value).strip().strip("()").strip()
    if letter not in LETTERS[: len(options)] or not letter:
        raise wrong(path, number, name, f"one of {', '.join(LETTERS[: len(options)])}", value)
    return letter


def pictures_by_index(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The picture of each index of a table, where a row may give another's index for its own."""
    given = {str(row.get("index")): row.get("image") for row in rows}
    return {name: given.get(str(value), value) if value is not None and len(str(value)) <= POINTER else value for name, value in given.items()}
