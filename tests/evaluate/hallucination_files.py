"""Small files in the published layouts of the hallucination benchmarks, gold responses, and judges who tell the truth."""

from __future__ import annotations

import base64
import csv
import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from scripted_judge import shown

from veridical.records.record import Record


def put(path: Path, content: Any) -> None:
    """A list as JSON lines (jsonl) or a table (csv, txt), anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in (".csv", ".txt"):
        with path.open("w", newline="") as file:
            table = csv.DictWriter(file, list(content[0]), delimiter="\t" if path.suffix == ".txt" else ",")
            table.writeheader()
            table.writerows(content)
        return
    path.write_text("".join(json.dumps(row) + "\n" for row in content) if path.suffix == ".jsonl" else json.dumps(content))


def picture() -> str:
    """A picture in base64."""
    buffer = BytesIO()
    Image.new("RGB", (4, 4), "red").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def gold(record: Record) -> str:
    """The record's answer."""
    return record.answer.value


def nobody(text: str) -> str:
    """A judge who must not be asked."""
    raise AssertionError(f"asked: {text}")


@dataclass(frozen=True)
class Case:
    """One benchmark's files and what they give."""

    files: Mapping[str, Any]
    gold: Callable[[Record], str]
    full: Mapping[str, float]
    """What gold responses score."""
    judge: Callable[[str], str] = nobody
    settings: Mapping[str, Any] = field(default_factory=dict)
    broken: tuple[str, int, str, Any, str] = ("", 0, "", None, "")
    """File, row, field, bad value, and what the error must say."""
    asked: str = ""
    """Beginning of the first record's prompt."""


def hallusion(category: str, visual: str, figure: str, number: str, answer: str) -> dict:
    """A row of HallusionBench."""
    name = None if category == "VS" and figure == "0" else f"./{category}/{figure}.png"
    keys = {"category": category, "subcategory": "chart" if category == "VS" else "math", "visual_input": visual, "set_id": "0", "figure_id": figure, "question_id": number}
    return {**keys, "question": f"Is it {number}?", "gt_answer": answer, "gt_answer_details": f"It is {'' if answer == '1' else 'not '}{number}.", "filename": name}


HALLUSION = [hallusion("VS", "0", "0", "0", "1"), hallusion("VS", "1", "1", "0", "1"), hallusion("VS", "2", "2", "0", "0"), hallusion("VD", "1", "0", "0", "1"), hallusion("VD", "1", "0", "1", "0")]


def pairs(count: int) -> list[dict]:
    """Pairs of VideoHallucer."""
    return [{"basic": {"video": f"{n}.mp4", "question": "Is a cat there?", "answer": "yes"}, "hallucination": {"video": f"{n}.mp4", "question": "Is a dog there?", "answer": "no"}, "type": "x"} for n in range(count)]


PHD = [
    {"image_id": "000000000009", "task": "object", "yes_question": "Is a cat there?", "no_question": "Is a dog there?", "hitem": "dog", "gt": "cat", "subject": "animal", "context": {"iac": "A dog sat there.", "icc": "Dogs are kind."}},
    {"image_id": "ccs1", "ccs_description": "a blue banana", "yes_question": "Is the banana blue?", "no_question": "Is the banana yellow?", "task": "attribute"},
]  # fmt: skip
RELATION = [{"question_id": n, "image": f"{n}.jpg", "text": f"Is thing {n} on the table?", "label": label} for n, label in enumerate(["yes", "No", "yes", "no, it is under it"])]
CLAIMS = [
    {"id": "1", "type": "image-to-text", "image_path": "1.jpg", "claim_list": ["A cat.", "It is red.", "It sleeps."], "labels": ["non-hallucination", "hallucination", "non-hallucination"], "segments": [0, 0, 1]},
    {"id": "2", "type": "text-to-image", "image_path": "2.jpg", "claim_list": ["A dog."], "labels": ["hallucination"]},
]  # fmt: skip
TEXT = "A red cat sits. It seems happy."
DETECT = [{"question": "Describe it.", "image_id": "9", "response": TEXT, "annotations": [
    {"start": 0, "end": 9, "text": "A red cat", "label": "INACCURATE"}, {"start": 10, "end": 15, "text": "sits.", "label": "ACCURATE"}, {"start": 16, "end": 31, "text": "It seems happy.", "label": "ANALYSIS"}]}]  # fmt: skip
HUMAN = "A bear pulls a cloud."


def lines(record: Record, start: str) -> str:
    """A detector's answer with the gold labels."""
    return "\n".join(f"{start}{place}: {label}" for place, label in enumerate(record.answer.value.split(", "), 1))


