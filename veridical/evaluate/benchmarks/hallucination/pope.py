"""POPE: is this object in the image? Half yes, half no; the absent ones are random, popular, or usual company of what is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, fixed, pictures_of, question, rows_of, value_of
from veridical.evaluate.measure import Measure, accuracy, answer_ratio, f1, in_parts, mean_of, precision, quotient, recall, share
from veridical.grade.unparsed import read_as
from veridical.grade.yes_no import pope_reading, yes_no, yn_exact_lmms, yn_vlm
from veridical.records.record import Answer, Record

SPLITS = ("random", "popular", "adversarial")
ONE_WORD = "\nAnswer the question using a single word or phrase."


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of a split's file, or of the files *_random, *_popular and *_adversarial (.json, .jsonl) of a folder."""
    path = Path(path)
    found = [(split, file) for file in files_of(path) for split in SPLITS if file.stem.endswith(f"_{split}")]
    for split in SPLITS:
        several = [file.name for name, file in found if name == split]
        if len(several) > 1:
            raise BenchmarkError(f"{path}: several files of the {split} split ({', '.join(several)}); keep one set per folder, or name one file")
    if not found:
        raise BenchmarkError(f"{path}: no file of POPE; expected coco_pope_random.json, coco_pope_popular.json or coco_pope_adversarial.json")
    order = sorted(found, key=lambda one: SPLITS.index(one[0]))
    return [record for split, file in order for record in questions(file, split, pictures_of(path, media_root, "images", "val2014"))]


def files_of(path: Path) -> list[Path]:
    """The file itself, or the question files of a folder."""
    return sorted(file for file in path.iterdir() if file.suffix in (".json", ".jsonl")) if path.is_dir() else [path]


def questions(file: Path, split: str, pictures: Path) -> Iterable[Record]:
    """Records of one file."""
    for number, row in enumerate(rows_of(file), 1):
        image, text, label, name = (value_of(row, field, file, number) for field in ("image", "text", "label", "question_id"))
        if label not in ("yes", "no"):
            raise BenchmarkError(f"{file}, row {number}, field label: expected yes or no, found {label!r}")
        gold = Answer(type="yes_no", value=label)
        yield question("pope", f"{split}/{name}", text, pictures / image, gold=gold, split=split, source_id=str(name), file=file, index=number - 1, license="MIT")


def per_split(measures: Sequence[Measure]) -> list[Measure]:
    """Each measure in each split."""
    return [in_parts(measure, split) for split in SPLITS for measure in measures]


def over_splits(measure: Measure) -> Measure:
    """The mean of the splits, as papers quote it."""
    return mean_of(measure.name, [in_parts(measure, split) for split in SPLITS])


FIVE = (accuracy(), precision("yes"), recall("yes"), f1("yes"), answer_ratio("yes", "yes_ratio"))

RECALL_LMMS = share("recall", lambda row: row.answer == "yes" if row.gold == "yes" and row.answer else None)


def f1_lmms() -> Measure:
    """F1 with lmms-eval's recall, in which unparsed responses have no part."""
    parsed = f1("yes")
    return Measure("f1", lambda rows: parsed.tally([row for row in rows if row.answer]), lambda sums: 100 * quotient(sums[..., 0], sums[..., 1]))


LMMS = (accuracy(), precision("yes"), RECALL_LMMS, f1_lmms(), answer_ratio("yes", "yes_ratio"))

pope = Benchmark(
    name="pope",
    paper="arXiv:2305.10355",
    dimension="hallucination",
    shape="yes/no",
    files=tuple(File(f"coco_pope_{split}.json", "JSON lines: question_id, image, text, label", needed=False) for split in SPLITS),
    published="github.com/AoiDragon/POPE, output/coco; pictures: COCO val2014",
    license="MIT; pictures under COCO's terms",
    load=load,
    conventions={
        "official": Convention(
            fixed(yes_no(pope_reading, read_as("yes"))),
            (*map(over_splits, FIVE), *per_split(FIVE)),
            follows="AoiDragon/POPE, evaluate.py; the headline is the mean of the splits",
        ),
        "vlm": Convention(fixed(yes_no(yn_vlm)), (*FIVE, *per_split(FIVE)), follows="VLMEvalKit without a judge: all rows together, then each split"),
        "lmms": Convention(fixed(yes_no(yn_exact_lmms)), (*LMMS, *per_split(LMMS)), ONE_WORD, "lmms-eval, but the yes ratio is of the responses, where lmms-eval counts the golds"),
    },
    headline="f1",
    beside=("yes_ratio",),
    size=9000,
    chance={"accuracy": 50.0},
    degenerate={
        "yes": {"accuracy": 50.0, "precision": 50.0, "recall": 100.0, "f1": 200 / 3, "yes_ratio": 100.0},
        "no": {"accuracy": 50.0, "recall": 0.0, "f1": 0.0, "yes_ratio": 0.0},
    },
    note="A folder may hold one split or all three; the headline is the mean over the splits that are there.",
)

BENCHMARKS = (pope,)
