"""VideoHallucer: a true question and a false one about a video; only both answers together count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, Convention, File, fixed, pictures_of, question, rows_of
from veridical.evaluate.fields import mapping_of, one_of, present, text_of
from veridical.evaluate.groups import each, false_yes, key, within, yes_difference
from veridical.evaluate.measure import Measure, accuracy, all_of, answer_ratio, mean_of
from veridical.grade.grade import Grade
from veridical.records.record import Answer, Record

MAIN = ("object_relation", "temporal", "semantic_detail", "external_factual", "external_nonfactual")
SUBSETS = (*MAIN, "interaction", "fact_detect")
SIDES = ("basic", "hallucination")
SUFFIX = "\nAnswer the question using 'yes' or 'no'."


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the subsets' files (NAME.json or NAME/NAME.json) that are there: two for each pair."""
    files = present(videohallucer, Path(path), [place for name in SUBSETS for place in (f"{name}.json", f"{name}/{name}.json")])
    return [record for file in files for number, row in enumerate(rows_of(file), 1) for record in pair(row, file, number, videos_of(file, media_root))]


def videos_of(file: Path, media_root: Path | None) -> Path:
    """Where a subset's videos are."""
    root = pictures_of(file, media_root, "videos")
    return root / file.stem / "videos" if (root / file.stem / "videos").is_dir() else root


def pair(row: dict[str, Any], file: Path, number: int, videos: Path) -> Iterator[Record]:
    """Both questions of a row."""
    for side in SIDES:
        inner = mapping_of(row, side, file, number)
        text, video = text_of(inner, "question", file, number), text_of(inner, "video", file, number)
        gold = one_of(inner, "answer", ("yes", "no"), file, number)
        yield question(
            "videohallucer", f"{file.stem}/{number}/{side}", text, videos / video, gold=Answer(type="yes_no", value=gold),
            split=file.stem, file=file, index=number - 1, license="unknown", kind="video",
        )  # fmt: skip


def holds(response: str, word: str) -> bool:
    """Whether the word stands alone anywhere in the response, whatever the case."""
    return re.search(rf"\b{word}\b", response, re.IGNORECASE) is not None


def grade(record: Record, response: str) -> Grade:
    """The official rule: right where the gold word stands in the response, so "yes or no" is right for both."""
    gold = record.answer.value
    other = "no" if gold == "yes" else "yes"
    if holds(response, gold):
        return Grade(1.0, gold, f"says {gold}")
    return Grade(0.0, other, f"says {other}, the answer is {gold}") if holds(response, other) else Grade(0.0, None, "neither yes nor no", {"unparsed": 1.0})


PAIR = all_of("pair", key(0, 1))
THREE = (PAIR, *(within(accuracy(), 2, side, side) for side in SIDES))


def over_subsets(measure: Measure) -> Measure:
    """The unweighted mean of the subsets that are there."""
    return mean_of({"pair": "overall"}.get(measure.name, measure.name), [within(measure, 0, name) for name in SUBSETS])


videohallucer = Benchmark(
    name="videohallucer",
    paper="arXiv:2406.16338",
    dimension="hallucination",
    shape="yes/no",
    files=tuple(File(f"{name}.json", "a list of {basic: {video, question, answer}, hallucination: {...}, type}", needed=False) for name in SUBSETS),
    published="github.com/patrick-tssn/VideoHallucer; huggingface.co/datasets/bigai-nlco/VideoHallucer (videos)",
    license="none stated in the snapshot; videos under their sources' terms",
    load=load,
    conventions={
        "official": Convention(
            fixed(grade),
            (*map(over_subsets, THREE), *each(THREE, 0, SUBSETS), yes_difference(), false_yes(), answer_ratio("yes", "yes_ratio")),
            SUFFIX,
            "patrick-tssn/VideoHallucer, evaluation_utils.py; overall is the mean of the subsets that are there",
        )
    },
    together=lambda record: record.record_id.rpartition("/")[0],
    headline="overall",
    beside=("basic", "hallucination", "yes_ratio"),
    size=1952,
    chance={"overall": 25.0, "basic": 50.0, "hallucination": 50.0},
    degenerate={
        "Yes": {"basic": 100.0, "hallucination": 0.0, "overall": 0.0},
        "No": {"basic": 0.0, "hallucination": 100.0, "overall": 0.0},
        "": {"basic": 0.0, "hallucination": 0.0, "overall": 0.0},
        "yes or no": {"overall": 100.0},
    },
    note="size and constant answers are those of the five main subsets; interaction and fact_detect change the mean where their files lie there.",
)

BENCHMARKS = (videohallucer,)