def right_if_gold(*golds: str) -> Callable[[str], str]:
    """A judge who says yes where the response is one of the golds."""
    return lambda text: "Yes." if shown(text) in golds else "no"


def graph(**synonyms: str) -> bytes:
    """A pickle as it was published: an object of __main__.ObjectGraph with a field graph."""
    import __main__

    kind = type("ObjectGraph", (), {"__module__": "__main__"})
    __main__.ObjectGraph = kind
    one = kind()
    one.graph = {word: {"": [goal]} for word, goal in synonyms.items()} | {"look": {"up": ["raise head"]}}
    content = pickle.dumps(one)
    del __main__.ObjectGraph
    return content


def valor(text: str) -> str:
    """Takes out everything between commas, and matches what is equal."""
    if "Model: " not in text:
        return json.dumps(shown(text).split(", "))
    golds, said = (json.loads(text.split(f"{who}: ")[1].split("\n")[0]) for who in ("People", "Model"))
    return json.dumps({"matched_objects": {one: one for one in said if one in golds}, "broader_concept": {}})


def features(record: Record) -> str:
    """All that people named."""
    return ", ".join(dict.fromkeys(fact.text for fact in record.facts if fact.kind == "feature"))


MMHAL = {"question_type": "attribute", "question_topic": "animal", "image_id": "ab", "image_src": "https://x/ab_o.jpg", "image_content": ["Cat", "Mat"], "question": "What colour is the cat?", "gt_answer": "It is black."}
ROBUST = [{"name": f"{kind}.jpg", "question": "" if kind == "CAP" else "What is it?", "choice": "A.cat; B.dog" if kind == "MCQ" else "", "answer": answer, "type": kind, "score": "4", "distortion": "1", "strength": "2"}
          for kind, answer in (("MCQ", "A"), ("VQA", "cat"), ("CAP", "A cat."))]  # fmt: skip


def robust(text: str) -> str:
    """Full marks for the very answer."""
    answer = text.split("answer: " if "right answer" in text else "right one: ")[1].split("\n")[0]
    return f"Score: {(1 if 'right one' in text else 2) if shown(text) == answer else 0}"


