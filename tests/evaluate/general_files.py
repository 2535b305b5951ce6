"""Small files in the published layout of each general benchmark, written by hand."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

PICTURE = base64.b64encode(bytes(range(256)) * 8).decode()


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def tsv(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return "".join("\t".join(map(str, cells)) + "\n" for cells in (names, *([row.get(name, "") for name in names] for row in rows)))


def circular(index: int, options: list[str], gold: str, category: str, hint: str = "") -> list[dict[str, Any]]:
    """A question of MMBench in all its rotations."""
    rows = []
    for shift in range(len(options)):
        turned = options[shift:] + options[:shift]
        letters = dict(zip("ABCD", [*turned, *[""] * 4]))
        base = {"index": index + shift * 1_000_000, "question": "What is it?", "hint": hint, **letters, "answer": "ABCD"[turned.index(gold)]}
        rows.append({**base, "category": category, "l2-category": "coarse_perception", "image": PICTURE if not shift else index})
    return rows


MMBENCH = tsv([*circular(12, ["cat", "dog", "bird", "fish"], "dog", "image_topic", "Look."), *circular(22, ["red", "blue"], "red", "image_style")])
MVBENCH = [{"video": "1.mp4", "question": "What happens?", "candidates": ["It falls.", "It rises.", "It stays."], "answer": "It rises.", "start": 1.0, "end": 3.5}]
MME = "1.jpg\tIs there a dog? Please answer yes or no.\t{}\n1.jpg\tIs there a cat? Please answer yes or no.\t{}\n"
SEED = {"question": "Where?", "choice_a": "left", "choice_b": "right", "choice_c": "above", "choice_d": "below", "answer": "B", "data_type": "image", "data_id": "1.jpg"}
REALWORLD = {
    "Question_id": "r/1", "Image": "1.png", "Text": "Which colour?", "Answer choices": ["(A) red", "(B) blue", "(C) green", "(D) white", "(E) This image doesn't feature it."],
    "Ground truth": "B", "Task": "Perception", "Subtask": "Remote Sensing", "Category": "color/attribute of cars",
}  # fmt: skip
VIDEO = {
    "video_id": "001", "duration_category": "short", "video_category": "Knowledge", "video_subcategory": "Biology",
    "questions": [{"question_id": "001-1", "task_type": "OCR Problems", "question": "Which word?", "options": ["A. One.", "B. Two.", "C. Three.", "D. Four."], "answer": "C"}],
}  # fmt: skip
VERSE = {
    "sample_index": "1", "problem_index": "1", "problem_version": "Vision Only", "question": "", "image": "1.png", "answer": "C", "question_type": "multi-choice",
    "metadata": {"subject": "Plane Geometry", "subfield": "Angle"}, "query_wo": "Please answer directly.\nQuestion: Find x.", "query_cot": "Think.",
}  # fmt: skip
VISTA = {"question": "How many?", "image": "images/1.jpg", "choices": None, "unit": None, "precision": None, "answer": "3", "question_type": "free_form", "answer_type": "integer"}
ABOUT = {"metadata": {"task": "math word problem", "skills": ["arithmetic reasoning", "numeric commonsense"], "source": "IconQA"}}
RAW: dict[str, dict[str, str]] = {
    "math_vision": {
        "test.jsonl": lines(
            [
                {"id": "1", "question": "How many?\n<image1>", "options": [], "answer": "6", "level": 1, "subject": "counting", "image": "images/1.jpg"},
                {"id": "2", "question": "Which angle?\n<image1>", "options": ["10", "20"], "answer": "B", "level": 5, "subject": "topology", "image": "images/2.jpg"},
            ]
        )
    },
    "math_vista": {
        "testmini.json": json.dumps(
            {
                "1": {**VISTA, **ABOUT, "pid": "1", "unit": "kg"},
                "2": {**VISTA, **ABOUT, "pid": "2", "choices": ["half", "quarter"], "answer": "quarter", "question_type": "multi_choice", "answer_type": "text"},
                "3": {**VISTA, **ABOUT, "pid": "3", "precision": 1.0, "answer": "1.2", "answer_type": "float"},
                "4": {**VISTA, **ABOUT, "pid": "4", "answer": "[1, 2]", "answer_type": "list"},
            }
        )
    },
    "mmmu": {
        "validation.jsonl": lines(
            [
                {"id": "validation_Art_1", "question": "Who made <image 1>?", "options": "['Ann', 'Bob']", "answer": "B", "question_type": "multiple-choice", "image_1": "1.png"},
                {"id": "validation_Math_2", "question": "Find x in <image 1>.", "options": "[]", "answer": "1/2", "question_type": "open", "image_1": "2.png"},
                {"id": "validation_Math_3", "question": "Find y.", "options": "[]", "answer": "['7', 'seven']", "question_type": "open", "image_1": "2.png"},
            ]
        )
    },
    "mmmu_pro": {
        "test.jsonl": lines(
            [{"id": "test_Art_1", "question": "Which of <image 1>?", "options": str([f"thing {n}" for n in range(10)]), "answer": "J", "subject": "Art", "image_1": "1.png"}]
        )
    },
    "blink": {
        "IQ_Test/val.jsonl": lines(
            [{"idx": "val_IQ_Test_1", "question": "Next?", "image_1": "1.png", "image_2": "2.png", "choices": ["x", "y"], "answer": "(B)", "prompt": "Which is next?\n(A) x\n(B) y"}]
        )
    },
    "mme": {f"{name}.txt": MME.format(*golds) for name, golds in (("existence", ("Yes", "No")), ("code_reasoning", ("No", "Yes")))},
    "mmbench_en": {"mmbench_dev_en.tsv": MMBENCH},
    "mmbench_cn": {"mmbench_dev_cn.tsv": MMBENCH},
    "mmt_bench": {
        "MMT-Bench_VAL.tsv": tsv(
            [
                {"index": number, "question": "What?", "A": "cat", "B": "dog", "C": "bird", "answer": gold, "category": task, "l2-category": "ocr", "split": "val", "image": PICTURE}
                for number, (gold, task) in enumerate((("A", "font"), ("B", "font"), ("C", "word")))
            ]
        )
    },
    "mmstar": {
        "mmstar.jsonl": lines(
            [{"index": 0, "question": "What?\nOptions: A: cat, B: dog, C: bird, D: fish", "image": "1.png", "answer": "D", "category": "math", "l2_category": "geometry"}]
        )
    },
    "seed_bench": {"SEED-Bench.json": json.dumps({"questions": [{**SEED, "question_id": 7, "question_type_id": 4}], "question_type": {"Instance Location": 4}})},
    "science_qa": {
        "problems.json": json.dumps(
            {
                "1": {"question": "Which?", "choices": ["ice", "fire"], "answer": 0, "hint": "It is cold.", "image": "image.png", "grade": "grade2", "subject": "natural science", "split": "test"},
                "2": {"question": "Who?", "choices": ["he", "she", "it"], "answer": 2, "hint": "", "image": None, "grade": "grade9", "subject": "language science", "split": "test"},
                "3": {"question": "Not asked", "choices": ["a", "b"], "answer": 0, "hint": "", "image": None, "grade": "grade9", "subject": "language science", "split": "train"},
            }
        )
    },
    "mvbench": {"action_sequence.json": json.dumps(MVBENCH)},
    "video_mme": {"template.json": json.dumps([VIDEO])},
    "mme_realworld": {"MME-RealWorld.json": json.dumps([REALWORLD])},
    "mme_realworld_cn": {"MME-RealWorld-CN.json": json.dumps([REALWORLD])},
    "mantis_eval": {
        "test.jsonl": lines(
            [
                {"id": "m1", "question_type": "multi-choice", "question": "<image> <image> Same?", "images": ["1.png", "2.png"], "options": ["(A) Yes", "(B) No"], "answer": "(A)"},
                {"id": "m2", "question_type": "short-answer", "question": "<image> How many?", "images": ["1.png"], "options": [], "answer": "Four"},
            ]
        )
    },
    "ocrbench": {
        "OCRBench.json": json.dumps(
            [
                {"dataset_name": "IIIT5K", "id": 0, "image_path": "1.png", "question": "What is written?", "answers": ["CENTRE", "center"], "type": "Regular Text Recognition"},
                {"dataset_name": "HME100k", "id": 1, "image_path": "2.png", "question": "Write it in LaTeX.", "answers": "x ^ 2", "type": "Handwritten Mathematical Expression Recognition"},
            ]
        )
    },
    "chartqa": {
        "test_human.json": json.dumps([{"imgname": "1.png", "query": "How many?", "label": "14"}]),
        "test_augmented.json": json.dumps([{"imgname": "2.png", "query": "Which?", "label": "Yes"}]),
    },
    "refcoco": {
        "refcoco_val.jsonl": lines([{"image": "1.jpg", "sent": "left dog", "bbox": [100, 50, 300, 250], "width": 400, "height": 500}]),
        "refcoco+_testA.jsonl": lines([{"image": "2.jpg", "sent": "man", "bbox": [0, 0, 200, 200], "width": 400, "height": 400}]),
    },
    "sqa3d": {
        "v1_balanced_questions_test_scannetv2.json": json.dumps({"questions": [{"scene_id": "scene0", "situation": "I sit.", "question": "What is left?", "question_id": 5}]}),
        "v1_balanced_sqa_annotations_test_scannetv2.json": json.dumps({"annotations": [{"question_id": 5, "answers": [{"answer": "office chair"}]}]}),
    },
    "math_verse": {"testmini.json": json.dumps([VERSE])},
}
Spoil = Callable[[str], str]
SPOILT: dict[str, tuple[str, Spoil, str]] = {
    "math_vision": ("test.jsonl", lambda text: text.replace('"answer": "B"', '"answer": "F"'), r"test.jsonl, row 2, field answer: expected one of A, B, found 'F'"),
    "math_vista": ("testmini.json", lambda text: text.replace('"quarter", "question', '"third", "question'), r"testmini.json, row 2, field answer: expected one of the choices, found 'third'"),
    "mmmu": ("validation.jsonl", lambda text: text.replace("validation_Math_3", "validation_Chess_3"), r"validation.jsonl, row 3, field id: expected split_SUBJECT_number"),
    "mmmu_pro": ("test.jsonl", lambda text: text.replace('"answer": "J"', '"answer": "K"'), r"test.jsonl, row 1, field answer: expected one of A, B"),
    "blink": ("IQ_Test/val.jsonl", lambda text: text.replace("(B)\", \"prompt", "(C)\", \"prompt"), r"val.jsonl, row 1, field answer: expected one of A, B, found '\(C\)'"),
    "mme": ("existence.txt", lambda text: text.replace("\tNo", "\tNone"), r"existence.txt, row 2, field answer: expected Yes or No, found 'None'"),
    "mmbench_en": ("mmbench_dev_en.tsv", lambda text: text.replace("\tquestion", "\tquery"), r"mmbench_dev_en.tsv, row 1: has no field 'question'"),
    "mmbench_cn": ("mmbench_dev_cn.tsv", lambda text: text.replace("\tanswer", "\tgold"), r"mmbench_dev_cn.tsv, row 1: has none of the fields answer"),
    "mmt_bench": ("MMT-Bench_VAL.tsv", lambda text: text.replace("\tB\tfont", "\tE\tfont"), r"MMT-Bench_VAL.tsv, row 2, field answer: expected one of A, B, C, found 'E'"),
    "mmstar": ("mmstar.jsonl", lambda text: text.replace('"math"', '"maths"'), r"mmstar.jsonl, row 1, field category: expected coarse perception or"),
    "seed_bench": ("SEED-Bench.json", lambda text: text.replace('"choice_c"', '"choice_e"'), r"SEED-Bench.json, row 1: has no field 'choice_c'"),
    "science_qa": ("problems.json", lambda text: text.replace('"answer": 2', '"answer": 3'), r"problems.json, row 2, field answer: expected one of A, B, C, found 3"),
    "mvbench": ("action_sequence.json", lambda text: text.replace('"answer": "It rises."', '"answer": "It sings."'), r"action_sequence.json, row 1, field answer: expected one of the candidates"),
    "video_mme": ("template.json", lambda text: text.replace('"short"', '"brief"'), r"template.json, row 1, field duration: expected short or medium or long, found 'brief'"),
    "mme_realworld": ("MME-RealWorld.json", lambda text: text.replace('"Perception"', '"Sight"'), r"MME-RealWorld.json, row 1, field Task: expected Perception or Reasoning"),
    "mme_realworld_cn": ("MME-RealWorld-CN.json", lambda text: text.replace('"(A) red", ', ""), r"MME-RealWorld-CN.json, row 1, field Answer choices: expected a list of five"),
    "mantis_eval": ("test.jsonl", lambda text: text.replace('"(A)"', '"(C)"'), r"test.jsonl, row 1, field answer: expected the letter of an option, found '\(C\)'"),
    "ocrbench": ("OCRBench.json", lambda text: text.replace('"answers": "x ^ 2"', '"answers": 2'), r"OCRBench.json, row 2, field answers: expected a text or a list of texts, found 2"),
    "chartqa": ("test_human.json", lambda text: text.replace('"label"', '"gold"'), r"test_human.json, row 1: has none of the fields label, answer"),
    "refcoco": ("refcoco_val.jsonl", lambda text: text.replace("300, 250", "300"), r"refcoco_val.jsonl, row 1, field bbox: expected four numbers of a box"),
    "sqa3d": ("v1_balanced_questions_test_scannetv2.json", lambda text: text.replace("5}", "6}"), r"test_scannetv2.json, row 1, field question_id: expected one that v1_balanced_sqa"),
    "math_verse": ("testmini.json", lambda text: text.replace("Vision Only", "Sound Only"), r"testmini.json, row 1, field problem_version: expected Text Dominant or"),
}


def write(name: str, folder: Path) -> Path:
    """The files of a benchmark in a folder."""
    for file, text in RAW[name].items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    return folder
