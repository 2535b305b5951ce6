"""Layouts in which benchmarks publish stored outputs beside lists of rows: an object from id to text or row, and a folder of subjects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import rows_of

ENDINGS = (".json", ".jsonl")
OF_A_SUBJECT = "output.json"
ROW_FIELDS = frozenset(("record_id", "question_id", "id", "image", "image_id", "question", "response", "prediction", "answer", "caption", "output", "text"))
"""A lone object that has one of them is a row, not an object of rows."""


def answer_files(path: Path) -> list[Path]:
    """The file itself; of a folder of subjects each one's output.json, in order; of another folder its JSON files."""
    if path.is_file():
        return [path]
    return sorted(path.glob(f"*/{OF_A_SUBJECT}")) or sorted(file for file in path.iterdir() if file.suffix in ENDINGS)


def answer_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a file. The keys of an object of texts, or of rows, are the records' ids. Errors: BenchmarkError naming file and row."""
    content = whole_object(path)
    if content is None or ROW_FIELDS & content.keys():
        return rows_of(path)
    return [{**row, "record_id": name} if isinstance(row, dict) else {"record_id": name, "response": row} for name, row in content.items()]


def whole_object(path: Path) -> dict[str, Any] | None:
    """The file's content where it is one JSON object; None where it is anything else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
