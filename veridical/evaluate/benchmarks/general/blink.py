"""BLINK: what people see within a blink, as multiple choice over one to four pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.evaluate.asking import LETTERS, ask, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import text_of, wrong
from veridical.evaluate.labels import by_label, each
from veridical.evaluate.measure import accuracy, mean_of
from veridical.evaluate.tables import gold_letter, optional, tables_of
from veridical.grade.letters.first import mcq_blink_lmms, mcq_bracketed
from veridical.grade.letters.grading import Options, letters
from veridical.grade.letters.vlm import mcq_vlm
from veridical.records.record import Record

SUBTASKS = (
    *("Art_Style", "Counting", "Forensic_Detection", "Functional_Correspondence", "IQ_Test", "Jigsaw", "Multi-view_Reasoning", "Object_Localization"),
    *("Relative_Depth", "Relative_Reflectance", "Semantic_Correspondence", "Spatial_Relation", "Visual_Correspondence", "Visual_Similarity"),
)
UNKNOWN = ("",) * 4
"""Options of a question of which only the answer is at hand."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the hub's files, one folder or file per subtask; else of val_answers.json alone, an object from id to "(A)", for stored predictions."""
    path = Path(path)
    answers = path / "val_answers.json"
    if not any(path.glob("*/val*")) and answers.is_file():
        path = answers
    root = pictures_of(path, media_root)
    return [record(row, file, number, root) for file, rows in tables_of(blink, path, "*/val*.parquet", "*/val*.jsonl", "val*.jsonl") for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    if row.keys() == {"record_id", "response"}:
        row = {"idx": row["record_id"], "answer": row["response"]}
    name = text_of(row, "idx", file, number)
    options = [str(one) for one in optional(row, "choices", UNKNOWN)]
    gold = gold_letter(row, ("answer",), options, file, number)
    subtask = name.partition("_")[2].rpartition("_")[0]
    if subtask not in SUBTASKS:
        raise wrong(file, number, "idx", f"val_SUBTASK_NUMBER with a subtask of {', '.join(SUBTASKS)}", name)
    shown = media([optional(row, f"image_{place}", None) for place in range(1, 5)], root)
    text = optional(row, "prompt", optional(row, "question"))
    return ask("blink", name, text, shown, gold, options, labels={"subtask": subtask}, file=file, index=number - 1, license="Apache-2.0")


def official(text: str, options: Options) -> str | None:
    """The bracketed letter of a stored prediction; in a whole response what VLMEvalKit's rule finds, since no language model matches it."""
    known = {letter: option for letter, option in options.items() if option}
    return mcq_bracketed(text, options) or (mcq_vlm(text, known) if known else text.strip() if text.strip() in LETTERS[: len(options)] and text.strip() else None)


SPLIT = each("subtask", SUBTASKS)
MACRO = (mean_of("accuracy", SPLIT), accuracy("micro"), *SPLIT)
MICRO = (accuracy(), mean_of("macro", SPLIT), *SPLIT)

blink = Benchmark(
    name="blink",
    paper="arXiv:2404.12390",
    dimension="general",
    shape="multiple choice",
    files=(
        File("SUBTASK/val-*.parquet", "the hub's files: idx, question, image_1 to image_4, choices, answer, prompt", needed=False),
        File("val_answers.json", "an object from id to \"(A)\", enough for stored predictions", needed=False),
    ),
    published="huggingface.co/datasets/BLINK-Benchmark/BLINK; github.com/zeyofu/BLINK_Benchmark, eval",
    license="Apache-2.0",
    load=load,
    conventions={
        "official": Convention(by_label(letters(official)), MACRO, follows="zeyofu/BLINK_Benchmark, eval/evaluate.py: the mean of 14 subtasks; no language model matches"),
        "vlm": Convention(by_label(letters(mcq_vlm)), MICRO, follows="VLMEvalKit without a judge: all questions alike"),
        "lmms": Convention(by_label(letters(mcq_blink_lmms)), MICRO, follows="lmms-eval: the first letter of the response"),
    },
    headline="accuracy",
    size=1901,
    chance={"accuracy": 38.1},
    degenerate={"": {"accuracy": 0.0, "micro": 0.0}},
    note="The official script lets GPT-3.5 find the letter first and stores it as \"(A)\"; such predictions are scored as they are.",
)

BENCHMARKS = (blink,)
