"""Mantis-Eval: 217 questions over several pictures, with options or open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media, unlabelled
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import one_of, text_of, texts_of, wrong
from veridical.evaluate.labels import by_label, each
from veridical.evaluate.measure import accuracy
from veridical.evaluate.tables import optional, tables_of
from veridical.grade.letters.texts import mantis
from veridical.records.record import Record

KINDS = ("multi-choice", "short-answer")
LETTER_ONLY = "\nAnswer with the option's letter from the given choices directly."
ANALYSIS = 'You can first give your analysis, and then give your final answer as "Final Answer:"'


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the hub's test rows."""
    root = pictures_of(Path(path), media_root, "images")
    tables = tables_of(mantis_eval, Path(path), "test*.parquet", "*/test*.parquet", "test*.json", "*.jsonl")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    name, question, answer = (text_of(row, field, file, number) for field in ("id", "question", "answer"))
    kind = one_of(row, "question_type", KINDS, file, number)
    published = texts_of(row, "options", file, number) if kind == KINDS[0] else []
    options = unlabelled(published)
    gold = answer.strip("()\n ")
    if published:
        gold = next((sign for sign in gold if sign.isalpha()), "").upper()
        if not gold or gold not in "ABCDEFGHIJ"[: len(options)]:
            raise wrong(file, number, "answer", "the letter of an option", answer)
    asked = "\n".join((question, *published)) + LETTER_ONLY if published else f"Given the images, answer the following short answer vqa question:\nQ: {question}\n{ANALYSIS}"
    shown = media(optional(row, "images", ()), root)
    return ask("mantis_eval", name, asked, shown, gold, options, labels={"question_type": kind}, file=file, index=number - 1, license="Apache-2.0")


mantis_eval = Benchmark(
    name="mantis_eval",
    paper="arXiv:2405.01483",
    dimension="general",
    shape="multiple choice, open answer",
    files=(File("test.parquet", "the hub's file: id, question_type, question, images, options, answer"),),
    published="huggingface.co/datasets/TIGER-Lab/Mantis-Eval",
    license="Apache-2.0",
    load=load,
    conventions={"official": Convention(by_label(mantis), (accuracy(), *each("question_type", KINDS)), follows="TIGER-AI-Lab/Mantis, mantis/benchmark/eval.py")},
    headline="accuracy",
    size=217,
    degenerate={"": {"accuracy": 0.0}},
    note="A short answer must be the published one, whatever its case.",
)

BENCHMARKS = (mantis_eval,)
