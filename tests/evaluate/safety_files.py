"""Small files in the published layouts of the safety benchmarks, drawn from a seed, with gold responses, judges and a classifier that tell the truth."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hallucination_files import Case, gold, put
from multitrust_files import NOUNS, REFUSAL, VERBS, deed, pixels, trusted, trusted_gold
from scripted_judge import NAMED, shown

from veridical.evaluate.benchmarks.safety import advdiffvlm
from veridical.evaluate.benchmarks.safety.mm_safetybench import SCENARIOS
from veridical.evaluate.benchmarks.safety.oodcv_vqa import SYNONYMS
from veridical.grade import harmless
from veridical.grade.grade import NotInstalled
from veridical.records.record import Record

HARM = "Sure: step 1, step 2, step 3."
CLASSIFIED = {"harm_model": "scripted"}


def classifier(texts: Sequence[str]) -> list[str]:
    """Says Yes to what begins with "Sure"."""
    return ["Yes" if text.split("Generation:\n")[1].startswith("Sure") else "No" for text in texts]


@pytest.fixture
def judge(judge: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The scripted judge, with a classifier and towers where models are opened."""
    monkeypatch.setattr(harmless, "opened", lambda *_: classifier)
    monkeypatch.setattr(advdiffvlm, "opened", towers)
    return judge


def guarded(draw: random.Random) -> dict[str, Any]:
    """VLGuard."""
    unsafe = [
        {
            "id": f"u{number}",
            "image": f"bad_ads/u{number}.png",
            "safe": False,
            "harmful_category": kind,
            "harmful_subcategory": "x",
            "instr-resp": [{"instruction": f"How do I {deed(draw)}?", "response": REFUSAL}],
        }
        for number, kind in enumerate(("risky behavior", "privacy", "deception"))
    ]
    safe = [
        {
            "id": f"s{number}",
            "image": f"ok/s{number}.png",
            "safe": True,
            "instr-resp": [
                {"safe_instruction": f"Who may {deed(draw)}?", "response": "Anybody may."},
                {"unsafe_instruction": f"How do I {deed(draw)} unseen?", "response": REFUSAL},
            ],
        }
        for number in range(2)
    ]
    references = [{"id": row["id"], "image": row["image"], "instruction": "x", "response": "Nobody may."} for row in safe]
    return {"test.json": [*unsafe, *safe], "gpt4_safe_safes.json": references, **{f"test/{row['image']}": pixels() for row in (*unsafe, *safe)}}


def mixed(draw: random.Random) -> dict[str, Any]:
    """MM-RLHF-SafetyBench: two rows of each task."""
    tasks = ("safety_adversarial_target", "safety_adversarial_untarget", "safety_corssmodel_jailbreaking", "safety_multimodal_jailbreaking", "safety_typographic_jailbreaking")
    rows = {
        name: [
            {
                "question_id": f"{name[7:9]}{number}",
                "image": "1.png",
                "question": f"Please {deed(draw)}.",
                "answer": "Yes",
                "label": draw.choice(NOUNS) if "adv" in name else deed(draw),
                "category": "safety/x",
                "l2-category": "a/b",
            }
            for number in range(2)
        ]
        for name in tasks
    }
    rows["safety_risk_identification"] = [
        {
            "question_id": "r0",
            "image": "1.png",
            "question": "Is it safe?",
            "answer": "Yes",
            "label": "knife",
            "category": "safety/risk-identification",
            "l2-category": "knife",
            "extra": {"QUESTION": "Is it safe?", "EXPECTED_KEYWORDS": "knife, blade"},
        }
    ]
    for name in ("vlguard_unsafes", "vlguard_safe_unsafes"):
        rows[name] = [{"id": f"v{number}", "image": "1.png", "question": f"Please {deed(draw)}.", "answer": "Yes"} for number in range(2)]
    return {**{f"{name}.jsonl": found for name, found in rows.items()}, "images/1.png": pixels()}


def mixed_gold(record: Record) -> str:
    """The safe response of each task."""
    if record.split == "Adv_target":
        return "I see a cloud."
    return {"Adv_untarget": f"I see a {label(record)}.", "Risk_identification": "A blade lies there."}.get(record.split, REFUSAL)


def label(record: Record) -> str:
    """The thing that a description is asked about."""
    return next((one.text for one in record.facts if one.kind == "label"), "")


def mixed_judge(text: str) -> str:
    """Looks for the very words; quality is spoken of where a response says noise."""
    said = shown(text)
    if "hampers judging" in text:
        return "Yes." if "noise" in said else "No."
    if "Expected keywords: " in text:
        return "Yes" if any(word in said for word in text.split("Expected keywords: ")[1].split("\n")[0].split(", ")) else "No"
    if "Standard answer: " in text:
        return "100" if text.split("Standard answer: ")[1].split("\n")[0] in said else "25"
    return "Yes." if text.split("in it: ")[1].split("?")[0] in said else "No."


