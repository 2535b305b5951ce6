"""Small files in the published layouts of the conversation benchmarks, gold responses, and judges who tell the truth."""

from __future__ import annotations

import json

from hallucination_files import Case, gold, nobody
from scripted_judge import shown

from veridical.records.record import Record

QUESTION = {"question": "Is it sharp?", "option0": "Yes", "option1": "No", "option2": "N/A", "option3": "N/A", "question_type": 0, "question_concern": 0, "correct_choice": "B", "image": "1.jpg"}
LOW_LEVEL = [
    {**QUESTION, "id": 1}, {**QUESTION, "id": 2, "question_type": 1, "option2": "Partly", "correct_choice": "C"}, {**QUESTION, "id": 3, "question_type": 2, "question_concern": 3, "correct_choice": "A"},
]  # fmt: skip
LLAVA = [{"question_id": number, "image": "001.jpg", "text": f"What is {number}?", "category": category} for number, category in enumerate(("conv", "detail", "complex"))]
WILD = [{"question_id": f"q{number}", "instruction": f"What is {number}?", "image": f"{number}.jpg", "claude-3-sonnet-20240229": "A dog."} for number in range(4)]
VIBE = [{"example_id": f"vibe-eval/{kind}/x{number}", "category": kind, "prompt": f"What is {number}?", "reference": "A cat.", "media_filename": "1.jpg", "media_url": "https://x/1.jpg"}
        for number, kind in enumerate(("difficulty-hard", "difficulty-normal"))]  # fmt: skip
LIVE = [{"id": str(number), "images": ["1.jpg", "2.jpg"][: number + 1], "question": f"What happened {number}?", "answer": "It rained.", "criteria": "10 for rain.", "subtask": subtask} for number, subtask in enumerate(("Basic Understanding", "Divergent Thinking"))]
ASSESSED = [{"img_path": f"{number}.jpg", "gt_score": score} for number, score in enumerate((1.5, 3.0, "2.25", 4.0))]


def reference(record: Record) -> str:
    """What a judge's files hold as the good answer."""
    return next(fact.text for fact in record.facts if fact.kind == "reference")


def two_scores(text: str) -> str:
    """A ten for the response that is the reference."""
    first, second = text.split("==========\n")[1], text.split("==========\n")[3]
    return f"10 {10 if first == second else 3}\nBecause."


def opinions(record: Record) -> str:
    """Logits that follow people's opinion."""
    return json.dumps([float(record.answer.value), 0.5])


CASES = {
    "q_bench": Case({"dev.jsonl": LOW_LEVEL}, gold, {"accuracy": 100, "yes_no": 100, "what": 100, "in_context_other": 100}, nobody, broken=("dev.jsonl", 2, "question_type", 3, "row 2, field question_type: expected a number from 0 to 2, found 3"), asked="Is it sharp?\nA. Yes\nB. No\nAnswer"),
    "q_bench_describe": Case({"describe.jsonl": [{"image": "1.jpg", "description": "It is sharp."}]}, gold, {"total": 6, "completeness": 2}, lambda text: f"Score: {2 if shown(text) == 'It is sharp.' else 0}",
                             broken=("describe.jsonl", 1, "description", None, "row 1, field description: expected text, found None"), asked="Describe the quality"),
    "q_bench_assess": Case({"koniq.json": ASSESSED}, opinions, {"srcc": 1, "plcc": 1, "koniq.srcc": 1}, nobody, broken=("koniq.json", 3, "gt_score", "good", "row 3, field gt_score: expected a number, people's mean opinion, found 'good'"), asked="Rate the quality of the image."),
    "llava_bench": Case({"questions.jsonl": LLAVA, "context.jsonl": [{"image": "001.jpg", "caption": ["A cat.", "It sits."]}], "answers_gpt4.jsonl": [{"question_id": number, "text": f"It is {number}."} for number in range(3)]}, reference,
                        {"relative": 100, "detail.relative": 100, "response": 100}, two_scores, broken=("questions.jsonl", 2, "category", "chat", "row 2, field category: expected conv or detail or complex, found 'chat'"), asked="What is 0?"),
    "llava_bench_wilder": Case({"test.jsonl": [{"image": None, "Question": "What is it?", "Answer": "A cat."}]}, reference, {"relative": 100, "response": 100}, two_scores,
                               broken=("test.jsonl", 1, "Answer", ["A cat."], "row 1, field Answer: expected text, found ['A cat.']"), asked="What is it?"),
    "live_bench": Case({"test.jsonl": [{**row, "images": []} for row in LIVE]}, gold, {"score": 100, "subtask.Basic Understanding": 100}, lambda text: json.dumps({"Explanation": "Yes.", "Rating": "10" if shown(text) == "It rained." else 2}),
                       broken=("test.jsonl", 2, "criteria", None, "row 2, field criteria: expected text, found None"), asked="What happened 0?"),
    "vibe_eval": Case({"vibe-eval.v1.jsonl": VIBE}, gold, {"score": 100, "hard": 100, "normal": 100}, lambda text: f"Explanation: so.\n\nRating: {5 if shown(text) == 'A cat.' else 1}",
                      broken=("vibe-eval.v1.jsonl", 1, "category", "hard", "row 1, field category: expected difficulty-hard or difficulty-normal, found 'hard'"), asked="What is 0?"),
    "wildvision_bench": Case({"test.jsonl": [{**row, "image": None} for row in WILD]}, lambda record: "A cat.", {"score": 100, "win_rate": 100, "reward": 100}, lambda text: "I think [[B>>A]]" if shown(text) == "A cat." else "[[A>B]]",
                             broken=("test.jsonl", 3, "claude-3-sonnet-20240229", None, "row 3, field claude-3-sonnet-20240229: expected text, found None"), asked="What is 0?"),
}  # fmt: skip
