"""MathVista: mathematics in figures, charts, photographs and textbooks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, bracketed, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import mapping_of, one_of, text_of, texts_of, wrong
from veridical.evaluate.labels import by_label, each, labelled
from veridical.evaluate.measure import Measure, accuracy
from veridical.evaluate.tables import optional, tables_of
from veridical.grade.grade import Grader
from veridical.grade.short.mathvista import FORM, PRECISION, mathvista, mathvista_vlm
from veridical.records.record import Record

TASKS = ("figure question answering", "geometry problem solving", "math word problem", "textbook question answering", "visual question answering")
SKILLS = (
    *("algebraic reasoning", "arithmetic reasoning", "geometry reasoning", "logical reasoning"),
    *("numeric commonsense", "scientific reasoning", "statistical reasoning"),
)
FORMS = ("text", "integer", "float", "list")
HINTS = {
    "text": "Please answer the question and provide the correct option letter, e.g., A, B, C, D, at the end.",
    "integer": "Please answer the question requiring an integer answer and provide the final value, e.g., 1, 2, 3, at the end.",
    "float1": "Please answer the question requiring a floating-point number with one decimal place and provide the final value, e.g., 1.2, 1.3, 1.4, at the end.",
    "float2": "Please answer the question requiring a floating-point number with two decimal places and provide the final value, e.g., 1.23, 1.34, 1.45, at the end.",
    "list": "Please answer the question requiring a Python list as an answer and provide the final list, e.g., [1, 2, 3], [1.2, 1.3, 1.4], at the end.",
}


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of testmini.json (an object by pid), or of the hub's Parquet files."""
    path = Path(path)
    file = next((path / name for name in ("testmini.json", "test.json") if (path / name).is_file()), path)
    tables = tables_of(math_vista, file, "testmini*.parquet", "*/testmini*.parquet")
    root = pictures_of(file, media_root)
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    name, question, answer = (text_of(row, field, file, number) for field in ("pid", "question", "answer"))
    form = one_of(row, "answer_type", FORMS, file, number)
    chooses = one_of(row, "question_type", ("multi_choice", "free_form"), file, number) == "multi_choice"
    choices = texts_of(row, "choices", file, number) if chooses else []
    if chooses and answer not in choices:
        raise wrong(file, number, "answer", "one of the choices", answer)
    precision = str(int(float(optional(row, "precision", 0))))
    about = mapping_of(row, "metadata", file, number)
    labels = {"task": text_of(about, "task", file, number), "skill": about.get("skills") or (), "source": optional(about, "source")}
    text = optional(row, "query") or query(question, choices, form, precision, optional(row, "unit"))
    shown = media([optional(row, "decoded_image", optional(row, "image"))], root)
    facts = ((FORM, form), (PRECISION, precision))
    return ask("math_vista", name, text, shown, answer, choices, labels=labels, facts=facts, file=file, index=number - 1, license="CC BY-SA 4.0")


def query(question: str, choices: Sequence[str], form: str, precision: str, unit: str) -> str:
    """The prompt without examples: a hint at the wanted form, the question with its unit, the choices."""
    hint = HINTS[f"float{precision}" if form == "float" and f"float{precision}" in HINTS else "float2" if form == "float" else form]
    asked = f"Question: {question}" + (f" (Unit: {unit})" if unit else "")
    return "\n".join((f"Hint: {hint}", asked, *(("Choices:", bracketed(choices)) if choices else ())))


def grade(data: Path, records: Sequence[Record], quick: bool = True) -> Grader:
    """The normalisation of extractions; `quick`: behind the pattern that needs no language model."""
    return labelled(mathvista(quick))


COUNTED: tuple[Measure, ...] = (accuracy(), *each("task", TASKS), *each("skill", SKILLS))

math_vista = Benchmark(
    name="math_vista",
    paper="arXiv:2310.02255",
    dimension="general",
    shape="numeric, multiple choice",
    files=(
        File("testmini.json", "an object by pid: question, image, choices, unit, precision, answer, question_type, answer_type, metadata"),
        File("images/", "the pictures", needed=False),
    ),
    published="github.com/lupantech/MathVista, data; huggingface.co/datasets/AI4Math/MathVista",
    license="CC BY-SA 4.0",
    load=load,
    conventions={
        "official": Convention(grade, COUNTED, follows="lupantech/MathVista, calculate_score.py, on stored extractions where there are any; no language model extracts"),
        "vlm": Convention(by_label(mathvista_vlm()), COUNTED, follows="VLMEvalKit without a judge: a list is never right"),
    },
    headline="accuracy",
    size=1000,
    chance={"accuracy": 17.9},
    note="Officially GPT-4 extracts the answer first: store it as `extraction`. A choice that is no letter and no choice's text is the nearest one, and counted as unparsed.",
    reads=("extraction",),
)

BENCHMARKS = (math_vista,)
