"""MVBench: twenty temporal tasks over short videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.evaluate.asking import LETTERS, ask, bracketed, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.fields import text_of, texts_of, wrong
from veridical.evaluate.labels import by_label, each
from veridical.evaluate.measure import accuracy
from veridical.evaluate.tables import tables_of
from veridical.grade.letters.grading import letters
from veridical.grade.letters.texts import held_by_option, held_by_option_vlm, mcq_mvbench_lmms
from veridical.records.record import Record

TASKS = (
    *("action_antonym", "action_count", "action_localization", "action_prediction", "action_sequence", "character_order", "counterfactual_inference"),
    *("egocentric_navigation", "episodic_reasoning", "fine_grained_action", "fine_grained_pose", "moving_attribute", "moving_count", "moving_direction"),
    *("object_existence", "object_interaction", "object_shuffle", "scene_transition", "state_change", "unexpected_action"),
)
FRAMES = 16
"""Of the official notebook."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the twenty files TASK.json, or of the one that is named."""
    root = pictures_of(Path(path), media_root, "video")
    tables = [(file, rows) for file, rows in tables_of(mvbench, Path(path), *(f"{task}.json" for task in TASKS))]
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One question; of equal candidates the last is the answer. Errors: BenchmarkError naming file, row and field."""
    video, question, answer = (text_of(row, field, file, number) for field in ("video", "question", "answer"))
    candidates = texts_of(row, "candidates", file, number)
    if answer not in candidates:
        raise wrong(file, number, "answer", "one of the candidates", answer)
    letter = LETTERS[max(place for place, one in enumerate(candidates) if one == answer)]
    span = [(field, str(row[field])) for field in ("start", "end") if field in row]
    text = f"Question: {question}\nOptions:\n{bracketed(candidates)}\nOnly give the best option."
    shown = media([video], root, "video")
    name = f"{file.stem}/{number}"
    return ask("mvbench", name, text, shown, letter, candidates, labels={"task": file.stem}, facts=span, split=file.stem, file=file, index=number - 1, license="MIT")


def frame_places(start: float, end: float, frames: int = FRAMES) -> list[int]:
    """Frames to show of [start, end), both in frames: the middles of equal segments, as the official notebook rounds them."""
    segment = (end - start) / frames
    return [int(start + segment / 2 + round(segment * place)) for place in range(frames)]


COUNTED = (accuracy(), *each("task", TASKS))

mvbench = Benchmark(
    name="mvbench",
    paper="arXiv:2311.17005",
    dimension="general",
    shape="multiple choice",
    files=(File("TASK.json", "twenty files of 200 rows: video, question, candidates, answer; for five tasks start and end"), File("video/", "the videos", needed=False)),
    published="huggingface.co/datasets/OpenGVLab/MVBench",
    license="MIT",
    load=load,
    conventions={
        "official": Convention(by_label(held_by_option()), COUNTED, follows="OpenGVLab/Ask-Anything, video_chat2/mvbench.ipynb: silence is right; without its prefilled bracket"),
        "vlm": Convention(by_label(held_by_option_vlm()), COUNTED, follows="VLMEvalKit without a judge"),
        "lmms": Convention(by_label(letters(mcq_mvbench_lmms)), COUNTED, follows="lmms-eval, but silence stays in the denominator"),
    },
    headline="accuracy",
    size=4000,
    chance={"accuracy": 27.3},
    degenerate={"": {"accuracy": 100.0}},
    note="Officially a response of nothing is right: read the number of unparsed beside the accuracy.",
)

BENCHMARKS = (mvbench,)
