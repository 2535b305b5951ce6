"""AMBER: descriptions without judge (what is named and not there), and yes/no questions on existence, attributes and relations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, pictures_of, question, rows_of, value_of
from veridical.evaluate.measure import Measure, accuracy, combination, in_parts, mean, mean_of, part, per_row, quotient
from veridical.grade.amber import amber_caption, read_vocabulary
from veridical.grade.grade import Grade, Grader
from veridical.grade.nouns import find_similarity, find_tagger
from veridical.grade.unparsed import WRONG
from veridical.grade.yes_no import Parser, yes_no, yn_amber, yn_amber_lmms, yn_vlm
from veridical.records.record import Answer, Record
from veridical.records.result import Row

PARTS = {
    "generative": "generative",
    "discriminative-hallucination": "existence",
    "discriminative-attribute-state": "state",
    "discriminative-attribute-number": "number",
    "discriminative-attribute-action": "action",
    "discriminative-relation": "relation",
    "relation": "relation",
}
"""AMBER's types and the part of the benchmark that each is; both names of relations are one."""
ATTRIBUTES = ("state", "number", "action")
QUESTIONS = ("existence", *ATTRIBUTES, "relation")
START = 0.001
"""What AMBER's scorer starts each denominator with."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of a folder with annotations.json and query_all.json, or query_generative.json and query_discriminative.json, or of one query file."""
    path = Path(path)
    folder = path if path.is_dir() else path.parent
    truths = {value_of(row, "id", folder / "annotations.json", number): row for number, row in enumerate(rows_of(folder / "annotations.json"), 1)}
    pictures = pictures_of(folder, media_root, "image", "images")
    return [asked(row, truths, file, number, pictures) for file in query_files(path) for number, row in enumerate(rows_of(file), 1)]


def query_files(path: Path) -> list[Path]:
    """The query files to read."""
    if path.is_file():
        return [path]
    if (path / "query_all.json").is_file():
        return [path / "query_all.json"]
    found = [file for name in ("generative", "discriminative") if (file := path / f"query_{name}.json").is_file()]
    if not found:
        raise BenchmarkError(f"{path}: no query_all.json, query_generative.json or query_discriminative.json; {amber.how_to_get}")
    return found


def asked(row: dict[str, Any], truths: dict[Any, dict[str, Any]], file: Path, number: int, pictures: Path) -> Record:
    """The record of one query."""
    name, image, text = (value_of(row, field, file, number) for field in ("id", "image", "query"))
    truth = value_of(truths, name, file.parent / "annotations.json", number) if name in truths else None
    if truth is None or truth.get("type") not in PARTS:
        raise BenchmarkError(f"{file}, row {number}, id {name}: annotations.json has no such id with a known type; take both files from one release")
    kind = PARTS[truth["type"]]
    common = {"split": kind, "source_id": str(name), "file": file, "index": number - 1, "license": "Apache-2.0"}
    if kind == "generative":
        facts = [("object", word) for word in truth["truth"]] + [("imagined", word) for word in truth["hallu"]]
        return question("amber", f"{kind}/{name}", text, pictures / image, facts=facts, **common)
    return question("amber", f"{kind}/{name}", text, pictures / image, gold=Answer(type="yes_no", value=truth["truth"]), **common)


def grader(parser: Parser) -> Callable[..., Grader]:
    """A factory for AMBER's grader with a rule for yes and no; the tools for nouns are opened only when descriptions are graded."""

    def grade(data: Path, records: Sequence[Record], tagger: str = "nltk", similarity: str = "spacy") -> Grader:
        answers = yes_no(parser, WRONG)
        if all(record.answer for record in records):
            return answers
        vocabulary = read_vocabulary(data if data.is_dir() else data.parent)
        captions = amber_caption(vocabulary, find_tagger(tagger), find_similarity(similarity))

        def either(record: Record, response: str) -> Grade:
            return answers(record, response) if record.answer else captions(record, response)

        return either

    return grade


def rounded(top: np.ndarray, bottom: np.ndarray, start: float = START) -> np.ndarray:
    """AMBER's percentage: 100 · top / (bottom + start), to one decimal."""
    return np.round(100 * np.asarray(top) / (np.asarray(bottom) + start), 1)


def of_counts(name: str, top: str, bottom: str, better: str) -> Measure:
    """A rate over the descriptions, as AMBER rounds it."""

    def count(row: Row) -> tuple[float, float] | None:
        return (row.counts[top], row.counts[bottom]) if part(row) == "generative" else None

    return Measure(name, per_row(count, 2), lambda sums: rounded(sums[..., 0], sums[..., 1]), better)


def hallucinating() -> Measure:
    """Hal: the share of descriptions that name something that is not there."""

    def count(row: Row) -> tuple[float, float] | None:
        return (float(row.counts["hallucinated"] == 0), 1.0) if part(row) == "generative" else None

    return Measure("hal", per_row(count, 2), lambda sums: np.round(100 - 100 * sums[..., 0] / (sums[..., 1] + START), 1), "lower")


def questioned(name: str, start: float, value: Callable[[np.ndarray, float], np.ndarray]) -> Measure:
    """A rate over the questions; the positive class is no. Sums: right, all, right no, said no, true no."""

    def count(row: Row) -> tuple[float, ...] | None:
        if part(row) not in QUESTIONS:
            return None
        said, true = row.answer == "no", row.gold == "no"
        return float(row.answer == row.gold), 1.0, float(said and true), float(said), float(true)

    return Measure(name, per_row(count, 5), lambda sums: value(sums, start))


