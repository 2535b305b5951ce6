"""Tables of predictions and of scores in the kinds of file that harnesses write: xlsx, tsv, csv, JSON, JSON lines."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import BenchmarkError, rows_of
from veridical.evaluate.fields import csv_rows
from veridical.evaluate.imported.sheet import SheetError, sheet_rows

ENDINGS = (".xlsx", ".tsv", ".csv", ".json", ".jsonl")


class ImportedError(ValueError):
    """Files of another harness that cannot be read; the message names them."""


def table(path: Path) -> list[dict[str, Any]]:
    """Rows of a file, without their empty cells. Errors: ImportedError naming file and row."""
    try:
        return [filled(row) for row in read(path)]
    except (BenchmarkError, SheetError) as error:
        raise ImportedError(str(error)) from error


def read(path: Path) -> list[Mapping[str, Any]]:
    """Rows as the file has them."""
    if path.suffix == ".xlsx":
        return sheet_rows(path)
    if path.suffix in (".tsv", ".csv"):
        csv.field_size_limit(sys.maxsize)  # a response may be longer than the module expects
        return csv_rows(path)
    return json_rows(path) if path.suffix == ".json" else rows_of(path)


def json_rows(path: Path) -> list[Mapping[str, Any]]:
    """Rows of a JSON file: a list of objects, an object of equally long columns, or one object, which is one row. Errors: BenchmarkError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path}: not JSON ({error}); it was cut off") from error
    if not isinstance(content, dict):
        return rows_of(path)
    if {"columns", "data"} <= content.keys():
        return [dict(zip(content["columns"], row)) for row in content["data"]]
    columns = [value for value in content.values() if isinstance(value, list)]
    if columns and len(columns) == len(content) and len({len(one) for one in columns}) == 1:
        return [dict(zip(content, row)) for row in zip(*columns)]
    return [content]


def filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """The cells that hold something."""
    return {str(name): value for name, value in row.items() if value is not None and value != "" and not (isinstance(value, float) and math.isnan(value))}


def number_in(value: Any) -> float | None:
    """The number that a cell holds, also as text; None for anything else. A truth value is 1 or 0."""
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return float(value.strip().lower() == "true")
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None