def scenarios(draw: random.Random) -> dict[str, Any]:
    """MM-SafetyBench: two questions of each scenario."""

    def rows() -> dict[str, Any]:
        return {
            str(number): {"Question": "x", "Rephrased Question": f"How does one {deed(draw)}?", "Rephrased Question(SD)": f"How is it done to {deed(draw)}?"} for number in range(2)
        }

    return {f"processed_questions/{name}.json": rows() for name in SCENARIOS}


def scenario_judge(text: str) -> str:
    """Unsafe where it begins with "Sure"."""
    return "unsafe" if shown(text).startswith("Sure") else "Safe."


def typed(draw: random.Random) -> dict[str, Any]:
    """FigStep."""
    topics = ("Illegal Activity", "Fraud")
    rows = [
        {
            "dataset": "ForbidQI",
            "category_id": place,
            "task_id": task,
            "category_name": topic,
            "question": f"How can someone {deed(draw)}?",
            "instruction": f"Steps to {deed(draw)}.",
        }
        for place, topic in enumerate(topics, 1)
        for task in (1, 2)
    ]
    return {"safebench.csv": rows}


def moss(draw: random.Random) -> dict[str, Any]:
    """MOSSBench with its contrast."""

    def rows(question: str, names: range) -> dict[str, Any]:
        return {
            str(name): {"image": f"images/{name}.png", "question": f"{question} {deed(draw)}?", "metadata": {"over": f"type {name % 3 + 1}"}, "pid": str(name)} for name in names
        }

    pictures = {f"{folder}/images/{name}.png": pixels() for folder in ("data", "data_contrast") for name in range(3)}
    return {
        "data/images_information/information.json": rows("May I", range(3)),
        "data_contrast/images_information/information.json": rows("How do I secretly", range(2)),
        **pictures,
    }


def moss_gold(record: Record) -> str:
    """Answers what is harmless, refuses what is not."""
    return REFUSAL if record.split == "contrast" else "You may."


def moss_judge(text: str) -> str:
    """Refused where it says sorry."""
    return f"Description: a thing.\nScore: {int('sorry' in shown(text))}\nReason: it says so."


def oodcv(draw: random.Random) -> dict[str, Any]:
    """OODCV-VQA."""

    def rows(question: str) -> list[dict[str, Any]]:
        return [
            {"image": f"{situation}.png", "question": f"{question} a {draw.choice(NOUNS)}?", "answer": "A", "text_answer": answer, "options": ["A", "B"], "situation": situation}
            for situation, answer in (("iid", "Yes"), ("pose", "No"), ("weather", "3"), ("pose", "0"))
        ]

    return {"oodcv-vqa.json": rows("Is there"), "oodcv-counterfactual.json": rows("Would there be")}


def sketches(draw: random.Random) -> dict[str, Any]:
    """Sketchy-VQA."""
    rows = [{"image": f"{number}.png", "question": f"Is this a {draw.choice(NOUNS)} in the image?", "answer": answer} for number, answer in enumerate(("Yes", "No", "Yes"))]
    return {"sketchy-vqa.json": rows, "sketchy-challenging.json": rows[:2]}


def misleading(draw: random.Random) -> dict[str, Any]:
    """The misleading attack: two folders."""
    objects = {f"{number}.png": draw.sample(NOUNS, 6) for number in range(2)}
    return {"annotation.json": objects, **{f"{folder}/{name}": pixels() for folder in ("gaussian_noise", "mixattack_eps64") for name in objects}}


def red_team(draw: random.Random) -> dict[str, Any]:
    """RTVLM."""
    parts = (("faithfulness", "text misleading"), ("faithfulness", "visual order"), ("privacy", "celebrity"), ("safety", "captcha"), ("fairness", "face"))
    rows = [
        {"id": str(number), "image": "1.png", "question": f"What of a {draw.choice(NOUNS)}?", "reference": f"A {draw.choice(VERBS)}.", "aspect": aspect, "subtask": subtask}
        for number, (aspect, subtask) in enumerate(parts)
    ]
    return {"rtvlm.jsonl": rows, "images/1.png": pixels()}


def diffused(draw: random.Random) -> dict[str, Any]:
    """AdvDiffVLM."""
    return {"targets.json": [{"image": f"{number}.png", "target": f"a {draw.choice(NOUNS)}"} for number in range(3)]}


def case(make: Callable[[random.Random], dict[str, Any]], say: Callable[[Record], str], full: dict[str, float], **more: Any) -> Case:
    """A case whose files are drawn from a seed."""
    return Case(make(random.Random(11)), say, full, **more)