CASES = {
    "hallusionbench": Case({"HallusionBench.json": HALLUSION}, gold, {"aacc": 100, "facc": 100, "qacc": 100, "easy": 100, "hard": 100, "figures_right": 100},
                           broken=("HallusionBench.json", 2, "gt_answer", "2", "row 2, field gt_answer: expected 0 or 1, found '2'"), asked="Is it 0?"),
    "videohallucer": Case({"temporal.json": pairs(2), "interaction/interaction.json": pairs(1)}, gold, {"overall": 100, "basic": 100, "hallucination": 100, "yes_difference": 0},
                          broken=("temporal.json", 1, "basic", {"video": "0.mp4", "question": "Is it?"}, "row 1: has no field 'answer'"), asked="Is a cat there?"),
    "phd": Case({"data.json": PHD}, gold, {"phd_index": 100, "base.phd_index": 100, "iac.object.phd_index": 100, "ccs.attribute.phd_index": 100, "accuracy": 100},
                broken=("data.json", 2, "task", "smell", "row 2, field task: expected object or attribute or sentiment or position or counting, found 'smell'"), asked="Is a cat there?"),
    "r_bench_relation": Case({"image-level_filterd.json": RELATION}, gold, {"accuracy": 100, "image.accuracy": 100},
                             broken=("image-level_filterd.json", 3, "text", None, "row 3, field text: expected text, found None"), asked="Is thing 0 on the table?"),
    "mhalubench": Case({"MHaluBench.json": CLAIMS}, lambda record: lines(record, "claim"), {"claim.macro_f1": 100, "segment.macro_f1": 100, "claim.accuracy": 100, "text-to-image.claim.accuracy": 100},
                       broken=("MHaluBench.json", 1, "labels", ["hallucination"], "row 1, field labels: expected hallucination or non-hallucination for each of 3 claims"), asked="Claims were made about this image:\nclaim1: A cat.\n"),
    "m_haldetect": Case({"val_raw.json": DETECT}, lambda record: lines(record, ""), {"segment.accuracy": 100, "sentence.accuracy": 100, "ternary.accuracy": 100, "segment.macro_f1": 100},
                        broken=("val_raw.json", 1, "annotations", [{"start": 0, "end": 2, "text": "A", "label": "FALSE"}], "row 1, field label: expected ACCURATE or INACCURATE"), asked="A model was asked about this image: Describe it.\n"),
    "activitynet_qa": Case({"test_q.json": [{"video_name": "a", "question": "is it red", "question_id": "a_1"}, {"video_name": "a", "question": "where is it", "question_id": "a_2"}],
                            "test_a.json": [{"answer": "yes", "type": 3, "question_id": "a_1"}, {"answer": "left", "type": 1, "question_id": "a_2"}]}, gold, {"accuracy": 100, "free": 100, "yes_no": 100, "spatial": 100},
                           broken=("test_a.json", 2, "type", 9, "row 2, field type: expected a number from 0 to 8, found 9"), asked="Is it red?"),
    "vhtest": Case({"ynq.json": [{"image": "1.jpg", "question": "Is it red?", "answer": "Yes", "mode": "color"}], "oeq.csv": [{"image": "2.jpg", "question": "What is it?", "answer": "A cat.", "mode": "existence"}]}, gold,
                   {"accuracy": 100, "ynq.color": 100, "oeq.existence": 100}, right_if_gold("A cat."),
                   broken=("ynq.json", 1, "mode", "taste", "row 1, field mode: expected existence or"), asked="Is it red?"),
    "object_halbench": Case({"obj_halbench_300_with_image.jsonl": [{"image_id": "COCO_val2014_000000000009.jpg", "question": "Describe it.", "image": picture()}], "objects.json": {"9": ["cat", "dog"]}},
                            lambda record: "There is a cat with one dog.", {"chair_s_refine": 0, "chair_i": 0, "coverage": 100, "correct_rate": 100, "object_correct_rate": 100, "no_object": 0},
                            lambda text: '["cat", "a dog"]' if "cat" in shown(text) else "[]", {"nouns": "lexicon", "singularizer": "pattern"},
                            broken=("obj_halbench_300_with_image.jsonl", 1, "image_id", "8", "row 1, field image_id: expected an image whose objects are known"), asked="Describe it."),
    "openchair": Case({"test.json": [{"image": "1.jpg", "text": "a cat on a mat"}], "Concreteness_ratings_Brysbaert_et_al_BRM.txt": [{"Word": "cat", "Conc.M": "4.9"}, {"Word": "mat", "Conc.M": "4.8"}, {"Word": "idea", "Conc.M": "1.6"}, {"Word": "photo", "Conc.M": "4.9"}]},
                      lambda record: "A photo of cats on a mat, no idea.", {"openchair": 0, "named": 2, "no_object": 0}, lambda text: "Yes, it does." if "object: cat" in text or "object: mat" in text else "No.", {"nouns": "words"},
                      broken=("Concreteness_ratings_Brysbaert_et_al_BRM.txt", 2, "Conc.M", "much", "row 2, field Conc.M: expected a number, found 'much'"), asked="Describe this image in one sentence."),
    "mementos": Case({"cmc_description.csv": [{"image_name": "cmc_1.png", "gt_description": HUMAN}]}, lambda record: HUMAN, {"object.f1": 100, "action.f1": 100, "cmc.object.recall": 100},
                     lambda text: f"Object list 1: [bear, cloud]\nAction list 1: [pull]\nObject list 2: [bear, {'cloud' if shown(text) == HUMAN else 'image'}]\nAction list 2: [pull]",
                     broken=("cmc_description.csv", 1, "gt_description", ..., "row 1: has none of the fields description, gt_description"), asked="The image shows a sequence of moments in order."),
    "mmhal_bench": Case({"response_template.json": [MMHAL]}, gold, {"score": 6, "hallucination_rate": 0, "attribute.score": 6, "informativeness": 100}, lambda text: "Fine.\nRating: 6" if shown(text) == "It is black." else "Rating: 0",
                        broken=("response_template.json", 1, "image_content", "Cat", "row 1, field image_content: expected a list of texts, found 'Cat'"), asked="What colour is the cat?"),
    "gavie": Case({"evaluation_set.json": [{"image_id": 7, "question": "Name the animals."}], "vg_annotation.json": {"7": [{"caption": "a cat", "bbox": [1, 2, 3, 4]}]}}, lambda record: "a cat", {"accuracy": 10, "relevancy": 10},
                  lambda text: "It is so.\nRelevancy: 10\nAccuracy: 10" if shown(text) == "a cat" else "Relevancy: 2\nAccuracy: 0",
                  broken=("evaluation_set.json", 1, "image_id", 8, "row 1, field image_id: expected an image of vg_annotation.json, found '8'"), asked="Name the animals."),
    "haelm": Case({"captions.json": {"1.jpg": ["A cat.", "A black cat."]}}, lambda record: "A cat.", {"hallucination_rate": 0}, right_if_gold("A cat."),
                  broken=("captions.json", 0, "1.jpg", "A cat.", "image '1.jpg': expected an object that gives each image a list of captions"), asked="Describe this image in detail."),
    "refomb": Case({"RefoMB_dev.jsonl": [{"image_url": "https://x/1.jpg", "question": "What is it?", "description": "A cat.", "type": "OCR", "id": 0}], "gpt4v_RefoMB_dev_0521.jsonl": [{"id": 0, "answer": "A dog."}]}, lambda record: "A cat.",
                   {"win_score": 100, "trustworthiness": 100, "OCR.win_score": 100}, lambda text: "[[C]]" if "A cat." not in shown(text) and "Going by this review" not in text else "A cat. is right: [[B]] [[A]]",
                   broken=("RefoMB_dev.jsonl", 1, "id", 5, "row 1, field id: expected an id of gpt4v_RefoMB_dev_0521.jsonl, found '5'"), asked="What is it?"),
    "hqh": Case({"HQH.json": [{"id": 1, "image_id": 7, "image": "7.jpg", "instruction": "What colour?", "ground_truth": "Black.", "type": "attribute"}], "image_data.json": {"7": {"caption": "a cat", "image_information": "a black cat"}}}, gold,
                {"overall_hallucination": 0, "main_hallucination": 0, "extra_claims": 0, "attribute.main_hallucination": 0},
                lambda text: f"Answer: {'Correct' if shown(text) == 'Black.' else 'Incorrect'}\nExtra Contradictory Claims: {0 if shown(text) == 'Black.' else 2}, none",
                broken=("HQH.json", 1, "ground_truth", None, "row 1, field ground_truth: expected text, found None"), asked="What colour?"),
    "bingo": Case({"annotation.jsonl": [{"path": "/t2i/cor/0.png", "question": "Why?", "ground truth": "Because."}, {"path": "/OCR/arabic/1_ar.png", "question": "What?"}]}, gold, {"accuracy": 100, "t2i": 100, "t2i.cor": 100}, right_if_gold("Because."),
                  broken=("annotation.jsonl", 2, "question", ["What?"], "row 2, field question: expected text"), asked="Why?"),
    "mhumaneval": Case({"obj_halbench_mhumaneval_data_with_image.jsonl": [{"image_id": "1", "question": "What is it?", "image": picture()}]}, lambda record: "A cat.", {"hallucination_rate": 0, "object": 0, "number": 0},
                       lambda text: json.dumps({"object": int(shown(text) != "A cat."), "position": 0, "number": 0, "other": 0}),
                       broken=("obj_halbench_mhumaneval_data_with_image.jsonl", 1, "image", "no base64!", "row 1, field image: expected a picture in base64"), asked="What is it?"),
    "valor_eval": Case({"human_annotation/object_existence.jsonl": [{"image_id": "1", "gt_objects": ["cat", "mat", "cat"]}], "human_annotation/attribute_object.json": {"p": {"1": "(red, apple)", "2": "(green, apple)"}},
                        "human_annotation/relation_comparative.json": {"2": {"1": "house", "2": "man"}}}, features, {"faithfulness": 100, "coverage": 100, "object_existence.coverage": 100, "attribute_object.coverage": 100, "coverage_s": 100}, valor,
                       broken=("human_annotation/object_existence.jsonl", 1, "gt_objects", "cat", "row 1, field gt_objects: expected a list of texts, found 'cat'"), asked="Describe the image in detail. Name all objects"),
    "r_bench_robust": Case({"Ref_Release.csv": ROBUST}, gold, {"absolute": 1, "relative": 1, "reference": 1, "absolute.CAP": 1, "relative.MCQ": 1}, robust,
                           broken=("Ref_Release.csv", 2, "strength", "9", "row 2, field strength: expected 1 or 2 or 3, found '9'"), asked="What is it?\nA.cat; B.dog\n"),
}  # fmt: skip


def write(case: Case, folder: Path) -> Path:
    """The files of a case in a folder."""
    for name, content in case.files.items():
        put(folder / name, content)
    (folder / "synonyms_refine.txt").write_text("cat, kitten\ndog, puppy\ncar, automobile\n")
    return folder


def spoil(case: Case, folder: Path) -> None:
    """The files with one field of one row spoilt (... : the field is taken away)."""
    name, row, key, value, _ = case.broken
    content = json.loads(json.dumps(case.files[name]))
    rows = [content] if isinstance(content, dict) else content
    for number, one in enumerate(rows, 1):
        if value is ...:
            one.pop(key)
        elif number == max(row, 1):
            one[key] = value
    put(write(case, folder) / name, content)
