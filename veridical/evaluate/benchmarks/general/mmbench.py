"""MMBench in English and Chinese: a question is right when it is right in every rotation of its options (CircularEval)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, pictures_of
from veridical.evaluate.labels import each, labelled
from veridical.evaluate.measure import all_of, share
from veridical.evaluate.option_table import option_prompt, option_records
from veridical.evaluate.tables import ENDINGS, table
from veridical.grade.grade import Grader
from veridical.grade.letters.grading import Reader, drawn, letters
from veridical.grade.letters.vlm import mcq_mmbench_lmms, mcq_vlm
from veridical.records.record import Answer, Part, Record
from veridical.records.result import Row

STEP = 1_000_000
"""Rotation k of a question has its index plus k times this."""
ABILITIES = (
    *("coarse_perception", "finegrained_perception (instance-level)", "finegrained_perception (cross-instance)"),
    *("logic_reasoning", "relation_reasoning", "attribute_reasoning"),
)
SKILLS = (
    *("action_recognition", "attribute_comparison", "attribute_recognition", "celebrity_recognition", "function_reasoning", "future_prediction", "identity_reasoning"),
    *("image_emotion", "image_quality", "image_scene", "image_style", "image_topic", "nature_relation", "object_localization", "ocr", "physical_property_reasoning"),
    *("physical_relation", "social_relation", "spatial_relationship", "structuralized_imagetext_understanding"),
)
LETTER_ONLY = "\nAnswer with the option's letter from the given choices directly."
LETTER_ONLY_CHINESE = "\n请直接使用所提供的选项字母作为答案回答。"


def loader(name: str, language: str) -> Callable[[Path, Path | None], list[Record]]:
    """Reads the table of a language: with its rotations, or with base rows, from which they are made."""

    def load(path: Path, media_root: Path | None = None) -> list[Record]:
        path = Path(path)
        files = [path] if path.is_file() else [file for file in sorted(path.iterdir()) if file.suffix in ENDINGS and language in file.stem.lower().replace("_", " ").split()]
        if len(files) != 1:
            found = ", ".join(file.name for file in files) or "none"
            raise BenchmarkError(f"{path}: expected one table whose name holds {language!r} as mmbench_dev_{language}.tsv does, found {found}; name the file")
        records = option_records(name, files[0], table(files[0]), pictures_of(files[0], media_root), ("category", "l2-category"), "Apache-2.0")
        wrong = next((one.record_id for one in records if not one.record_id.isdigit()), None)
        if wrong is not None:
            raise BenchmarkError(f"{files[0]}, field index: expected a whole number, found {wrong!r}")
        return records if any(int(one.record_id) >= STEP for one in records) else [turned for one in records for turned in rotations(one)]

    return load


def rotations(record: Record) -> list[Record]:
    """A question with its options moved by 0, 1, ... places; the answer's letter follows its text."""
    answer = record.answer or Answer(type="choice", value="")
    return [rotated(record, answer, shift) for shift in range(len(answer.choices))]


def rotated(record: Record, answer: Answer, shift: int) -> Record:
    """Rotation `shift`: the option list moved to the left."""
    count = len(answer.choices)
    options = answer.choices[shift:] + answer.choices[:shift]
    letter = "ABCDEFGHI"[("ABCDEFGHI".index(answer.value) - shift) % count]
    turn = record.prompt[-1]
    before = option_prompt("", "", answer.choices).partition("Options:\n")[2]
    behind = option_prompt("", "", options).partition("Options:\n")[2]
    parts = tuple(Part(text=part.text.replace(before, behind)) if part.type == "text" else part for part in turn.parts)
    changes = {"record_id": str(int(record.record_id) + shift * STEP), "answer": answer.replace(value=letter, choices=options)}
    return record.replace(prompt=(*record.prompt[:-1], turn.replace(parts=parts)), **changes)


def base(row: Row) -> str:
    """The question that a row is a rotation of."""
    return str(int(row.record_id) % STEP)


def graded(reader: Reader, extra: str) -> Callable[..., Grader]:
    """A convention's grade: what cannot be read is wrong, or with `seed` (not negative) drawn among the options and no option, as when the judge fails."""

    def grade(data: Path, records: Sequence[Record], seed: int = -1) -> Grader:
        return labelled(letters(reader, fallback=drawn(int(seed), extra) if int(seed) >= 0 else None))

    return grade


CIRCULAR = all_of("accuracy", base)
VANILLA = share("vanilla", lambda row: row.value == 1 if int(row.record_id) < STEP else None)
COUNTED = (CIRCULAR, VANILLA, *each("l2-category", ABILITIES, CIRCULAR), *each("category", SKILLS, CIRCULAR))


def mmbench(name: str, language: str, asks: str) -> Benchmark:
    """The benchmark of a language."""
    return Benchmark(
        name=name,
        paper="arXiv:2307.06281",
        dimension="general",
        shape="multiple choice",
        files=(File(f"mmbench_dev_{language}.tsv", "a table: index, question, hint, A to D, answer, category, l2-category, image (base64)"),),
        published="github.com/open-compass/MMBench; opencompass.openxlab.space/utils/VLMEval",
        license="Apache-2.0",
        load=loader(name, language),
        conventions={
            "official": Convention(graded(mcq_vlm, "Z"), COUNTED, follows="open-compass/MMBench by VLMEvalKit's rule, without a judge: what it cannot read fails its question"),
            "vlm": Convention(graded(mcq_vlm, "Z"), COUNTED, follows="VLMEvalKit without a judge"),
            "lmms": Convention(graded(mcq_mmbench_lmms, "E"), COUNTED, asks, "lmms-eval's older rule, with A to E whatever the options"),
        },
        headline="accuracy",
        beside=("vanilla",),
        size=1164,
        chance={"accuracy": 0.4, "vanilla": 25.0},
        degenerate={"": {"accuracy": 0.0}, "A": {"accuracy": 0.0}},
        note="1,164 questions in dev, each in every rotation; of test the answers are hidden. With seed=2680 what cannot be read is drawn, as officially after three failures.",
    )


mmbench_en = mmbench("mmbench_en", "en", LETTER_ONLY)
mmbench_cn = mmbench("mmbench_cn", "cn", LETTER_ONLY_CHINESE)

BENCHMARKS = (mmbench_en, mmbench_cn)
