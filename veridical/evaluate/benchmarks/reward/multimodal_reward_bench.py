"""Multimodal RewardBench: pairs about pictures: correctness, preference, knowledge, reasoning, safety, VQA."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.candidates import candidates, comparing
from veridical.evaluate.fields import one_of, text_of
from veridical.evaluate.labels import each
from veridical.evaluate.measure import accuracy
from veridical.evaluate.rewarded import by_reward, by_verdict, first_bracketed, length_only
from veridical.evaluate.tables import optional, tables_of
from veridical.grade.grade import Grader
from veridical.grade.letters.grading import Fallback
from veridical.grade.unparsed import WRONG
from veridical.records.record import Record

CATEGORIES = ("correctness", "preference", "knowledge", "reasoning", "safety", "vqa")
PARTS = ("reasoning/math", "reasoning/coding", "safety/bias", "safety/toxicity")
OUTPUTS = ("Output1", "Output2")


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of all_data.json, which the authors' download script completes."""
    root = pictures_of(Path(path), media_root, "images")
    tables = tables_of(multimodal_reward_bench, Path(path), "all_data.json*", "*/all_data.json*")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One row; Output1 is always A. Errors: BenchmarkError naming file, row and field."""
    name, text, category = (text_of(row, field, file, number) for field in ("ID", "Text", "Category"))
    said = [text_of(row, field, file, number) for field in OUTPUTS]
    best = OUTPUTS.index(one_of(row, "Better", OUTPUTS, file, number))
    kind = next((one for one in CATEGORIES if one in category.lower()), category.lower())
    labels = {"category": kind, "part": part_of(kind, name)}
    shown = media([optional(row, "Image", None)], root)
    return candidates("multimodal_reward_bench", name, text, shown, said, {best}, labels=labels, split=kind, file=file, index=number - 1, license="CC BY-NC 4.0")


def part_of(category: str, name: str) -> str:
    """The part of a category that an id tells."""
    if category == "safety":
        return "safety/bias" if name.lower().startswith("pairs") else "safety/toxicity"
    if category == "reasoning":
        return "reasoning/math" if name.lower().startswith("math") else "reasoning/coding"
    return ""


def tossed(seed: int) -> Fallback:
    """A or B by the toss of a coin, one stream in the order of the responses without a verdict."""
    stream = random.Random(seed)
    return lambda options: "A" if stream.random() < 0.5 else "B"


def official(data: Path, records: Sequence[Record], seed: int = 123) -> Grader:
    """[[A]] before [[B]]; neither is a toss of the coin, one stream from `seed`."""
    return by_verdict(first_bracketed, WRONG, tossed(seed))(data, records)


COUNTED = (accuracy(), *each("category", CATEGORIES), *each("part", PARTS), length_only())

multimodal_reward_bench = Benchmark(
    name="multimodal_reward_bench",
    paper="arXiv:2502.14191",
    dimension="reward",
    shape="reward, pairwise verdict",
    files=(File("all_data.json", "JSON lines: ID, Text, Image, Output1, Output2, Better, Category"), File("images/", "the pictures, where Image names them", needed=False)),
    published="github.com/facebookresearch/multimodal_rewardbench; its script 0_download_data.py fills in third parties' texts and pictures",
    license="CC BY-NC 4.0",
    load=load,
    conventions={
        "official": Convention(official, COUNTED, asks=comparing(), follows="facebookresearch/multimodal_rewardbench: [[A]] before [[B]]; neither is a toss with seed 123"),
        "scalar": Convention(by_reward(), COUNTED, follows="strictly more; rewards for Output1 and Output2"),
    },
    headline="accuracy",
    beside=("length_only",),
    size=5211,
    chance={"accuracy": 50.0},
    note="The release has about 5,000 of the 5,211 rows. Half of what cannot be read is right by the toss: read unparsed beside. Fields are those of the authors' scripts.",
    named=lambda row: str(row["ID"]),
    reads=("rewards",),
)

BENCHMARKS = (multimodal_reward_bench,)
