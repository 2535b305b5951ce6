"""ScienceQA: school questions with two to five options, about half with a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media, pointed
from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, pictures_of
from veridical.evaluate.fields import text_of, texts_of, wrong
from veridical.evaluate.labels import by_label, each, is_labelled
from veridical.evaluate.measure import accuracy, where
from veridical.evaluate.tables import gold_letter, optional, table
from veridical.grade.letters.first import mcq_llava_sqa, mcq_sqa_lmms
from veridical.grade.letters.grading import letters
from veridical.grade.letters.vlm import mcq_vlm
from veridical.records.record import Record

SUBJECTS = ("natural science", "social science", "language science")
GRADES = ("G1-6", "G7-12")
LETTER_ONLY = "\nAnswer with the option's letter from the given choices directly."


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of problems.json: those of the test split in pid_splits.json, else those whose split is test."""
    path = Path(path)
    file = path if path.is_file() else path / "problems.json"
    if not file.is_file():
        raise BenchmarkError(f"{file}: no such file. {science_qa.how_to_get}")
    root = pictures_of(file, media_root, "images", "test")
    listed = file.parent / "pid_splits.json"
    wanted = set(json.loads(listed.read_text(encoding="utf-8"))["test"]) if listed.is_file() else None
    rows = [(number, row) for number, row in enumerate(table(file), 1) if (row.get("record_id") in wanted if wanted is not None else optional(row, "split", "test") == "test")]
    return [record(row, file, number, root) for number, row in rows]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    name, question = text_of(row, "record_id", file, number), text_of(row, "question", file, number)
    options = texts_of(row, "choices", file, number)
    gold = gold_letter(row, ("answer",), options, file, number)
    hint, picture = optional(row, "hint"), optional(row, "image")
    context = f"Context: {hint}\n" if hint else ""
    labels = {"subject": optional(row, "subject"), "grade": band(row, file, number), "context": "IMG" if picture else "TXT" if hint else "NO"}
    place = root / name / picture if (root / name).is_dir() else root / picture if picture else None
    text = f"{context}{question}\n{pointed(options)}{LETTER_ONLY}"
    return ask("science_qa", name, text, media([str(place) if place else None], Path()), gold, options, labels=labels, file=file, index=number - 1, license="CC BY-NC-SA 4.0")


def band(row: dict[str, Any], file: Path, number: int) -> str:
    """Grades 1 to 6 or 7 to 12; "" where none is stated. Errors: BenchmarkError."""
    grade = str(optional(row, "grade"))
    if not grade:
        return ""
    if not grade.removeprefix("grade").isdigit():
        raise wrong(file, number, "grade", "grade1 to grade12", grade)
    return GRADES[int(grade.removeprefix("grade")) > 6]


IMAGES = where(accuracy(), lambda row: is_labelled(row, "context", "IMG"), "image")
COUNTED = (IMAGES, accuracy(), *each("subject", SUBJECTS), *each("context", ("TXT", "NO")), *each("grade", GRADES))

science_qa = Benchmark(
    name="science_qa",
    paper="arXiv:2209.09513",
    dimension="general",
    shape="multiple choice",
    files=(
        File("problems.json", "an object by id: question, choices, answer (its place), hint, image, subject, grade, split"),
        File("pid_splits.json", "the ids of each split", needed=False),
        File("images/", "ID/image.png of each question with a picture", needed=False),
    ),
    published="github.com/lupantech/ScienceQA, data/scienceqa",
    license="CC BY-NC-SA 4.0",
    load=load,
    conventions={
        "official": Convention(by_label(letters(mcq_llava_sqa)), COUNTED, follows="haotian-liu/LLaVA, llava/eval/eval_science_qa.py"),
        "vlm": Convention(by_label(letters(mcq_vlm)), COUNTED, follows="VLMEvalKit without a judge"),
        "lmms": Convention(by_label(letters(mcq_sqa_lmms)), COUNTED, follows="lmms-eval"),
    },
    headline="image",
    beside=("accuracy",),
    size=4241,
    chance={"accuracy": 40.3},
    degenerate={"": {"accuracy": 0.0, "image": 0.0}},
    note='"SQA" in tables of LLaVA is image, the accuracy on questions with a picture.',
)

BENCHMARKS = (science_qa,)
