"""Video-MME: questions about short, medium and long videos."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import ask, media, unlabelled
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import one_of, text_of, texts_of
from veridical.evaluate.labels import by_label, each
from veridical.evaluate.measure import accuracy, share
from veridical.evaluate.tables import gold_letter, optional, tables_of
from veridical.grade.letters.first import mcq_first_letter_videomme, mcq_first_letter_videomme_vlm
from veridical.grade.letters.grading import letters
from veridical.grade.letters.priority import mcq_priority_lmms
from veridical.grade.unparsed import EXCLUDED
from veridical.records.record import Record

DURATIONS = ("short", "medium", "long")
DOMAINS = ("Knowledge", "Film & Television", "Sports Competition", "Artistic Performance", "Life Record", "Multilingual")
TASKS = (
    *("Temporal Perception", "Spatial Perception", "Attribute Perception", "Action Recognition", "Object Recognition", "OCR Problems", "Counting Problem"),
    *("Temporal Reasoning", "Spatial Reasoning", "Action Reasoning", "Object Reasoning", "Information Synopsis"),
)
INSTRUCTION = "Select the best answer to the following multiple-choice question based on the video. Respond with only the letter (A, B, C, or D) of the correct option."
ANSWER = "The best answer is:"


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the hub's rows, or of the official template, a list of videos each with its questions."""
    root = pictures_of(Path(path), media_root, "data", "videos")
    tables = tables_of(video_mme, Path(path), "test*.parquet", "*/test*.parquet", "*.json", "*.jsonl")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(flat(rows), 1)]


def flat(rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """One row per question, in the names of the hub."""
    for row in rows:
        about = {"duration": row.get("duration_category"), "domain": row.get("video_category"), "sub_category": row.get("video_subcategory"), "videoID": row.get("video_id")}
        yield from ({**about, **one} for one in row["questions"]) if "questions" in row else (row,)


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question. Errors: BenchmarkError naming file, row and field."""
    name, question, video = (text_of(row, field, file, number) for field in ("question_id", "question", "videoID"))
    published = texts_of(row, "options", file, number)
    options = unlabelled(published)
    gold = gold_letter(row, ("answer",), options, file, number)
    labels = {"duration": one_of(row, "duration", DURATIONS, file, number), "domain": optional(row, "domain"), "task_type": optional(row, "task_type")}
    subtitles = optional(row, "subtitles")
    before = f"This video's subtitles are listed below:\n{subtitles}\n" if subtitles else ""
    text = before + "\n".join((INSTRUCTION, question, *published, ANSWER))
    return ask("video_mme", name, text, media([f"{video}.mp4"], root, "video"), gold, options, labels=labels, file=file, index=number - 1, license="research only")


COUNTED = (
    accuracy(),
    share("unread", lambda row: "unparsed" in row.counts, "lower"),
    *(measure for kind, names in (("duration", DURATIONS), ("domain", DOMAINS), ("task_type", TASKS)) for measure in each(kind, names)),
)

video_mme = Benchmark(
    name="video_mme",
    paper="arXiv:2405.21075",
    dimension="general",
    shape="multiple choice",
    files=(
        File("test.parquet", "the hub's file: videoID, duration, domain, task_type, question_id, question, options, answer; or the official template"),
        File("videos/", "ID.mp4", needed=False),
    ),
    published="huggingface.co/datasets/lmms-lab/Video-MME; github.com/MME-Benchmarks/Video-MME",
    license="research only",
    load=load,
    conventions={
        "official": Convention(by_label(letters(mcq_first_letter_videomme, EXCLUDED)), COUNTED, follows="eval_your_results.py: what cannot be read is left out"),
        "vlm": Convention(by_label(letters(mcq_first_letter_videomme_vlm)), COUNTED, follows="VLMEvalKit without a judge: what cannot be read is wrong"),
        "lmms": Convention(by_label(letters(mcq_priority_lmms("ABCD"))), COUNTED, follows="lmms-eval: what cannot be read is wrong"),
    },
    headline="accuracy",
    beside=("unread",),
    size=2700,
    chance={"accuracy": 25.0},
    degenerate={"": {"unread": 100.0}},
    note="Officially unreadable responses leave the denominator. With and without subtitles (a column `subtitles`) are two numbers; say the number of frames.",
)

BENCHMARKS = (video_mme,)
