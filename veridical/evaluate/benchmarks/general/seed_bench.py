"""SEED-Bench: multiple choice over pictures and videos, in twelve dimensions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media, pointed
from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, pictures_of
from veridical.evaluate.fields import one_of, text_of
from veridical.evaluate.labels import by_label, each, is_labelled
from veridical.evaluate.measure import accuracy, where
from veridical.evaluate.tables import gold_letter, optional, table
from veridical.grade.letters.first import mcq_exact, mcq_first_character
from veridical.grade.letters.grading import letters
from veridical.grade.letters.vlm import mcq_vlm
from veridical.records.record import Record

DIMENSIONS = (
    *("Scene Understanding", "Instance Identity", "Instance Attributes", "Instance Location", "Instances Counting", "Spatial Relation", "Instance Interaction"),
    *("Visual Reasoning", "Text Understanding", "Action Recognition", "Action Prediction", "Procedure Understanding"),
)
CHOICES = ("choice_a", "choice_b", "choice_c", "choice_d")
LETTER_ONLY = "\nAnswer with the option's letter from the given choices directly."


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of SEED-Bench.json: an object whose `questions` are the rows."""
    path = Path(path)
    file = path if path.is_file() else path / "SEED-Bench.json"
    if not file.is_file():
        raise BenchmarkError(f"{file}: no such file. {seed_bench.how_to_get}")
    root = pictures_of(file, media_root, "SEED-Bench-image")
    return [record(row, file, number, root) for number, row in enumerate(questions(file), 1)]


def questions(file: Path) -> Iterable[dict[str, Any]]:
    """The rows under "questions", or the rows of a plain list."""
    rows = table(file)
    inner = next((row["response"] for row in rows if row.get("record_id") == "questions"), None)
    return inner if isinstance(inner, list) else rows


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    name, question, shown = (text_of(row, field, file, number) for field in ("question_id", "question", "data_id"))
    options = [text_of(row, field, file, number) for field in CHOICES]
    kind = one_of(row, "data_type", ("image", "video"), file, number)
    place = int(optional(row, "question_type_id", 0))
    labels = {"data_type": kind, "dimension": DIMENSIONS[place - 1] if 1 <= place <= len(DIMENSIONS) else ""}
    gold = gold_letter(row, ("answer",), options, file, number)
    pictures = media([shown], root, "video" if kind == "video" else "image")
    return ask("seed_bench", name, f"{question}\n{pointed(options)}{LETTER_ONLY}", pictures, gold, options, labels=labels, file=file, index=number - 1, license="CC BY-NC 4.0")


COUNTED = (
    accuracy(),
    where(accuracy(), lambda row: is_labelled(row, "data_type", "image"), "image"),
    where(accuracy(), lambda row: is_labelled(row, "data_type", "video"), "video"),
    *each("dimension", DIMENSIONS),
)

seed_bench = Benchmark(
    name="seed_bench",
    paper="arXiv:2307.16125",
    dimension="general",
    shape="multiple choice",
    files=(File("SEED-Bench.json", '"questions": question_id, question, choice_a to choice_d, answer, data_type, data_id, question_type_id'),),
    published="huggingface.co/datasets/AILab-CVC/SEED-Bench",
    license="CC BY-NC 4.0",
    load=load,
    conventions={
        "official": Convention(by_label(letters(mcq_exact)), COUNTED, follows="haotian-liu/LLaVA, which writes a letter; the authors rank the options by likelihood instead"),
        "vlm": Convention(by_label(letters(mcq_vlm)), COUNTED, follows="VLMEvalKit's SEEDBench_IMG without a judge"),
        "lmms": Convention(by_label(letters(mcq_first_character)), COUNTED, follows="lmms-eval: the first character"),
    },
    headline="accuracy",
    size=19242,
    chance={"accuracy": 25.0, "image": 25.0, "video": 25.0},
    degenerate={"": {"accuracy": 0.0}},
    note='"SEED" in tables is the accuracy, "SEED-IMG" is image. Ranking by likelihood, as the authors do, differs by several points.',
)

BENCHMARKS = (seed_bench,)
