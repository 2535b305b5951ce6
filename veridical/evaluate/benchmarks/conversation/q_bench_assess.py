"""Q-Bench A3: is the picture's quality good or poor, by the model's probabilities of the two words; correlation with people's opinions."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.candidates import candidates
from veridical.evaluate.correlation import pearson
from veridical.evaluate.fields import first_field, text_of, wrong
from veridical.evaluate.labels import by_label, is_labelled, labels_of
from veridical.evaluate.measure import Measure, share, where
from veridical.evaluate.rewarded import numbers
from veridical.evaluate.tables import tables_of
from veridical.grade.grade import Grade
from veridical.records.record import Answer, Record
from veridical.records.result import Row

SETS = ("koniq", "spaq", "flive", "livec", "cgi", "agi", "kadid")
PROMPT = "Rate the quality of the image."
SAID = tuple(f"The quality of the image is {word}" for word in ("good", "poor"))
PAIRS = (("logit_good", "logit_poor"), ("good", "poor"))
HEAT = 100
"""What logits are divided by."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the sets whose files are there."""
    tables = tables_of(q_bench_assess, Path(path), *(f"{name}.json*" for name in SETS))
    return [record(row, file, number, pictures_of(file, media_root, file.stem, "images")) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One picture: two candidate answers, good and poor. Errors: BenchmarkError naming file, row and field."""
    picture, field = text_of(row, "img_path", file, number), first_field(row, ("gt_score", "mos"), file, number)
    value = text_of(row, field, file, number)
    try:
        opinion = float(value)
    except ValueError as error:
        raise wrong(file, number, field, "a number, people's mean opinion", row[field]) from error
    name, data = f"{file.stem}/{picture}", file.stem
    found = candidates("q_bench_assess", name, PROMPT, media([picture], root), SAID, {0}, labels={"set": data}, split=data, source_id=picture, file=file, index=number - 1)
    return found.replace(answer=Answer(type="number", value=repr(opinion)))


def two(response: str) -> list[float] | None:
    """Logits (or log-probabilities) of good and poor: a JSON list of two, or an object of logit_good and logit_poor, or good and poor."""
    try:
        found = json.loads(response)
    except (ValueError, RecursionError):
        return None
    names = next((pair for pair in PAIRS if isinstance(found, Mapping) and set(pair) <= found.keys()), None)
    return numbers(json.dumps([found[name] for name in names]) if names else response, 2)


def grade(record: Record, response: str) -> Grade:
    """q = exp(good / 100) / (exp(good / 100) + exp(poor / 100))."""
    found = two(response)
    if found is None:
        return Grade(None, None, "not two log-probabilities, of good and of poor", {"unparsed": 1.0})
    quality = 1 / (1 + math.exp(max(-700.0, min(700.0, (found[1] - found[0]) / HEAT))))
    return Grade(quality, f"{quality:.6f}", response, {"quality": quality, "opinion": float(record.answer.value)})


def quality(row: Row) -> float | None:
    """What the model says."""
    return row.counts.get("quality")


def opinion(row: Row) -> float | None:
    """What people say."""
    return row.counts.get("opinion")


def set_of(row: Row) -> str:
    """The set that a row's picture is from."""
    return next(iter(labels_of(row, "set")), "")


def both(name: str) -> list[Measure]:
    """Spearman's and Pearson's correlation of one set."""
    pair = (pearson("", quality, opinion, ranked=ranked) for ranked in (True, False))
    return [where(measure, lambda row: is_labelled(row, "set", name), f"{name}.{kind}") for kind, measure in zip(("srcc", "plcc"), pair)]


q_bench_assess = Benchmark(
    name="q_bench_assess",
    paper="arXiv:2309.14181",
    dimension="conversation",
    shape="reward, two log-probabilities",
    files=tuple(File(f"{name}.json", "a list of {img_path, gt_score}", needed=False) for name in SETS),
    published="github.com/Q-Future/Q-Bench, a3_iqa_databases/jsons; pictures of each set",
    license="S-Lab License 1.0 (code); pictures under their sets' terms",
    load=load,
    conventions={
        "official": Convention(
            by_label(grade),
            (
                pearson("srcc", quality, opinion, set_of, ranked=True), pearson("plcc", quality, opinion, set_of), *(measure for name in SETS for measure in both(name)),
                share("unread", lambda row: bool(row.counts.get("unparsed")), "lower"),
            ),
            follows="Q-Future/Q-Bench: the softmax of the logits of good and poor behind \"The quality of the image is\", divided by 100; srcc and plcc here are means over sets",
        )
    },
    headline="srcc",
    beside=("plcc", "unread"),
    best={"srcc": 1.0, "plcc": 1.0},
    note="A response is a JSON list of two log-probabilities, of good and of poor: what a model directory gives by how likely it finds both answers, which differ in nothing else.",
)  # fmt: skip

BENCHMARKS = (q_bench_assess,)
