"""SQA3D: questions of somebody who stands in a scanned room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask
from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File
from veridical.evaluate.fields import text_of, wrong
from veridical.evaluate.labels import by_label, each
from veridical.evaluate.measure import accuracy
from veridical.evaluate.tables import table
from veridical.grade.short.sqa3d import sqa3d as graded
from veridical.records.record import Record

WORDS = ("what", "is", "how", "can", "which")
OTHERS = "others"
SHORT = "Answer the question using a single word or phrase."


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of v1_balanced_questions_test_scannetv2.json and the annotations beside it, joined by question_id."""
    path = Path(path)
    files = [path] if path.is_file() else sorted(path.glob("v1_balanced_questions_test*.json"))
    if not files:
        raise BenchmarkError(f"{path}: has no questions. {sqa3d.how_to_get}")
    annotations = files[0].with_name(files[0].name.replace("questions", "sqa_annotations"))
    if not annotations.is_file():
        raise BenchmarkError(f"{annotations}: no such file; the answers are there. {sqa3d.how_to_get}")
    answers = {str(row.get("question_id")): (number, row) for number, row in enumerate(inner(annotations, "annotations"), 1)}
    return [record(row, answers, files[0], annotations, number) for number, row in enumerate(inner(files[0], "questions"), 1)]


def inner(file: Path, name: str) -> list[dict[str, Any]]:
    """The rows under one key of a file. Errors: BenchmarkError."""
    found = next((row.get("response") for row in table(file) if row.get("record_id") == name), None)
    if not isinstance(found, list):
        raise BenchmarkError(f"{file}: expected an object with a list {name!r}")
    return found


def record(row: dict[str, Any], answers: Mapping[str, tuple[int, dict[str, Any]]], file: Path, annotations: Path, number: int) -> Record:
    """One question with its situation. Errors: BenchmarkError naming file, row and field."""
    name, situation, question = (text_of(row, field, file, number) for field in ("question_id", "situation", "question"))
    if name not in answers:
        raise wrong(file, number, "question_id", f"one that {annotations.name} answers", name)
    place, found = answers[name]
    golds = found.get("answers")
    if not isinstance(golds, list) or not golds or not isinstance(golds[0], dict):
        raise wrong(annotations, place, "answers", "a list whose first member has an answer", golds)
    gold = text_of(golds[0], "answer", annotations, place)
    first = question.strip().lower().partition(" ")[0]
    labels = {"word": first if first in WORDS else OTHERS}
    scene = text_of(row, "scene_id", file, number)
    text = f"{situation}\n{question}\n{SHORT}"
    return ask("sqa3d", name, text, (), gold, labels=labels, facts=(("scene", scene),), file=file, index=number - 1, license="Apache-2.0")


COUNTED = (accuracy(), *each("word", (*WORDS, OTHERS)))

sqa3d = Benchmark(
    name="sqa3d",
    paper="arXiv:2210.07474",
    dimension="general",
    shape="open answer",
    files=(
        File("v1_balanced_questions_test_scannetv2.json", '"questions": scene_id, situation, question, question_id'),
        File("v1_balanced_sqa_annotations_test_scannetv2.json", '"annotations": question_id, answers'),
    ),
    published="github.com/SilongYong/SQA3D (Zenodo); scenes: ScanNet",
    license="Apache-2.0; scenes under ScanNet's terms",
    load=load,
    conventions={
        "official": Convention(by_label(graded()), COUNTED, follows="SQA3D's exact match, behind the cleaning of LLM/eval_sqa3d_llm.py"),
        "refined": Convention(by_label(graded(refined=True)), COUNTED, follows="LLM/eval_sqa3d_llm.py: part of the answer, or one word of it, is enough; silence is right"),
    },
    headline="accuracy",
    size=3519,
    degenerate={"": {"accuracy": 0.0}},
    note="Scenes are 3D scans: the records hold the situation in words and the scene's name, and no pictures; give frames in the model's own way.",
)

BENCHMARKS = (sqa3d,)
