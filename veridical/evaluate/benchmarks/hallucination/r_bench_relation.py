"""R-Bench (relations): yes/no questions on how things in a picture relate, about the whole picture or about two marked things."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, fixed, pictures_of, question, rows_of, value_of
from veridical.evaluate.fields import present, text_of
from veridical.evaluate.groups import piece
from veridical.evaluate.measure import Measure, accuracy, answer_ratio, mean_of, per_row, where
from veridical.grade.unparsed import read_as
from veridical.grade.yes_no import pope_reading, yes_no
from veridical.records.record import Answer, Record
from veridical.records.result import Row

LEVELS = {"image": ("image-level_filterd.json", "question_v1.json"), "instance": ("instance-level_filterd.json",), "object": ("nocaps_pope_obj_random.json",), "web": ("web_v1.json",)}
"""Levels and the names that their question files were published under."""
IDS = {"image": ("image-level_ids_{}.json", "question_v1_image_ids_{}.json"), "instance": ("instance-level_ids_{}.json",), "object": ("question_pope_obj_ids_{}.json",), "web": ()}
SUBSETS = range(1, 6)
TINY = 1e-5
"""What the official scorer adds to denominators."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of every level whose question file lies there; each knows the subsets that it is drawn into (all five where no lists of ids lie there)."""
    files = present(r_bench_relation, Path(path), [name for names in LEVELS.values() for name in names])
    return [record for file in files for record in level_of(file, media_root)]


def level_of(file: Path, media_root: Path | None) -> list[Record]:
    """Records of one file."""
    level = next((level for level, names in LEVELS.items() if file.name in names), "image")
    pictures, drawn = pictures_of(file, media_root, "images", "nocaps"), subsets(file.parent, level)
    return [asked(row, file, number, pictures, level, drawn) for number, row in enumerate(rows_of(file), 1)]


def subsets(folder: Path, level: str) -> dict[int, set[str]]:
    """Ids of each of the five random subsets; empty where the lists do not lie there. Errors: BenchmarkError."""
    found = {}
    for number in SUBSETS:
        for file in (folder / name.format(number) for name in IDS[level]):
            if file.is_file():
                ids = json.loads(file.read_text(encoding="utf-8"))
                if not isinstance(ids, list):
                    raise BenchmarkError(f"{file}: expected a list of question ids, found {type(ids).__name__}")
                found[number] = set(map(str, ids))
    if found and len(found) < len(SUBSETS):
        raise BenchmarkError(f"{folder}: {level} level: lists of ids {', '.join(map(str, found))} of 5 are there; the number is the mean of all five")
    return found


def asked(row: dict[str, Any], file: Path, number: int, pictures: Path, level: str, drawn: dict[int, set[str]]) -> Record:
    """The record of one row; a label with "no" in it, whatever the case, is no."""
    name, image, text = (text_of(row, field, file, number) for field in ("question_id", "image", "text"))
    gold = "no" if "no" in str(value_of(row, "label", file, number) or "").lower() else "yes"
    inside = "".join(str(subset) for subset in SUBSETS if not drawn or name in drawn[subset])
    kind = str(row.get("type", "all"))
    return question(
        "r_bench_relation", f"{level}/{inside or '-'}/{kind}/{name}", text, pictures / image, gold=Answer(type="yes_no", value=gold),
        split=level, source_id=name, file=file, index=number - 1, license="none stated",
    )  # fmt: skip


def rate(name: str, top: int, bottom: Sequence[int]) -> Measure:
    """TP over some cells plus 0.00001; cells are TP, FP, FN."""

    def count(row: Row) -> tuple[float, float, float]:
        said, gold = row.answer == "yes", row.gold == "yes"
        return float(said and gold), float(said and not gold), float(gold and not said)

    return Measure(name, per_row(count, 3), lambda sums: 100 * sums[..., top] / (sums[..., list(bottom)].sum(-1) + TINY))


def f1_of() -> Measure:
    """2PR / (P + R + 0.00001)."""

    def value(sums: np.ndarray) -> np.ndarray:
        p, r = (rate("", 0, cells).value(sums) / 100 for cells in ((0, 1), (0, 2)))
        return 100 * 2 * p * r / (p + r + TINY)

    return Measure("f1", rate("", 0, (0, 1)).tally, value)


FIVE = (accuracy(), rate("precision", 0, (0, 1)), rate("recall", 0, (0, 2)), f1_of(), answer_ratio("yes", "yes_ratio"))


def over_subsets(measure: Measure, level: str) -> Measure:
    """The mean over the five subsets of a level."""
    return mean_of(f"{level}.{measure.name}", [where(measure, lambda row, subset=str(subset): piece(row, 0) == level and subset in piece(row, 1), "") for subset in SUBSETS])


r_bench_relation = Benchmark(
    name="r_bench_relation",
    paper="arXiv:2406.16449",
    dimension="hallucination",
    shape="yes/no",
    files=tuple(
        File(name, holds, needed=False)
        for level, names in LEVELS.items()
        for name, holds in ((names[0], "a list of {question_id, image, text, label}"), *((one.format("1..5"), "a list of the ids in each subset") for one in IDS[level][:1]))
    ),
    published="github.com/mrwu-mac/R-Bench (link there); pictures: nocaps validation (Open Images)",
    license="none stated",
    load=load,
    conventions={
        "official": Convention(
            fixed(yes_no(pope_reading, read_as("yes"))),
            (
                *(mean_of(measure.name, [over_subsets(measure, level) for level in LEVELS]) for measure in FIVE),
                *(over_subsets(measure, level) for level in LEVELS for measure in FIVE),
                *(where(accuracy(), lambda row, kind=kind: piece(row, 2) == kind, f"web.{kind}") for kind in ("counterfactual", "illusion")),
            ),
            follows="mrwu-mac/R-Bench, eval.py: the mean over five random subsets of each level",
        )
    },
    headline="f1",
    beside=("accuracy", "yes_ratio"),
    chance={"accuracy": 50.0},
    degenerate={"yes": {"yes_ratio": 100.0}, "": {"yes_ratio": 100.0}, "no": {"f1": 0.0, "yes_ratio": 0.0}},
    note="The number without a level is the mean of the levels that lie there. For the instance level the question files already name the marked things; give the marked pictures. "
    "This is not r_bench_robust. The questions could not be had: names of files and fields are those of the official scorer.",
)

BENCHMARKS = (r_bench_relation,)
