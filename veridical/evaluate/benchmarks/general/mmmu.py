"""MMMU: college questions of thirty subjects, most with options, some open."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.answer_files import OF_A_SUBJECT, answer_rows
from veridical.evaluate.asking import LETTERS, ask, bracketed, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import text_of, wrong
from veridical.evaluate.labels import each, labelled
from veridical.evaluate.measure import accuracy
from veridical.evaluate.tables import gold_letter, optional, tables_of
from veridical.grade.grade import Grade, Grader
from veridical.grade.letters.grading import Reader, drawn, letters
from veridical.grade.letters.mmmu import mcq_mmmu, mcq_mmmu_lmms
from veridical.grade.letters.vlm import mcq_vlm
from veridical.grade.short.mmmu import golds, mmmu_open
from veridical.records.record import Record

DOMAINS = {
    "Art and Design": ("Art", "Art_Theory", "Design", "Music"),
    "Business": ("Accounting", "Economics", "Finance", "Manage", "Marketing"),
    "Science": ("Biology", "Chemistry", "Geography", "Math", "Physics"),
    "Health and Medicine": ("Basic_Medical_Science", "Clinical_Medicine", "Diagnostics_and_Laboratory_Medicine", "Pharmacy", "Public_Health"),
    "Humanities and Social Science": ("History", "Literature", "Sociology", "Psychology"),
    "Tech and Engineering": ("Agriculture", "Architecture_and_Engineering", "Computer_Science", "Electronics", "Energy_and_Power", "Materials", "Mechanical_Engineering"),
}
DOMAIN = {subject: domain for domain, subjects in DOMAINS.items() for subject in subjects}
ONE_LETTER = "Answer with the option's letter from the given choices directly."
SHORT = "Answer the question using a single word or phrase."
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""The text of an option that is not at hand: no response holds it."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the hub's validation files; else of answer_dict_val.json, with the options of stored SUBJECT/output.json; else of these alone."""
    path = Path(path)
    answers, outputs = path / "answer_dict_val.json", sorted(path.rglob(f"*/{OF_A_SUBJECT}"))
    if answers.is_file():
        return of_answers(answers, outputs)
    if outputs:
        return [stored(row, file, number) for file in outputs for number, row in enumerate(answer_rows(file), 1)]
    root = pictures_of(path, media_root)
    tables = tables_of(mmmu, path, "*/validation*.parquet", "validation*.parquet", "*.jsonl")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def of_answers(file: Path, outputs: Sequence[Path]) -> list[Record]:
    """Records of the published answers, by subject; their options are those that a stored output names."""
    options = {row["id"]: row.get("index2ans") for output in reversed(outputs) for row in answer_rows(output) if "id" in row}
    rows = sorted(enumerate(answer_rows(file), 1), key=lambda one: subject_of(str(one[1].get("record_id"))))
    full = [(number, {**row, "id": row.get("record_id"), "index2ans": options.get(row.get("record_id"))}) for number, row in rows]
    return [stored({**row, "answer": row.get("ground_truth")}, file, number) for number, row in full]


def subject_of(name: str) -> str:
    """Accounting of "validation_Accounting_1"."""
    return name.partition("_")[2].rpartition("_")[0]


