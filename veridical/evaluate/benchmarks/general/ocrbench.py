"""OCRBench: a thousand questions about text in pictures; the score is the number of right ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from veridical.evaluate.asking import ask, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import one_of, text_of, wrong
from veridical.evaluate.labels import by_label, each, labels_of
from veridical.evaluate.measure import Measure, accuracy, per_row
from veridical.evaluate.tables import optional, tables_of
from veridical.grade.short.contains import FORMULAS, contains_norm
from veridical.records.record import Record

RECOGNITION = (
    *("Regular Text Recognition", "Irregular Text Recognition", "Artistic Text Recognition"),
    *("Handwriting Recognition", "Digit String Recognition", "Non-Semantic Text Recognition"),
)
KINDS = (*RECOGNITION, "Scene Text-centric VQA", "Doc-oriented VQA", "Key Information Extraction", "Handwritten Mathematical Expression Recognition")


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of OCRBench.json, or of the hub's rows."""
    root = pictures_of(Path(path), media_root, "OCRBench_Images")
    tables = tables_of(ocrbench, Path(path), "OCRBench.json", "test*.parquet", "*/test*.parquet")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question; several accepted answers are a JSON list. Errors: BenchmarkError naming file, row and field."""
    source, question = text_of(row, "dataset_name" if "dataset_name" in row else "dataset", file, number), text_of(row, "question", file, number)
    kind = one_of(row, "type" if "type" in row else "question_type", KINDS, file, number)
    answers = row.get("answers", row.get("answer"))
    if not answers or not isinstance(answers, str | list):
        raise wrong(file, number, "answers", "a text or a list of texts", answers)
    gold = answers if isinstance(answers, str) else json.dumps([str(one) for one in answers])
    shown = media([optional(row, "image_path", optional(row, "image"))], root)
    name = str(optional(row, "id", number - 1))
    return ask("ocrbench", name, question, shown, gold, labels={"type": kind}, split=FORMULAS if source == FORMULAS else "", file=file, index=number - 1, license="MIT")


def hits(name: str, *kinds: str) -> Measure:
    """How many are right, of some kinds or of all."""
    count = per_row(lambda row: (float(row.value == 1), 1.0) if not kinds or set(labels_of(row, "type")) & set(kinds) else None, 2)
    return Measure(name, count, lambda sums: np.asarray(sums[..., 0], dtype=float), unit="right")


ocrbench = Benchmark(
    name="ocrbench",
    paper="arXiv:2305.07895",
    dimension="general",
    shape="open answer",
    files=(File("OCRBench.json", "rows: dataset_name, id, image_path, question, answers, type"), File("OCRBench_Images/", "the pictures", needed=False)),
    published="github.com/Yuliang-Liu/MultimodalOCR, OCRBench; huggingface.co/datasets/echo840/OCRBench",
    license="MIT; of the pictures those of their sources",
    load=load,
    conventions={
        "official": Convention(
            by_label(contains_norm),
            (hits("score"), hits("text_recognition", *RECOGNITION), *(hits(f"right.{kind}", kind) for kind in KINDS), accuracy(), *each("type", KINDS)),
            follows="Yuliang-Liu/MultimodalOCR, OCRBench/example.py",
        ),
    },
    headline="score",
    beside=("accuracy",),
    size=1000,
    chance={"score": 0.0},
    best={"score": 1000.0},
    degenerate={"": {"score": 0.0, "accuracy": 0.0}},
    note="An answer only has to be held: long responses are credited easily.",
)

BENCHMARKS = (ocrbench,)
