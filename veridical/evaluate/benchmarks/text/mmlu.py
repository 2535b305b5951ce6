"""MMLU: multiple choice in 57 subjects, with five solved questions in front of each, or none."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, pointed
from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File
from veridical.evaluate.benchmarks.text.mmlu_subjects import CATEGORIES, SUBJECTS
from veridical.evaluate.fields import one_of, text_of, texts_of, wrong
from veridical.evaluate.judged import fact
from veridical.evaluate.labels import by_label, each, macro
from veridical.evaluate.measure import accuracy, mean
from veridical.evaluate.rewarded import by_numbers
from veridical.evaluate.tables import gold_letter, tables_of
from veridical.grade.letters.grading import letters
from veridical.grade.letters.mmlu import mcq_leading
from veridical.grade.letters.priority import mcq_priority_lmms
from veridical.records.record import Part, Record, Response, text_parts

LETTERS = ("A", "B", "C", "D")
SHOTS = 5
LETTER_ONLY = "\nAnswer with the option's letter from the given choices directly."
Rows = list[tuple[Path, int, dict[str, Any]]]
"""(file, its row's number, the row)."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the test part, with the dev part's questions as what may stand in front. The authors' folders of tables, or the hub's Parquet files."""
    path = Path(path)
    read = of_tables if any(path.glob("test/*_test.csv")) else of_hub
    solved: dict[str, list[str]] = defaultdict(list)
    for file, number, row in read(path, "dev"):
        subject, text, gold = parsed(row, file, number)[:3]
        solved[subject].append(f"{text} {gold}\n\n")
    return [record(row, file, number, solved) for file, number, row in read(path, "test")]


def of_tables(path: Path, part: str) -> Rows:
    """Rows of PART/SUBJECT_PART.csv, which have no header. Errors: BenchmarkError naming file and row."""
    found: Rows = []
    for file in sorted((path / part).glob(f"*_{part}.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            for number, cells in enumerate(csv.reader(stream), 1):
                if len(cells) != len(LETTERS) + 2:
                    raise BenchmarkError(f"{file}, row {number}: expected question, four options and the answer, found {len(cells)} cells")
                found.append((file, number, {"subject": file.name.removesuffix(f"_{part}.csv"), "question": cells[0], "choices": cells[1:-1], "answer": cells[-1]}))
    return found


def of_hub(path: Path, part: str) -> Rows:
    """Rows of the hub's files of one part; the dev part may be absent. Errors: BenchmarkError."""
    if part == "dev" and (path.is_file() or not any(file for pattern in patterns("dev") for file in path.glob(pattern))):
        return []
    return [(file, number, row) for file, rows in tables_of(mmlu, path, *patterns(part)) for number, row in enumerate(rows, 1)]


def patterns(part: str) -> tuple[str, ...]:
    """Names of the hub's files of a part."""
    return (f"{part}*.parquet", f"*/{part}*.parquet", f"{part}*.jsonl")


def parsed(row: dict[str, Any], file: Path, number: int) -> tuple[str, str, str, list[str]]:
    """(subject, question with options and "Answer:", letter, options). Errors: BenchmarkError naming file, row and field."""
    subject, options = one_of(row, "subject", SUBJECTS, file, number), texts_of(row, "choices", file, number)
    if len(options) != len(LETTERS):
        raise wrong(file, number, "choices", "four options", options)
    text = f"{text_of(row, 'question', file, number)}\n{pointed(options)}\nAnswer:"
    return subject, text, gold_letter(row, ("answer",), options, file, number), options


def record(row: dict[str, Any], file: Path, number: int, solved: dict[str, list[str]]) -> Record:
    """One question."""
    subject, text, gold, options = parsed(row, file, number)
    shots = [("shots", "".join(solved[subject][:SHOTS]))] if solved[subject] else []
    name = f"{subject}/{number if file.suffix == '.csv' else f'{file.parent.name}-{number}'}"
    labels = {"subject": subject, "category": SUBJECTS[subject]}
    return ask("mmlu", name, text, (), gold, options, labels=labels, facts=shots, split=subject, file=file, index=number - 1, license="MIT")


def headed(space: str, shots: bool) -> Callable[[Record], Record]:
    """A record as it is asked: the heading, solved questions, the question. `space` stands before the subject's name: the authors' program writes two."""

    def asks(record: Record) -> Record:
        start = f"The following are multiple choice questions (with answers) about{space}{record.split.replace('_', ' ')}.\n\n"
        if shots and not any(one.kind == "shots" for one in record.facts):
            advice = "put the dev part beside the test part, or choose the convention zero_shot"
            raise BenchmarkError(f"record {record.record_id}: there are no solved questions of {record.split}; {advice}")
        text = f"{start}{fact(record, 'shots') if shots else ''}{record.prompt_text}"
        return record.replace(prompt=(record.prompt[0].replace(parts=(Part(text=text),)),))

    return asks


def cloze(record: Record) -> Record:
    """A record as one that asks the question alone, with the options as candidate responses."""
    options = record.answer.choices
    asked = record.prompt_text.removesuffix(f"\n{pointed(options)}\nAnswer:")
    said = tuple(Response(response_id=letter, parts=text_parts(option), rank=1 if letter == record.answer.value else 2) for letter, option in zip(LETTERS, options))
    return record.replace(prompt=(record.prompt[0].replace(parts=text_parts(asked)),), responses=said)


LEADING = by_label(letters(mcq_leading))
COUNTED = (
    accuracy(), macro("macro", "subject"), *each("category", CATEGORIES), *each("subject", SUBJECTS), mean("words", lambda row: float(len(row.response.split())), "", "words"),
)  # fmt: skip

mmlu = Benchmark(
    name="mmlu",
    paper="arXiv:2009.03300",
    dimension="text",
    shape="multiple choice",
    files=(
        File("test/SUBJECT_test.csv", "a table without header for each of 57 subjects: question, A, B, C, D, answer; or the hub's all/test*.parquet"),
        File("dev/SUBJECT_dev.csv", "five solved questions of each subject; or the hub's all/dev*.parquet", needed=False),
    ),
    published="github.com/hendrycks/test; huggingface.co/datasets/cais/mmlu",
    license="MIT",
    load=load,
    conventions={
        "official": Convention(LEADING, COUNTED, asks=headed("  ", True), follows="hendrycks/test, evaluate.py: five solved questions; the letter that comes next"),
        "lm_eval": Convention(LEADING, COUNTED, asks=headed(" ", True), follows="lm-evaluation-harness, tasks/mmlu/default, which also takes spaces off a question's ends"),
        "zero_shot": Convention(
            by_label(letters(mcq_priority_lmms("ABCD"))),
            COUNTED,
            LETTER_ONLY,
            asks=headed(" ", False),
            follows="ours: no solved question, an answer in words is read as lmms-eval reads letters",
        ),
        "cloze": Convention(
            by_label(by_numbers()),
            COUNTED,
            asks=cloze,
            follows="ours: the question alone; a response is a JSON list of how likely each option's text is as the answer, and the likeliest one counts",
        ),
    },
    headline="accuracy",
    beside=("macro",),
    size=14042,
    chance={"accuracy": 25.0, "macro": 25.0, **{f"category.{name}": 25.0 for name in CATEGORIES}},
    degenerate={"": {"accuracy": 0.0, "macro": 0.0}},
    note='The published number is the accuracy over all questions; others quote macro, the mean over subjects. A response may be an object of log-probabilities, {"A": -0.1, ...}.',
)

BENCHMARKS = (mmlu,)
