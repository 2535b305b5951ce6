"""MME-RealWorld: small things in large pictures, with five options of which E is "not in the image"."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media, unlabelled
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import first_field, text_of, wrong
from veridical.evaluate.labels import by_label, each, macro
from veridical.evaluate.measure import accuracy, answer_ratio
from veridical.evaluate.tables import gold_letter, optional, tables_of
from veridical.grade.letters.first import mcq_first_letter_realworld, mcq_first_letter_realworld_repaired
from veridical.grade.letters.grading import letters
from veridical.grade.unparsed import read_as
from veridical.records.record import Record

TASKS = ("Perception", "Reasoning")
SUBTASKS = ("Monitoring", "OCR with Complex Context", "Diagram and Table", "Autonomous_Driving", "Remote Sensing")
ENGLISH = (
    "The choices are listed below:",
    "Select the best answer to the above multiple-choice question based on the image. Respond with only the letter (A, B, C, D, or E) of the correct option.\nThe best answer is:",
)
CHINESE = ("选项如下所示:", "根据图像选择上述多项选择题的最佳答案。只需回答正确选项的字母（A, B, C, D 或 E）。\n最佳答案为：")

Wording = tuple[str, str]
"""What stands before and behind the options."""


def loader(name: str, wording: Wording) -> Callable[[Path, Path | None], list[Record]]:
    """Reads the official JSON, or a table with base64 pictures."""

    def load(path: Path, media_root: Path | None = None) -> list[Record]:
        root = pictures_of(Path(path), media_root, "images")
        tables = tables_of(KNOWN[name], Path(path), "*.json", "*.jsonl", "*.tsv", "*.parquet")
        return [record(name, wording, row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]

    return load


def record(benchmark: str, wording: Wording, row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    name, question = (str(row[first_field(row, names, file, number)]) for names in (("Question_id", "index"), ("Text", "question")))
    published = choices(row, file, number)
    options = unlabelled(published)
    gold = gold_letter(row, ("Ground truth", "answer"), options, file, number)
    before, behind = wording
    text = "\n".join((f"{question} {before}", *published, behind))
    shown = media([row[first_field(row, ("Image", "image", "bytes"), file, number)]], root)
    return ask(benchmark, name, text, shown, gold, options, labels=labels_of(row, file, number), file=file, index=number - 1, license="CC BY-NC-SA 4.0")


def choices(row: dict[str, Any], file: Path, number: int) -> list[str]:
    """The five options as they are published, "(A) text". Errors: BenchmarkError."""
    name = first_field(row, ("Answer choices", "multi-choice options"), file, number)
    value = ast.literal_eval(row[name]) if isinstance(row[name], str) and row[name].startswith("[") else row[name]
    if not isinstance(value, list) or len(value) != 5:
        raise wrong(file, number, name, "a list of five options", row[name])
    return [str(one) for one in value]


def labels_of(row: dict[str, Any], file: Path, number: int) -> dict[str, str]:
    """Task, subtask and category; categories of attributes are one of their kind. In a table "category" holds task and category."""
    if "Task" in row:
        task, subtask, category = (text_of(row, field, file, number) for field in ("Task", "Subtask", "Category"))
    else:
        task, _, category = text_of(row, "category", file, number).partition("/")
        subtask = str(optional(row, "l2-category"))
    task = next((one for one in TASKS if one.lower() == task.lower()), "")
    if not task:
        raise wrong(file, number, "Task" if "Task" in row else "category", " or ".join(TASKS), row.get("Task", row.get("category")))
    lower = category.lower()
    finer = f"{lower.split('/')[0]}/attribute" if "attribute" in lower else lower
    return {"task": task, "subtask": subtask, "category": f"{task}/{subtask}/{finer}", "both": f"{task}/{subtask}"}


COUNTED = (accuracy(), macro("avg_c", "both"), *each("task", TASKS), *each("both", [f"{task}/{subtask}" for task in TASKS for subtask in SUBTASKS]), answer_ratio("E", "e_ratio"))


def realworld(name: str, wording: Wording, size: int, part: str) -> Benchmark:
    """One part of the benchmark."""
    official = letters(mcq_first_letter_realworld, read_as("A"))
    repaired = letters(mcq_first_letter_realworld_repaired)
    return Benchmark(
        name=name,
        paper="arXiv:2408.13257",
        dimension="general",
        shape="multiple choice",
        files=(File(f"{part}.json", "rows: Question_id, Image, Text, Answer choices, Ground truth, Task, Subtask, Category; or a table with base64 pictures"),),
        published=f"huggingface.co/datasets/yifanzhang114/{part}; github.com/MME-Benchmarks/MME-RealWorld",
        license="CC BY-NC-SA 4.0",
        load=loader(name, wording),
        conventions={
            "official": Convention(by_label(official), COUNTED, follows="MME-Benchmarks/MME-RealWorld, evaluation/eval_your_results.py: silence is read as A"),
            "vlm": Convention(by_label(repaired), COUNTED, follows="VLMEvalKit: lead-ins mended; silence is wrong"),
            "lmms": Convention(by_label(letters(mcq_first_letter_realworld_repaired, read_as("A"))), COUNTED, follows="lmms-eval: lead-ins mended; silence is read as A"),
        },
        headline="accuracy",
        beside=("avg_c", "e_ratio"),
        size=size,
        chance={"accuracy": 20.0},
        note="Avg-C is the unweighted mean of the subtasks of each task.",
    )


mme_realworld = realworld("mme_realworld", ENGLISH, 23609, "MME-RealWorld")
mme_realworld_cn = realworld("mme_realworld_cn", CHINESE, 5917, "MME-RealWorld-CN")
KNOWN = {one.name: one for one in (mme_realworld, mme_realworld_cn)}

BENCHMARKS = (mme_realworld, mme_realworld_cn)