def harmonic(sums: np.ndarray, start: float, more: float) -> np.ndarray:
    """F1 from the rounded precision and recall, with AMBER's small term against division by zero."""
    precision, recall = rounded(sums[..., 2], sums[..., 3], start) / 100, rounded(sums[..., 2], sums[..., 4], start) / 100
    return np.round(100 * 2 * precision * recall / (precision + recall + more), 1)


def four(start: float = START, more: float = 0.0001) -> tuple[Measure, ...]:
    """Accuracy, precision, recall and F1 of saying no."""
    return (
        questioned("accuracy", start, lambda sums, start: rounded(sums[..., 0], sums[..., 1], start)),
        questioned("precision", start, lambda sums, start: rounded(sums[..., 2], sums[..., 3], start)),
        questioned("recall", start, lambda sums, start: rounded(sums[..., 2], sums[..., 4], start)),
        questioned("f1", start, lambda sums, start: harmonic(sums, start, more)),
    )


def no_ratio() -> Measure:
    """Share of the questions answered no: existence is always no, so a model that only says no looks good there."""
    return Measure("no_ratio", questioned("", 0, rounded).tally, lambda sums: 100 * quotient(sums[..., 3], sums[..., 1]), "")


DESCRIBED = (
    of_counts("chair", "hallucinated", "nouns", "lower"),
    of_counts("cover", "covered", "true", "higher"),
    hallucinating(),
    of_counts("cog", "imagined", "targets", "lower"),
)
LENGTH = mean("words", lambda row: row.counts["words"] if part(row) == "generative" else None, "", "words")
ASKED = (
    *four(),
    *(in_parts(one, "existence") for one in four(more=0.001)),
    *(in_parts(one, *ATTRIBUTES, name=f"attribute.{one.name}") for one in four(3 * START)),
    *(in_parts(one, name) for name in (*ATTRIBUTES, "relation") for one in four()),
    no_ratio(),
)


def score_of(chair: np.ndarray, f1: np.ndarray) -> np.ndarray:
    """AMBER Score: (100 − CHAIR + F1) / 2."""
    return (100 - chair + f1) / 2


def score_in_steps(chair: np.ndarray, f1: np.ndarray) -> np.ndarray:
    """The same from fractions rounded to one decimal, as MM-RLHF's fork has it: it moves in steps of 5."""
    return 100 * (1 - np.round(chair / 100, 1) + np.round(f1 / 100, 1)) / 2


def all_measures(score: Callable[..., np.ndarray]) -> tuple[Measure, ...]:
    """Everything AMBER reports, with a formula for its score."""
    return (combination("amber_score", (DESCRIBED[0], ASKED[3]), score), *DESCRIBED, LENGTH, *ASKED)


ACCURACIES = (in_parts(accuracy(), "existence"), in_parts(accuracy(), *ATTRIBUTES, name="attribute.accuracy"), in_parts(accuracy(), "relation"))

amber = Benchmark(
    name="amber",
    paper="arXiv:2311.07397",
    dimension="hallucination",
    shape="caption with lexicon, yes/no",
    files=(
        File("annotations.json", "id, type, truth, hallu"),
        File("query_all.json", "id, image, query; or query_generative.json and query_discriminative.json", needed=False),
        File("relation.json", "what else each object may be called; for descriptions", needed=False),
        File("safe_words.txt", "nouns that are never hallucinated; for descriptions", needed=False),
    ),
    published="github.com/junyangwang0410/AMBER, data",
    license="Apache-2.0",
    load=load,
    conventions={
        "official": Convention(grader(yn_amber), all_measures(score_of), follows="junyangwang0410/AMBER, inference.py; the response to a question must be exactly Yes or No"),
        "vlm": Convention(
            grader(yn_vlm),
            (mean_of("accuracy", ACCURACIES), *ACCURACIES),
            "\nPlease answer yes or no.",
            "VLMEvalKit without a judge: questions only, mean of the three accuracies",
            takes=lambda record: record.answer is not None,
        ),
        "lmms": Convention(grader(yn_amber_lmms), all_measures(score_in_steps), follows="MM-RLHF's fork of lmms-eval: yes or no anywhere in the text, and a score in steps of 5"),
    },
    headline="amber_score",
    beside=("chair", "cover", "words", "no_ratio"),
    size=15220,
    chance={"accuracy": 50.0},
    degenerate={
        "No": {"accuracy": 66.3, "recall": 100.0, "existence.accuracy": 100.0, "attribute.accuracy": 50.0, "relation.accuracy": 41.4, "no_ratio": 100.0},
        "Yes": {"accuracy": 33.7, "existence.accuracy": 0.0, "attribute.accuracy": 50.0, "relation.accuracy": 58.6, "recall": 0.0, "f1": 0.0, "no_ratio": 0.0},
        "": {"accuracy": 0.0, "f1": 0.0, "chair": 0.0, "cover": 0.0, "hal": 0.0, "cog": 0.0, "no_ratio": 0.0},
    },
    note="tagger=lexicon similarity=exact grade descriptions without NLTK and spaCy; the number is then not the published one.",
)

BENCHMARKS = (amber,)
