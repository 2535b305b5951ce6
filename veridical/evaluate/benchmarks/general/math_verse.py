"""MathVerse: the same problems with more or less of them in the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import mapping_of, one_of, text_of
from veridical.evaluate.judged import Ask, form, judged, unjudged
from veridical.evaluate.labels import by_label, each, is_labelled, labelled
from veridical.evaluate.measure import accuracy, where
from veridical.evaluate.tables import optional, tables_of
from veridical.grade.grade import Grade
from veridical.grade.letters.grading import gold_of
from veridical.records.record import Record

VERSIONS = ("Text Dominant", "Text Lite", "Vision Intensive", "Vision Dominant", "Vision Only")
TEXT_ONLY = "Text Only"
SUBJECTS = ("Plane Geometry", "Solid Geometry", "Functions")
EXTRACT = form(
    "extraction",
    "Below is what somebody wrote in reply to a problem of mathematics. Write down the final answer that it gives, and nothing else: the letter of an option, a number, "
    "or an expression. Write null where it gives none.\n\nReply:\n{response}\n\nFinal answer:",
    lambda text: text.strip() or None,
)
COMPARE = form(
    "equivalence",
    "Do these two answers to a problem mean the same? An option must be the very same option; numbers and expressions may be written differently, and a unit may be missing. "
    "Write 1 for yes and 0 for no, and nothing else.\n\nProblem:\n{question}\n\nStandard answer:\n{gold}\n\nAnswer to be judged:\n{said}\n\nJudgement:",
    lambda text: text.strip() if text.strip() in ("0", "1") else None,
)


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of testmini.json, or of the hub's file; with those of text alone where their file is there."""
    root = pictures_of(Path(path), media_root, "images")
    tables = tables_of(math_verse, Path(path), "testmini*.json", "testmini*.parquet", "*/testmini*.parquet")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One version of a problem. Errors: BenchmarkError naming file, row and field."""
    name, text, gold = (text_of(row, field, file, number) for field in ("sample_index", "query_wo", "answer"))
    version = one_of(row, "problem_version", (*VERSIONS, TEXT_ONLY), file, number)
    about = mapping_of(row, "metadata", file, number)
    labels = {"version": version, "subject": optional(about, "subject"), "subfield": optional(about, "subfield")}
    shown = media([optional(row, "image", None)] if version != TEXT_ONLY else [], root)
    facts = (("question", str(optional(row, "question_for_eval", optional(row, "question", text)))),)
    key = f"text_only/{name}" if version == TEXT_ONLY else name
    return ask("math_verse", key, text, shown, gold, labels=labels, facts=facts, source_id=name, file=file, index=number - 1, license="MIT")


def judging(ask: Ask, record: Record, response: str) -> Grade:
    """Two questions to the judge: which answer the response gives, and whether it is the right one."""
    said = ask(EXTRACT, response=response).strip() if response.strip() else "null"
    if said.lower() == "null":
        return labelled(lambda record, response: Grade(0.0, None, "no answer is given", {"unparsed": 1.0}))(record, response)
    question = next((fact.text for fact in record.facts if fact.kind == "question"), "")
    same = said == gold_of(record) or ask(COMPARE, question=question, gold=gold_of(record), said=said) == "1"
    return labelled(lambda record, response: Grade(float(same), said, f"read {said[:60]!r}"))(record, response)


def equal(record: Record, response: str) -> Grade:
    """The script's `quick_match`: the extraction is the answer, letter by letter."""
    said, gold = response.strip(), gold_of(record)
    return Grade(float(said == gold), said or None, f"read {said[:60]!r}, the answer is {gold!r}", {} if said else {"unparsed": 1.0})


COUNTED = (
    where(accuracy(), lambda row: not is_labelled(row, "version", TEXT_ONLY), "accuracy"),
    *(*each("version", (*VERSIONS, TEXT_ONLY)), *each("subject", SUBJECTS)),
)

math_verse = Benchmark(
    name="math_verse",
    paper="arXiv:2403.14624",
    dimension="general",
    shape="rubric judge",
    files=(
        File("testmini.json", "rows: sample_index, problem_version, image, answer, query_wo, metadata (subject, subfield)"),
        File("testmini_text_only.json", "the problems in words", needed=False),
        File("images/", "the pictures", needed=False),
    ),
    published="huggingface.co/datasets/AI4Math/MathVerse; github.com/ZrrSkywalker/MathVerse",
    license="MIT",
    load=load,
    conventions={
        "official": Convention(judged(judging, EXTRACT, COMPARE), (*COUNTED, unjudged()), follows="ZrrSkywalker/MathVerse in two steps with a judge; in other words than theirs"),
        "quick_match": Convention(by_label(equal), COUNTED, follows="score_answer_s2.py with quick_match: stored extractions, letter by letter, without a judge"),
    },
    headline="accuracy",
    beside=("unjudged",),
    size=3940,
    chance={"accuracy": 12.4},
    note="The accuracy is over the five versions with a picture. Responses to `query_wo`, the leaderboard's direct score.",
    reads=("extraction",),
)

BENCHMARKS = (math_verse,)
