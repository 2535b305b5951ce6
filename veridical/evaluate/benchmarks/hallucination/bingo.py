"""Bingo: pictures from regions and in scripts that models see less, false premises, and questions that mislead, each beside a plain one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of, question, rows_of
from veridical.evaluate.benchmarks.hallucination.vhtest import JUDGED
from veridical.evaluate.fields import needed, text_of
from veridical.evaluate.groups import piece, within
from veridical.evaluate.judged import Ask, judged, unjudged
from veridical.evaluate.measure import accuracy, mean, where
from veridical.grade.grade import Grade
from veridical.records.record import Answer, Record

FILE = "annotation.jsonl"
GROUPS = {
    "Region": ("east asia", "africa", "the west", "south asia", "south america"), "OCR": ("chinese", "japanese", "english", "french", "arabic"), "factual": ("factual", "non_factual"),
    "i2i": ("single", "interference"), "t2i": ("cor", "dis"),
}  # fmt: skip
"""Folders of pictures: bias of region, of script, of fact; interference between pictures and from the text, each with its control."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of annotation.jsonl; 58 of its 586 rows have no gold, and are not asked."""
    file = needed(bingo, Path(path), FILE)
    pictures = pictures_of(Path(path), media_root, "Bingo_benchmark_case", "images")
    return [asked(row, file, number, pictures) for number, row in enumerate(rows_of(file), 1)]


def asked(row: dict[str, Any], file: Path, number: int, pictures: Path) -> Record:
    """The record of one row; its groups are the folders of its picture."""
    place, text = text_of(row, "path", file, number).strip("/"), text_of(row, "question", file, number)
    folders = [*place.split("/")[:-1], "-", "-"][:2]
    gold = Answer(type="judge", value=text_of(row, "ground truth", file, number)) if row.get("ground truth") else None
    return question("bingo", f"{'/'.join(folders)}/{number}", text, pictures / place, gold=gold, split=folders[0], source_id=str(number), file=file, index=number - 1)


def judge(ask: Ask, record: Record, response: str) -> Grade:
    """Right where the judge says so; silence is wrong unasked."""
    if not response.strip():
        return Grade(0.0, None, "nothing is said", {"unparsed": 1.0})
    right = ask(JUDGED, question=record.prompt_text, answer=record.answer.value, response=response)
    return Grade(float(right), "correct" if right else "wrong", "the judge's word")


def folder(name: str, inner: str) -> Any:
    """Accuracy of one folder within another."""
    return where(accuracy(), lambda row: piece(row, 0) == name and piece(row, 1) == inner, f"{name}.{inner}")


bingo = Benchmark(
    name="bingo",
    paper="arXiv:2311.03287",
    dimension="hallucination",
    shape="rubric judge",
    files=(File(FILE, "JSON lines: path, question, ground truth"),),
    published="github.com/gzcch/Bingo; huggingface.co/datasets/PahaII/Bingo",
    license="none stated",
    load=load,
    conventions={
        "official": Convention(
            judged(judge, JUDGED),
            (
                accuracy(), *(within(accuracy(), 0, name, name) for name in GROUPS), *(folder(name, inner) for name, inners in GROUPS.items() for inner in inners),
                mean("words", lambda row: float(len(row.response.split())), "", "words"), unjudged(),
            ),
            follows="the paper's accuracy by group, which people judged; here a judge compares with the gold",
            takes=lambda record: record.answer is not None,
        )
    },  # fmt: skip
    headline="accuracy",
    beside=("words", "unjudged"),
    size=586,
    degenerate={"": {"accuracy": 0.0}},
    note="528 of the 586 rows have a gold and are asked.",
)

BENCHMARKS = (bingo,)