def stored(row: dict[str, Any], file: Path, number: int) -> Record:
    """A record for grading alone, without question and pictures. Errors: BenchmarkError naming file, row and field."""
    chooses = text_of(row, "question_type", file, number) == "multiple-choice"
    options = list((optional(row, "index2ans", None) or dict.fromkeys(LETTERS[:10], UNKNOWN)).values()) if chooses else []
    return built(row, optional(row, "question"), options, (), file, number)


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question of the hub. Errors: BenchmarkError naming file, row and field."""
    chooses = text_of(row, "question_type", file, number) == "multiple-choice"
    options = listed(row, file, number) if chooses else []
    question = text_of(row, "question", file, number)
    text = f"{question}\n\n{bracketed(options)}\n\n{ONE_LETTER}" if chooses else f"{question}\n\n{SHORT}"
    return built(row, text, options, media([optional(row, f"image_{place}", None) for place in range(1, 8)], root), file, number)


def built(row: dict[str, Any], text: str, options: Sequence[str], shown: Sequence[Any], file: Path, number: int) -> Record:
    """The record of a row. Errors: BenchmarkError for an answer that is no option, and an id of no subject."""
    name = text_of(row, "id", file, number)
    subject = subject_of(name)
    if subject not in DOMAIN:
        raise wrong(file, number, "id", "split_SUBJECT_number with one of MMMU's thirty subjects", name)
    gold = gold_letter(row, ("answer",), options, file, number) if options else open_gold(row, file, number)
    labels = {"subject": subject, "domain": DOMAIN[subject]}
    return ask("mmmu", name, text, shown, gold, options, labels=labels, split=name.partition("_")[0], file=file, index=number - 1, license="Apache-2.0")


def listed(row: dict[str, Any], file: Path, number: int) -> list[str]:
    """Options, a list or a text that holds one. Errors: BenchmarkError."""
    value = row.get("options")
    try:
        found = ast.literal_eval(value) if isinstance(value, str) else value
    except (ValueError, SyntaxError):
        found = None
    if not isinstance(found, list) or not found:
        raise wrong(file, number, "options", "a list of texts", value)
    return [str(one) for one in found]


def open_gold(row: dict[str, Any], file: Path, number: int) -> str:
    """A short answer; several as a JSON list. Errors: BenchmarkError."""
    value = row.get("answer")
    if isinstance(value, str) and value.startswith("["):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return str(value)
    return json.dumps([str(one) for one in value]) if isinstance(value, list) else text_of(row, "answer", file, number)


def graded_by(choosing: Grader, opening: Grader) -> Grader:
    """One grader for questions with options, one for those without."""
    return labelled(lambda record, response: (choosing if record.answer and record.answer.choices else opening)(record, response))


def with_draws(reader: Reader, seed: int) -> Grader:
    """A rule whose unread letters are drawn."""
    return graded_by(letters(reader, fallback=drawn(seed)), mmmu_open)


def official(data: Path, records: Sequence[Record], seed: int = 42) -> Grader:
    """MMMU's rules; a letter that cannot be read is drawn, one stream for all questions in their order."""
    return with_draws(mcq_mmmu, seed)


def lmms(data: Path, records: Sequence[Record], seed: int = 42) -> Grader:
    """lmms-eval's rule for letters; open questions by MMMU's rule, which its snapshot breaks."""
    return with_draws(mcq_mmmu_lmms, seed)


def open_as_choice(record: Record, response: str) -> Grade:
    """VLMEvalKit's open question: A is the answer, B is "Other Answers"."""
    accepted = golds(record.answer.value if record.answer else "")
    found = mcq_vlm(response, {"A": accepted[0] if len(accepted) == 1 else str(accepted), "B": "Other Answers"})
    return Grade(float(found == "A"), found, f"read {found}", {} if found else {"unparsed": 1.0})


def vlm(data: Path, records: Sequence[Record]) -> Grader:
    """VLMEvalKit's rule, without a judge."""
    return graded_by(letters(mcq_vlm), open_as_choice)


COUNTED = (accuracy(), *each("domain", DOMAINS), *each("subject", DOMAIN))

mmmu = Benchmark(
    name="mmmu",
    paper="arXiv:2311.16502",
    dimension="general",
    shape="multiple choice, open answer",
    files=(
        File("SUBJECT/validation-*.parquet", "the hub's files: id, question, options, answer, question_type, image_1 to image_7", needed=False),
        File("answer_dict_val.json", "an object by id: question_type, ground_truth; enough for stored outputs", needed=False),
        File("SUBJECT/output.json", "stored outputs with all_choices and index2ans, from which options are known", needed=False),
    ),
    published="huggingface.co/datasets/MMMU/MMMU; github.com/MMMU-Benchmark/MMMU, mmmu",
    license="Apache-2.0",
    load=load,
    conventions={
        "official": Convention(official, COUNTED, follows="MMMU-Benchmark/MMMU, mmmu/main_parse_and_eval.py; unread letters are drawn with seed 42"),
        "vlm": Convention(vlm, COUNTED, follows="VLMEvalKit without a judge: an open question is a choice between its answer and others"),
        "lmms": Convention(lmms, COUNTED, follows="lmms-eval's rule for letters; its open questions can never be right in the snapshot, here they are graded officially"),
    },
    headline="accuracy",
    size=900,
    chance={"accuracy": 24.7},
    note="Validation split. Unparsed letters are drawn, which gives about a quarter of them: read the number of unparsed beside the accuracy.",
)

BENCHMARKS = (mmmu,)
