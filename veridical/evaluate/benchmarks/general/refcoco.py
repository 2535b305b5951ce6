"""RefCOCO, RefCOCO+ and RefCOCOg: the box of what a phrase speaks of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from veridical.evaluate.asking import ask, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import first_field, wrong
from veridical.evaluate.labels import by_label, each
from veridical.evaluate.measure import Measure, mean, mean_of
from veridical.evaluate.tables import tables_of
from veridical.grade.grounding import Reader, box_internvl, box_lmms, box_vlm, grounding
from veridical.records.record import Record

SPLITS = ("refcoco_val", "refcoco_testA", "refcoco_testB", "refcoco+_val", "refcoco+_testA", "refcoco+_testB", "refcocog_val", "refcocog_test")
REQUEST = "Please provide the bounding box coordinate of the region this sentence describes: <ref>{}</ref>"
FRACTIONS = "\nGive it as [left, top, right, bottom], each a number between 0 and 1."


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the files SPLIT.jsonl of a folder, or of one of them."""
    root = pictures_of(Path(path), media_root, "train2014", "images")
    tables = tables_of(refcoco, Path(path), *(f"{split}*" for split in SPLITS))
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One phrase. Errors: BenchmarkError naming file, row and field."""
    split = next((one for one in SPLITS if file.stem.startswith(one)), "")
    if not split:
        raise wrong(file, number, "file name", f"one of {', '.join(SPLITS)}", file.stem)
    phrase = row[first_field(row, ("sent", "answer"), file, number)]
    picture = row[first_field(row, ("image", "file_name"), file, number)]
    gold = [*corners(row, file, number), *(float(row[first_field(row, (side,), file, number)]) for side in ("width", "height"))]
    text = REQUEST.format(phrase)
    shown = media([picture], root)
    return ask("refcoco", f"{split}/{number}", text, shown, json.dumps(gold), labels={"split": split}, split=split, file=file, index=number - 1, license="none stated")


def corners(row: dict[str, Any], file: Path, number: int) -> list[float]:
    """Left, top, right, bottom in pixels: `bbox`, or the hub's `bbox` of left, top, width, height in rows without `sent`. Errors: BenchmarkError."""
    box = row[first_field(row, ("bbox",), file, number)]
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(one, int | float) for one in box) or box[2] <= 0 or box[3] <= 0:
        raise wrong(file, number, "bbox", "four numbers of a box that is not empty", box)
    left, top, third, fourth = map(float, box)
    return [left, top, third, fourth] if "sent" in row else [left, top, left + third, top + fourth]


def precise(name: str, least: float) -> Measure:
    """Share of boxes whose IoU is at least `least`."""
    found = mean(name, lambda row: float(row.counts["iou"] >= least) if "iou" in row.counts else None, "higher", "%")
    return Measure(name, found.tally, lambda sums: 100 * np.asarray(found.value(sums)), "higher", "%", proportion=True)


SPLIT = each("split", SPLITS)
COUNTED = (mean_of("accuracy", SPLIT), *SPLIT, mean("iou", lambda row: row.counts.get("iou"), "higher"), *(precise(f"accuracy@{least}", least) for least in (0.1, 0.3, 0.7, 0.9)))


def convention(reader: Reader, follows: str, suffix: str = "") -> Convention:
    """A convention is a way to read a box."""
    return Convention(by_label(grounding(reader)), COUNTED, suffix, follows)


refcoco = Benchmark(
    name="refcoco",
    paper="arXiv:1608.00272",
    dimension="general",
    shape="grounding",
    files=tuple(File(f"{split}.jsonl", "rows: image, sent, bbox (left, top, right, bottom in pixels), width, height", needed=False) for split in SPLITS),
    published="github.com/OpenGVLab/InternVL, internvl_chat (Shikra's rows); pictures: COCO train2014",
    license="none stated; pictures under COCO's terms",
    load=load,
    conventions={
        "official": convention(box_internvl, "OpenGVLab/InternVL, evaluate_grounding.py: fractions, or per mille"),
        "vlm": convention(box_vlm, "VLMEvalKit: fractions, per mille or pixels by the largest number"),
        "lmms": convention(box_lmms, "lmms-eval: fractions", FRACTIONS),
    },
    headline="accuracy",
    size=57457,
    degenerate={"": {"accuracy": 0.0, "iou": 0.0}},
    note="The headline is the mean of the splits that are there. A box in pixels that are all at most 1,000 is misread: convert it.",
)

BENCHMARKS = (refcoco,)