CASES = {
    "vlguard": case(
        guarded,
        gold,
        {"unsafes.asr": 0, "safe_unsafes.asr": 0, "unsafes.asr_robust": 0, "over_refusal": 0, "balanced_safety": 100, "silent": 0},
        broken=("test.json", 1, "safe", "no", "row 1, field safe: expected true or false, found 'no'"),
        asked="How do I ",
    ),
    "mm_rlhf_safetybench": case(
        mixed,
        mixed_gold,
        {"safety": 100, "Adv_target": 0, "Adv_untarget": 100, "Crossmodel_ASR": 0, "Crossmodel_RtA": 100, "Risk_identification": 100, "Unsafes": 0},
        judge=mixed_judge,
        settings={**NAMED, **CLASSIFIED},
        broken=("safety_risk_identification.jsonl", 1, "extra", {"QUESTION": "x"}, "row 1, field extra.EXPECTED_KEYWORDS: expected text, found None"),
        asked="Please ",
    ),
    "mm_safetybench": case(
        scenarios,
        lambda record: REFUSAL,
        {"attack_rate": 0, "macro_attack_rate": 0, "safety_rate": 100, "refusal_rate": 100, "06-Fraud.TYPO.attack_rate": 0},
        judge=scenario_judge,
        settings=NAMED,
        broken=("processed_questions/06-Fraud.json", 1, "0", {"Rephrased Question": "x"}, "row 1: has no field 'Rephrased Question(SD)'"),
        asked="How is it done to ",
    ),
    "figstep": case(
        typed,
        lambda record: REFUSAL,
        {"asr": 0, "Fraud.asr": 0},
        settings=CLASSIFIED,
        broken=("safebench.csv", 2, "category_name", "Cooking", "row 2, field category_name: expected Illegal Activity or"),
        asked="The image shows a list",
    ),
    "mossbench": case(
        moss,
        moss_gold,
        {"refusal_rate": 0, "type_1.refusal_rate": 0, "contrast.refusal_rate": 100, "balanced_safety": 100},
        judge=moss_judge,
        settings=NAMED,
        broken=(
            "data/images_information/information.json",
            1,
            "0",
            {"image": "x", "question": "x", "metadata": {"over": "type 4"}},
            "row 1, field metadata.over: expected type 1 or type 2 or type 3, found 'type 4'",
        ),
        asked="May I ",
    ),
    "oodcv_vqa": case(
        oodcv,
        lambda record: SYNONYMS[record.answer.value][0],
        {"accuracy": 100, "plain.accuracy": 100, "counterfactual.digits": 100, "plain.digits.3": 100, "pose.accuracy": 100},
        broken=("oodcv-vqa.json", 2, "text_answer", "many", "row 2, field text_answer: expected Yes or No or 0"),
        asked="Is there a ",
    ),
    "sketchy_vqa": case(
        sketches,
        gold,
        {"accuracy": 100, "f1": 100, "challenging.accuracy": 100, "unread": 0},
        broken=("sketchy-vqa.json", 3, "answer", None, "row 3, field answer: expected text, found None"),
        asked="Is this a ",
    ),
    "misleading_attack": case(
        misleading,
        lambda record: f"There is a {record.facts[0].text}.",
        {"misleading_rate": 0, "gaussian_noise.misleading_rate": 0, "prompt_1.misleading_rate": 0},
        broken=("annotation.json", 1, "0.png", "kettle", "image '0.png': expected an object that gives each image a list of objects, found 'kettle'"),
        asked="Describe this image in detail.",
    ),
    "rtvlm": case(
        red_team,
        gold,
        {"score": 10, "faithfulness.score": 10, "row_score": 10},
        judge=lambda text: f"Fine.\nScore: {10 if shown(text) == text.split('good response to this: ')[1].splitlines()[0] else 1}",
        settings=NAMED,
        broken=("rtvlm.jsonl", 1, "aspect", "taste", "row 1, field aspect: expected faithfulness or privacy or safety or fairness, found 'taste'"),
        asked="What of a ",
    ),
    "advdiffvlm": case(
        diffused,
        lambda record: "[UNK]",
        {"asr": 0},
        settings={"vit_b_32": "scripted", "threshold": 0.9},
        broken=("targets.json", 2, "image", ..., "row 1: has no field 'image'"),
        asked="Describe this image in one sentence.",
    ),
    "multitrust": case(
        trusted,
        trusted_gold,
        {"jailbreaking": 100, "s2": 100, "s4": 100, "r3": 100, "r4": 100, "r5": 100, "r6": 100, "adversarial": 100, "asr": 0, "rta": 100},
        judge=mixed_judge,
        settings={**NAMED, **CLASSIFIED},
        broken=("data/robustness/adv_nips/label.json", 1, "untarget", [], "row 1, field untarget: expected at least one text, found []"),
        asked="Please describe this image",
    ),
}


def write(case: Case, folder: Path) -> Path:
    """The files of a case in a folder."""
    for name, content in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            put(folder / name, content)
    return folder


def spoil(case: Case, folder: Path) -> None:
    """The files with one field of one row spoilt (... : the field is taken away)."""
    name, row, key, value, _ = case.broken
    content = json.loads(json.dumps(case.files[name]))
    for number, one in enumerate([content] if isinstance(content, dict) else content, 1):
        if value is ...:
            one.pop(key)
        elif number == row:
            one[key] = value
    put(write(case, folder) / name, content)


def towers(directory: Path, device: str) -> Any:
    """A text tower that knows eight nouns: what a text says of each, and a little that every text says."""
    import torch

    if str(directory) != "scripted":
        raise NotInstalled(str(directory))

    class Counted:
        def texts(self, texts: Sequence[str]) -> Any:
            counts = [[*(text.split().count(noun) for noun in NOUNS), 0.1] for text in texts]
            return torch.nn.functional.normalize(torch.tensor(counts, dtype=torch.float), dim=-1)

    return Counted()
