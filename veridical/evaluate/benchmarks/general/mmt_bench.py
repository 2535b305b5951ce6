"""MMT-Bench: 162 subtasks of 32 meta-tasks, with up to nine options."""

from __future__ import annotations

from pathlib import Path

from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.labels import by_label, is_labelled, macro
from veridical.evaluate.measure import accuracy
from veridical.evaluate.option_table import option_records
from veridical.evaluate.tables import tables_of
from veridical.grade.letters.grading import letters
from veridical.grade.letters.vlm import mcq_vlm
from veridical.records.record import Record

META_TASKS = (
    *("visual_recognition", "localization", "ocr", "counting", "hallucination", "image_retrieval", "threed", "visual_captioning", "visual_grounding", "doc_understanding"),
    *("action_recognition", "pixel_level_perception", "image-to-image_translation", "relation_reasoning", "intelligence_quotient_test", "emotion", "visual_illusion"),
    *("meme_understanding", "visual_prompt_understanding", "anomaly_detection", "keypoint_detection", "visual_commonsense_reasoning", "image_evaluation_judgement"),
    *("multiple_image_analysis", "cross_image_matching", "temporal_understanding", "visual_code", "medical_understanding", "autonomous_driving"),
    *("discipline_knowledge_reasoning", "embodied_ai", "gui_navigation"),
)


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the tables of a folder, or of the one that is named."""
    root = pictures_of(Path(path), media_root)
    tables = tables_of(mmt_bench, Path(path), "MMT-Bench*.tsv")
    return [record for file, rows in tables for record in option_records("mmt_bench", file, rows, root, ("category", "l2-category"), "CC BY-NC-SA 4.0")]


COUNTED = (
    accuracy(),
    macro("subtasks", "category"),
    *(macro(f"l2-category.{name}", "category", lambda row, name=name: is_labelled(row, "l2-category", name)) for name in META_TASKS),
)

mmt_bench = Benchmark(
    name="mmt_bench",
    paper="arXiv:2404.16006",
    dimension="general",
    shape="multiple choice",
    files=(File("MMT-Bench_VAL.tsv", "a table: index, question, A to I, answer, category, l2-category, split, image (base64)"),),
    published="huggingface.co/datasets/Kaining/MMT-Bench; github.com/OpenGVLab/MMT-Bench",
    license="CC BY-NC-SA 4.0",
    load=load,
    conventions={
        "official": Convention(by_label(letters(mcq_vlm)), COUNTED, follows="VLMEvalKit, which the authors use, without a judge: what cannot be read is wrong"),
        "vlm": Convention(by_label(letters(mcq_vlm)), COUNTED, follows="VLMEvalKit without a judge"),
    },
    headline="accuracy",
    size=31325,
    chance={"accuracy": 28.5},
    degenerate={"": {"accuracy": 0.0}},
    note="The accuracy counts all questions alike; a meta-task's number is the unweighted mean of its subtasks. Of ALL the answers are on a server; VAL is a tenth.",
)

BENCHMARKS = (mmt_bench,)
