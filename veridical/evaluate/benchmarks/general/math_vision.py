"""MATH-Vision: problems of mathematics competitions, with pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.evaluate.asking import LETTERS, ask, bracketed, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import text_of, texts_of, wrong
from veridical.evaluate.labels import by_label, each
from veridical.evaluate.measure import accuracy
from veridical.evaluate.tables import optional, tables_of
from veridical.grade.short.mathvision import mathvision
from veridical.records.record import Record

SUBJECTS = (
    *("algebra", "analytic geometry", "arithmetic", "combinatorial geometry", "combinatorics", "counting", "descriptive geometry", "graph theory", "logic"),
    *("metric geometry - angle", "metric geometry - area", "metric geometry - length", "solid geometry", "statistics", "topology", "transformation geometry"),
)
LEVELS = ("1", "2", "3", "4", "5")
INTRODUCTION = (
    'Please solve the problem and put your answer in one "\\boxed{}". If it is a multiple choice question, only one letter is allowed in the "\\boxed{}".\n'
)


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of test.jsonl, else of testmini.jsonl; or of the file that is named."""
    path = Path(path)
    file = next((path / name for name in ("test.jsonl", "testmini.jsonl") if (path / name).is_file()), path)
    root = pictures_of(file, media_root)
    return [record(row, file, number, root) for file, rows in tables_of(math_vision, file, "*.parquet") for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One problem. Errors: BenchmarkError naming file, row and field."""
    name, question, answer = (text_of(row, field, file, number) for field in ("id", "question", "answer"))
    options = texts_of(row, "options", file, number)
    if options and answer not in LETTERS[: len(options)]:
        raise wrong(file, number, "answer", f"one of {', '.join(LETTERS[: len(options)])}", answer)
    labels = {field: text_of(row, field, file, number) for field in ("subject", "level")}
    text = f"{INTRODUCTION}{question}\n{bracketed(options)}"
    shown = media([optional(row, "decoded_image", optional(row, "image"))], root)
    return ask("math_vision", name, text, shown, answer, options, labels=labels, file=file, index=number - 1, license="MIT")


math_vision = Benchmark(
    name="math_vision",
    paper="arXiv:2402.14804",
    dimension="general",
    shape="numeric, multiple choice",
    files=(
        File("test.jsonl", "JSON lines: id, question, options, answer, level, subject, image", needed=False),
        File("testmini.jsonl", "304 of them, read where test.jsonl is not there", needed=False),
        File("images/", "the pictures", needed=False),
    ),
    published="github.com/mathllm/MATH-V, data; huggingface.co/datasets/MathLLMs/MathVision",
    license="MIT",
    load=load,
    conventions={
        "official": Convention(by_label(mathvision), (accuracy(), *each("level", LEVELS), *each("subject", SUBJECTS)), follows="mathllm/MATH-V, evaluation/evaluate.py"),
    },
    headline="accuracy",
    size=3040,
    chance={"accuracy": 7.17},
    degenerate={"": {"accuracy": 0.0}},
    note="Chance is the authors' random baseline. Stored outputs of all 3,040 questions may be scored on testmini: the others are passed over.",
    elsewhere=lambda name: name.isdigit() and 1 <= int(name) <= 3040,
)

BENCHMARKS = (math_vision,)
