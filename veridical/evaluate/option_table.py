"""Multiple choice in VLMEvalKit's tables: one row per question, options in the columns A, B, ..., pictures as base64."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media, pointed
from veridical.evaluate.fields import text_of
from veridical.evaluate.tables import gold_letter, letter_columns, optional, pictures_by_index
from veridical.records.record import Record

ENDING = "Please select the correct answer from the options above. \n"


def option_records(benchmark: str, file: Path, rows: Sequence[dict[str, Any]], root: Path, labels: Sequence[str], license: str) -> list[Record]:
    """Records of one table; `labels` are the columns that questions are counted by. Errors: BenchmarkError naming file, row and field."""
    pictures = pictures_by_index(rows)
    return [option_record(benchmark, row, pictures.get(str(row.get("index"))), file, number, root, labels, license) for number, row in enumerate(rows, 1)]


def option_record(benchmark: str, row: dict[str, Any], picture: Any, file: Path, number: int, root: Path, labels: Sequence[str], license: str) -> Record:
    """One question. Errors: BenchmarkError."""
    name, question = text_of(row, "index", file, number), text_of(row, "question", file, number)
    options = letter_columns(row, file, number)
    gold = gold_letter(row, ("answer",), options, file, number)
    kinds = {label: str(optional(row, label)) for label in labels}
    shown = media([picture if picture is not None else optional(row, "image_path", None)], root)
    text = option_prompt(str(optional(row, "hint")), question, options)
    return ask(benchmark, name, text, shown, gold, options, labels=kinds, split=str(optional(row, "split")), file=file, index=number - 1, license=license)


def option_prompt(hint: str, question: str, options: Sequence[str]) -> str:
    """VLMEvalKit's prompt: hint, question, options, and what to do."""
    before = f"Hint: {hint}\n" if hint else ""
    return f"{before}Question: {question}\nOptions:\n{pointed(options)}\n{ENDING}"
