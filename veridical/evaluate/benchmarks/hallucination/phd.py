"""PhD: yes/no questions on pictures, alone, behind a misleading context, and on pictures against common sense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, Convention, File, fixed, pictures_of, question, rows_of
from veridical.evaluate.fields import mapping_of, needed, one_of, text_of
from veridical.evaluate.groups import both_recalls, within
from veridical.evaluate.measure import accuracy, answer_ratio, mean_of, recall
from veridical.grade.yes_no import yes_no, yn_vlm
from veridical.records.record import Answer, Record

MODES = ("base", "iac", "icc", "ccs")
"""Alone; behind an inaccurate context; behind an incorrect context; on a picture against common sense."""
TASKS = ("object", "attribute", "sentiment", "position", "counting")
CONTEXT = "{context} Where this text and the image disagree, follow the image. {question}"
FILE = "data.json"


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of data.json: each row asks a question whose answer is yes and one whose answer is no, in each of its modes."""
    file = needed(phd, Path(path), FILE)
    pictures = pictures_of(Path(path), media_root, "images")
    return [record for number, row in enumerate(rows_of(file), 1) for record in questions(row, file, number, pictures)]


def questions(row: dict[str, Any], file: Path, number: int, pictures: Path) -> Iterator[Record]:
    """Both questions of a row in each mode."""
    task, picture = one_of(row, "task", TASKS, file, number), picture_of(text_of(row, "image_id", file, number), pictures, "ccs_description" in row)
    for mode, context in modes(row, file, number).items():
        for gold in ("yes", "no"):
            text = text_of(row, f"{gold}_question", file, number)
            shown = CONTEXT.replace("{question}", text).replace("{context}", context.strip(), 1) if context else text
            answer = Answer(type="yes_no", value=gold)
            yield question("phd", f"{mode}/{task}/{number}/{gold}", shown, picture, gold=answer, split=mode, file=file, index=number - 1, license="unknown")


def modes(row: dict[str, Any], file: Path, number: int) -> dict[str, str]:
    """The modes of a row, each with its context."""
    if "ccs_description" in row:
        return {"ccs": ""}
    if "context" not in row:
        return {"base": ""}
    contexts = mapping_of(row, "context", file, number)
    return {"base": "", **{mode: text_of(contexts, mode, file, number) for mode in ("iac", "icc")}}


def picture_of(image: str, pictures: Path, generated: bool) -> Path:
    """A picture's file: a name as it is, a generated one in CCS_images, else COCO's name for the number, of whichever part of COCO lies there."""
    if generated:
        name = image if Path(image).suffix else f"{image}.png"
        return pictures / "CCS_images" / name if (pictures / "CCS_images").is_dir() else pictures / name
    if Path(image).suffix:
        return pictures / image
    tail = f"{int(image):012d}.jpg" if image.isdigit() else f"{image}.jpg"
    places = [pictures / name for name in (tail, f"COCO_val2014_{tail}", f"COCO_train2014_{tail}", f"val2014/COCO_val2014_{tail}", f"train2014/COCO_train2014_{tail}")]
    return next((place for place in places if place.is_file()), places[1])


INDEX = both_recalls("phd_index")

phd = Benchmark(
    name="phd",
    paper="arXiv:2403.11116",
    dimension="hallucination",
    shape="yes/no",
    files=(File(FILE, "a list of {image_id, task, yes_question, no_question, context: {iac, icc}}, or with ccs_description instead of context"),),
    published="github.com/jiazhen-code/PhD; pictures: COCO 2014 and the generated ones there",
    license="none stated in the snapshot",
    load=load,
    conventions={
        "official": Convention(
            fixed(yes_no(yn_vlm)),
            (
                mean_of("phd_index", [within(INDEX, 0, mode) for mode in MODES]),
                *(within(INDEX, 0, mode) for mode in MODES),
                *(within(within(INDEX, 1, task), 0, mode, f"{mode}.{task}.phd_index") for mode in MODES for task in TASKS),
                accuracy(), recall("yes", "recall_yes"), recall("no", "recall_no"), answer_ratio("yes", "yes_ratio"),
            ),
            follows="the paper's index: harmonic mean of the recalls of yes and no; here the mean over the modes that are there",
        )
    },  # fmt: skip
    headline="phd_index",
    beside=("yes_ratio", "recall_yes", "recall_no"),
    size=102564,
    chance={"phd_index": 50.0, "accuracy": 50.0},
    degenerate={"Yes": {"phd_index": 0.0, "accuracy": 50.0, "yes_ratio": 100.0}, "No": {"phd_index": 0.0, "accuracy": 50.0}, "": {"phd_index": 0.0, "accuracy": 0.0}},
    note="No parser is published: VLMEvalKit's rule without a judge reads, and what it cannot read is wrong. data.json could not be had; its layout and the number of questions are its authors' description. The sentence that says what to follow is ours.",
)

BENCHMARKS = (phd,)
