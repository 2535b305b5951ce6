"""MMStar: 1,500 questions that cannot be answered without the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import one_of, text_of
from veridical.evaluate.labels import by_label, each, macro
from veridical.evaluate.measure import accuracy
from veridical.evaluate.tables import gold_letter, optional, tables_of
from veridical.grade.letters.first import mcq_mmstar
from veridical.grade.letters.grading import letters
from veridical.grade.letters.priority import mcq_priority_lmms
from veridical.grade.letters.vlm import mcq_vlm
from veridical.records.record import Record

CATEGORIES = ("coarse perception", "fine-grained perception", "instance reasoning", "logical reasoning", "math", "science & technology")
LETTERS = ("A", "B", "C", "D")
LETTER_ONLY = "\nAnswer with the option's letter from the given choices directly"


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the hub's Parquet file, or of rows in JSON lines or a table."""
    root = pictures_of(Path(path), media_root)
    tables = tables_of(mmstar, Path(path), "*mmstar*", "*MMStar*", "val*.parquet", "*/val*.parquet")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question, whose options stand in its text. Errors: BenchmarkError naming file, row and field."""
    name, question, finer = (text_of(row, field, file, number) for field in ("index", "question", "l2_category"))
    labels = {"category": one_of(row, "category", CATEGORIES, file, number), "l2_category": finer}
    gold = gold_letter(row, ("answer",), LETTERS, file, number)
    options = [str(optional(row, letter)) for letter in LETTERS] if optional(row, "A") else LETTERS
    return ask("mmstar", name, question, media([optional(row, "image")], root), gold, options, labels=labels, file=file, index=number - 1)


SPLIT = each("category", CATEGORIES)
MICRO = (accuracy(), macro("l2_macro", "l2_category"), *SPLIT)
FINER = (macro("accuracy", "l2_category"), accuracy("micro"), *SPLIT)

mmstar = Benchmark(
    name="mmstar",
    paper="arXiv:2403.20330",
    dimension="general",
    shape="multiple choice",
    files=(File("mmstar.parquet", "the hub's file: index, question, image, answer, category, l2_category"),),
    published="huggingface.co/datasets/Lin-Chen/MMStar; github.com/MMStar-Benchmark/MMStar",
    license="none stated",
    load=load,
    conventions={
        "official": Convention(by_label(letters(mcq_mmstar)), MICRO, LETTER_ONLY, "MMStar-Benchmark/MMStar, eval/vlmeval/evaluate/mmstar.py"),
        "vlm": Convention(by_label(letters(mcq_vlm)), MICRO, follows="VLMEvalKit without a judge"),
        "lmms": Convention(by_label(letters(mcq_priority_lmms("ABCD"))), FINER, LETTER_ONLY, "lmms-eval: the mean of 18 finer categories"),
    },
    headline="accuracy",
    size=1500,
    chance={"accuracy": 25.0},
    degenerate={"": {"accuracy": 0.0}},
    note="Answer it without pictures as well: what remains is leakage.",
)

BENCHMARKS = (mmstar,)
