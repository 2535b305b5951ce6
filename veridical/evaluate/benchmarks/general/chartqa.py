"""ChartQA: questions about charts, written by people and made by machine; numbers may be five percent off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media
from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, pictures_of
from veridical.evaluate.fields import first_field, wrong
from veridical.evaluate.labels import by_label, each
from veridical.evaluate.measure import accuracy, mean_of
from veridical.evaluate.tables import optional, tables_of
from veridical.grade.short.relaxed import relaxed
from veridical.records.record import Record

KINDS = ("human", "augmented")


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of test_human.json and test_augmented.json, or of the hub's rows with a type."""
    root = pictures_of(Path(path), media_root, "png")
    tables = tables_of(chartqa, Path(path), "test_human.json", "test_augmented.json", "test*.parquet", "*/test*.parquet")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    kind = next((one for one in KINDS if one in f"{optional(row, 'type')} {file.stem}"), "")
    if not kind:
        raise BenchmarkError(f"{file}, row {number}: has no type; expected human_test or augmented_test, or a file named test_human or test_augmented")
    question = row[first_field(row, ("query", "question"), file, number)]
    gold = row[first_field(row, ("label", "answer"), file, number)]
    if isinstance(gold, list):
        gold = json.dumps([str(one) for one in gold])
    if not isinstance(question, str) or not str(gold).strip():
        raise wrong(file, number, "label", "an answer", gold)
    shown = media([optional(row, "imgname", optional(row, "image"))], root)
    return ask("chartqa", f"{kind}/{number}", question, shown, str(gold), labels={"type": kind}, split=kind, file=file, index=number - 1, license="GPL-3.0")


SPLIT = each("type", KINDS)
COUNTED = (mean_of("accuracy", SPLIT), *SPLIT)

chartqa = Benchmark(
    name="chartqa",
    paper="arXiv:2203.10244",
    dimension="general",
    shape="numeric",
    files=(File("test_human.json", "rows: imgname, query, label"), File("test_augmented.json", "the same"), File("png/", "the pictures", needed=False)),
    published="github.com/vis-nlp/ChartQA; huggingface.co/datasets/lmms-lab/ChartQA",
    license="GPL-3.0",
    load=load,
    conventions={
        "official": Convention(by_label(relaxed()), COUNTED, follows="Pix2Struct's relaxed accuracy; the authors' own scorer was not compared"),
        "vlm": Convention(by_label(relaxed(strip=True)), COUNTED, "\nAnswer the question using a single word or phrase.", "VLMEvalKit"),
        "lmms": Convention(by_label(relaxed()), COUNTED, "\nAnswer the question with a single word.", "lmms-eval"),
    },
    headline="accuracy",
    size=2500,
    chance={"accuracy": 0.0},
    degenerate={"": {"accuracy": 0.0}},
)

BENCHMARKS = (chartqa,)
