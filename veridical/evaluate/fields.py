"""Fields of a benchmark's published rows, read strictly: an error names file, row and field, and what was expected there."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, value_of


def wrong(path: Path, number: int, name: str, expected: str, found: object) -> BenchmarkError:
    """The error for a field that holds something else."""
    return BenchmarkError(f"{path}, row {number}, field {name}: expected {expected}, found {found!r}")


def text_of(row: Mapping[str, Any], name: str, path: Path, number: int) -> str:
    """A text, or a number as text. Errors: BenchmarkError."""
    value = value_of(row, name, path, number)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong(path, number, name, "text", value)
    return str(value)


def one_of(row: Mapping[str, Any], name: str, allowed: Collection[str], path: Path, number: int) -> str:
    """A text that is one of `allowed`, whatever its case. Errors: BenchmarkError."""
    value = text_of(row, name, path, number)
    known = {each.lower(): each for each in allowed}
    if value.strip().lower() not in known:
        raise wrong(path, number, name, " or ".join(allowed), value)
    return known[value.strip().lower()]


def texts_of(row: Mapping[str, Any], name: str, path: Path, number: int) -> list[str]:
    """A list of texts. Errors: BenchmarkError."""
    value = value_of(row, name, path, number)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong(path, number, name, "a list of texts", value)
    return value


def mapping_of(row: Mapping[str, Any], name: str, path: Path, number: int) -> dict[str, Any]:
    """An object with fields. Errors: BenchmarkError."""
    value = value_of(row, name, path, number)
    if not isinstance(value, dict):
        raise wrong(path, number, name, "an object with fields", value)
    return value


def first_field(row: Mapping[str, Any], names: Collection[str], path: Path, number: int) -> str:
    """The first of several names of a field that the row has. Errors: BenchmarkError."""
    found = next((name for name in names if name in row), None)
    if found is None:
        raise BenchmarkError(f"{path}, row {number}: has none of the fields {', '.join(names)}; it has {', '.join(sorted(row)) or 'none'}")
    return found


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file, or of a table with tabs where its name ends in tsv or txt. Errors: BenchmarkError naming file and row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if path.suffix in (".tsv", ".txt") else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BenchmarkError(f"{path}: cannot be read as a table ({error})") from error
    for number, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise BenchmarkError(f"{path}, row {number}: has {'more' if None in row else 'fewer'} cells than the header; the file was cut off, or is not the published one")
    return rows


def needed(benchmark: Benchmark, path: Path, name: str) -> Path:
    """The file of that name in a folder, or the path itself where it is a file. Errors: BenchmarkError saying which files belong there."""
    file = path if path.is_file() else path / name
    if not file.is_file():
        raise BenchmarkError(f"{file}: no such file. {benchmark.how_to_get}")
    return file


def present(benchmark: Benchmark, path: Path, names: Collection[str]) -> list[Path]:
    """Those of several files that are in a folder, in this order; the path itself where it is a file. Errors: BenchmarkError where there is none."""
    found = [path] if path.is_file() else [file for name in names if (file := path / name).is_file()]
    if not found:
        raise BenchmarkError(f"{path}: has none of {', '.join(names)}. {benchmark.how_to_get}")
    return found
