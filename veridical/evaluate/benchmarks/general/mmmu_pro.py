"""MMMU-Pro: MMMU with ten options, or with the question in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, bracketed, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.benchmarks.general.mmmu import DOMAIN, DOMAINS, ONE_LETTER, listed
from veridical.evaluate.fields import text_of
from veridical.evaluate.labels import by_label, each, labelled
from veridical.evaluate.measure import accuracy
from veridical.evaluate.tables import gold_letter, optional, tables_of
from veridical.grade.grade import Grader
from veridical.grade.letters.grading import drawn, letters
from veridical.grade.letters.mmmu import mcq_mmmu_pro
from veridical.grade.letters.vlm import mcq_vlm
from veridical.records.record import Record

TEN = tuple("ABCDEFGHIJ")
"""Letters of answers: one published question lists its three options as one, and cannot be right."""
VISION = (
    "Answer with the option letter from the given choices directly. The last line of your response should be of the following format: "
    "'Answer: $LETTER' (without quotes) where LETTER is one of options."
)


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the hub's files of one setting (standard with ten options, or vision), or of an official output file."""
    root = pictures_of(Path(path), media_root)
    tables = tables_of(mmmu_pro, Path(path), "test*.parquet", "*.jsonl")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    name, subject = text_of(row, "id", file, number), text_of(row, "subject", file, number)
    options = listed(row, file, number)
    gold = gold_letter(row, ("answer",), TEN, file, number)
    question = optional(row, "question")
    text = f"{question}\n{bracketed(options)}\n{ONE_LETTER}" if question else VISION
    pictures = [optional(row, "image", None), *(optional(row, f"image_{place}", None) for place in range(1, 8))]
    labels = {"subject": subject, "domain": DOMAIN.get(subject, "")}
    return ask("mmmu_pro", name, text, media(pictures, root), gold, options, labels=labels, file=file, index=number - 1, license="Apache-2.0")


def official(data: Path, records: Sequence[Record], seed: int = 42) -> Grader:
    """MMMU-Pro's rule; a letter that cannot be read is drawn, one stream for all questions in their order. The official script has no seed."""
    return labelled(letters(mcq_mmmu_pro, fallback=drawn(int(seed))))


COUNTED = (accuracy(), *each("domain", DOMAINS), *each("subject", DOMAIN))

mmmu_pro = Benchmark(
    name="mmmu_pro",
    paper="arXiv:2409.02813",
    dimension="general",
    shape="multiple choice",
    files=(File("test-*.parquet", "the hub's files of one setting: id, options, answer, subject, and question with image_1 to image_7, or image alone"),),
    published="huggingface.co/datasets/MMMU/MMMU_Pro; github.com/MMMU-Benchmark/MMMU, mmmu-pro",
    license="Apache-2.0",
    load=load,
    conventions={
        "official": Convention(official, COUNTED, follows="MMMU-Benchmark/MMMU, mmmu-pro/evaluate.py; unread letters are drawn"),
        "vlm": Convention(by_label(letters(mcq_vlm)), COUNTED, follows="VLMEvalKit without a judge"),
    },
    headline="accuracy",
    size=1730,
    chance={"accuracy": 12.8},
    note="Of each of the two settings 1,730 questions; papers quote the mean of both.",
)

BENCHMARKS = (mmmu_pro,)
