"""Layouts in which benchmarks publish stored outputs beside lists of rows: an object from id to text or row, a folder of subjects, lines with tabs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import BenchmarkError, rows_of

ENDINGS = (".json", ".jsonl")
OF_A_SUBJECT = "output.json"
ROW_FIELDS = frozenset(("record_id", "question_id", "id", "image", "image_id", "question", "response", "prediction", "answer", "caption", "output", "text", "messages", "choices"))
"""A lone object that has one of them is a row, not an object of rows."""
SAID = frozenset(("response", "prediction", "answer", "output", "text"))
"""Fields of which one holds the response of a row that has it."""


def answer_files(path: Path) -> list[Path]:
    """The file itself; of a folder of subjects each one's output.json, in order; of another folder its JSON files, else its text files."""
    if path.is_file():
        return [path]
    return sorted(path.glob(f"*/{OF_A_SUBJECT}")) or sorted(file for file in path.iterdir() if file.suffix in ENDINGS) or sorted(path.glob("*.txt"))


def answer_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a file. The keys of an object of texts, or of rows, are the records' ids. Errors: BenchmarkError naming file and row."""
    if path.suffix == ".txt":
        return [row_of_four(line, path, number) for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if line.strip()]
    content = whole_object(path)
    if content is None or ROW_FIELDS & content.keys():
        return [with_spoken(row) for row in rows_of(path)]
    return [{**row, "record_id": name} if isinstance(row, dict) else {"record_id": name, "response": row} for name, row in content.items()]


def with_spoken(row: dict[str, Any]) -> dict[str, Any]:
    """The row; one that keeps a conversation and nothing beside it gets its last message as the response."""
    said = None if SAID & row.keys() else spoken(row)
    return row if said is None else {**row, "response": said}


def spoken(row: Mapping[str, Any]) -> str | None:
    """The last message of "messages" (its content is a text, or an object with "answer"), or the first turn of "choices", as Arena-Hard and FastChat keep them."""
    match row:
        case {"messages": [*_, {"content": {"answer": str(said)} | str(said)}]}:
            return said
        case {"choices": [{"turns": [{"content": str(said)} | str(said), *_]}, *_]}:
            return said
    return None


def row_of_four(line: str, path: Path, number: int) -> dict[str, Any]:
    """A line of MME's answer files: picture, question, answer, response. Errors: BenchmarkError naming file and line."""
    cells = line.split("\t", 3)
    if len(cells) != 4:
        raise BenchmarkError(f"{path}, row {number}: expected picture, question, answer and response between tabs, found {len(cells)} of them")
    return {"image": cells[0], "question": cells[1], "response": cells[3]}


def whole_object(path: Path) -> dict[str, Any] | None:
    """The file's content where it is one JSON object; None where it is anything else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
