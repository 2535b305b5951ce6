"""Q-Bench A1 (LLVisionQA): multiple choice about low-level vision: distortions, light, colour, sharpness."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media, pointed
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import text_of, wrong
from veridical.evaluate.labels import by_label, is_labelled, labelled
from veridical.evaluate.measure import Measure, accuracy, where
from veridical.evaluate.tables import gold_letter, optional, tables_of
from veridical.grade.grade import Grader
from veridical.grade.letters.grading import drawn, letters
from veridical.grade.letters.mmmu import mcq_mmmu_lmms
from veridical.grade.letters.vlm import mcq_vlm
from veridical.records.record import Record

TYPES = ("yes_no", "what", "how")
"""By question_type."""
CONCERNS = ("distortion", "other", "in_context_distortion", "in_context_other")
"""By question_concern."""
NOTHING = "N/A"
LETTER = "Answer with the option's letter from the given choices directly."


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the files that are there, of one picture a question or of two; questions whose answer is withheld have none, and are not asked."""
    root = pictures_of(Path(path), media_root, "images")
    tables = tables_of(q_bench, Path(path), "*dev*", "*/dev*", "*test*", "*/test*", "*.jsonl")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    name, text = (text_of(row, field, file, number) for field in ("id", "question"))
    options = [str(row[field]) for field in ("option0", "option1", "option2", "option3") if row.get(field) not in (None, NOTHING)]
    if len(options) < 2:
        raise wrong(file, number, "option1", "at least two options", options)
    kinds = {"type": kind_of(row, "question_type", TYPES, file, number), "concern": kind_of(row, "question_concern", CONCERNS, file, number)}
    given = optional(row, "correct_choice") not in ("", NOTHING)
    gold = gold_letter(row, ("correct_choice",), options, file, number) if given else ""
    shown = media([optional(row, field, None) for field in ("image", "image1", "image2")], root)
    split = "dev" if "dev" in file.name or file.parent.name == "dev" else "test" if "test" in file.name else ""
    key, asked = f"{split}/{name}" if split else name, f"{text}\n{pointed(options)}\n{LETTER}"
    found = ask("q_bench", key, asked, shown, gold, options, labels=kinds, split=split, source_id=name, file=file, index=number - 1)
    return found if given else found.replace(answer=None)


def kind_of(row: dict[str, Any], name: str, kinds: Sequence[str], file: Path, number: int) -> str:
    """The kind that a number stands for. Errors: BenchmarkError."""
    value = text_of(row, name, file, number)
    if value not in map(str, range(len(kinds))):
        raise wrong(file, number, name, f"a number from 0 to {len(kinds) - 1}", row[name])
    return kinds[int(value)]


def lmms(data: Path, records: Sequence[Record], seed: int = 42) -> Grader:
    """lmms-eval's rule for letters; where none is found one is drawn, one stream from `seed`."""
    return labelled(letters(mcq_mmmu_lmms, fallback=drawn(seed)))


def counted(types: Sequence[str]) -> tuple[Measure, ...]:
    """Accuracy, by type under the names given to types 0, 1, 2, and by concern."""
    kinds = [("type", kind, name) for kind, name in zip(TYPES, types)] + [("concern", name, name) for name in CONCERNS]
    return (accuracy(), *(where(accuracy(), lambda row, kind=kind, text=text: is_labelled(row, kind, text), name) for kind, text, name in kinds))


def answered(record: Record) -> bool:
    """Whether the answer is published."""
    return record.answer is not None


OFFICIAL = counted(TYPES)

q_bench = Benchmark(
    name="q_bench",
    paper="arXiv:2309.14181",
    dimension="conversation",
    shape="multiple choice",
    files=(File("dev*.parquet", "the hub's file, or JSON lines: id, image (or image1 and image2), question, option0 to option3, question_type, question_concern, correct_choice"),),
    published="huggingface.co/datasets/q-future/Q-Bench-HF and q-future/Q-Bench2-HF",
    license="S-Lab License 1.0 (code); pictures under their sources' terms",
    load=load,
    conventions={
        "official": Convention(by_label(letters(mcq_vlm)), OFFICIAL, takes=answered, follows="Q-Future/Q-Bench: accuracy by letter; what cannot be read is wrong"),
        "vlm": Convention(by_label(letters(mcq_vlm)), OFFICIAL, takes=answered, follows="VLMEvalKit without a judge"),
        "lmms": Convention(
            lmms, counted(("yes_no", "how", "what")), takes=answered, follows="lmms-eval: MMMU's rule, unread letters drawn; what and how have each other's name there and here"
        ),
    },
    headline="accuracy",
    size=2990,
    degenerate={"": {"accuracy": 0.0}},
    note="Answers of the test split are withheld: its questions are not asked. A2 is q_bench_describe, A3 q_bench_assess.",
)  # fmt: skip

BENCHMARKS = (q_bench,)
