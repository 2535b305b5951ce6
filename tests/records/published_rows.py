"""Rows in the published shape of each format, with invented content, and the pictures that they name."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from veridical.records.record import Record

COLOURS = {"a.png": (200, 0, 0), "b.png": (0, 200, 0), "c.png": (0, 0, 200)}


def png(colour: tuple[int, int, int], size: tuple[int, int] = (8, 6)) -> bytes:
    """A picture of one colour, as a file."""
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(folder: Path) -> Path:
    """Three pictures under pictures/ of a folder."""
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for name, colour in COLOURS.items():
        (folder / "pictures" / name).write_bytes(png(colour))
    return folder


def embedded(name: str) -> dict[str, Any]:
    """A picture as Parquet stores it."""
    return {"bytes": png(COLOURS[name]), "path": name}


def write(path: Path, rows: Any) -> str:
    """Rows as a JSON list or as JSON lines."""
    text = "".join(json.dumps(row) + "\n" for row in rows) if path.suffix == ".jsonl" else json.dumps(rows)
    path.write_text(text, encoding="utf-8")
    return str(path)


def rating(number: str) -> dict[str, str]:
    """One of VLFeedback's ratings."""
    return {"Rating": number, "Rationale": f"because {number}"}


def completion(model: str, text: str, *ratings: str) -> dict[str, Any]:
    """One of VLFeedback's completions."""
    names = ("Helpfulness", "Ethical Considerations", "Visual Faithfulness")
    return {"model": model, "response": text, "annotations": {name: rating(number) for name, number in zip(names, ratings, strict=True)}}


def text(role: str, *parts: str) -> dict[str, Any]:
    """A typed message; "<image>" stands for a picture part."""
    return {"role": role, "content": [{"type": "image"} if part == "<image>" else {"type": "text", "text": part} for part in parts]}


TRL = [
    {"prompt": [text("user", "<image>", "What is it?")], "chosen": [text("assistant", "A dog.")], "rejected": [text("assistant", "A cat.")], "images": ["pictures/a.png"]},
    {
        "prompt": [text("system", "Be brief."), text("user", "Left ", "<image>", " or right ", "<image>", "?"), text("assistant", "Left."), text("user", "Why?")],
        "chosen": [text("assistant", "It is red.")],
        "rejected": [text("assistant", "It is blue.")],
        "images": ["pictures/a.png", "pictures/b.png"],
    },
    {"prompt": [text("user", "2 + 2?")], "chosen": [text("assistant", "4")], "rejected": [text("assistant", "5")], "images": []},
]
TRL_PLAIN = [
    {"prompt": "What is it?", "chosen": "A dog.", "rejected": "A cat.", "images": ["pictures/a.png"]},
    {"prompt": "Which of <image> and <image> is red?", "chosen": "The first.", "rejected": "The second.", "images": ["pictures/a.png", "pictures/b.png"]},
    {"prompt": "2 + 2?", "chosen": "4", "rejected": "5", "images": []},
]
LLAMA_FACTORY = [
    {
        "conversations": [{"from": "human", "value": "<image>What is it?"}],
        "chosen": {"from": "gpt", "value": "A dog."},
        "rejected": {"from": "gpt", "value": "A cat."},
        "images": ["pictures/a.png"],
    },
    {
        "conversations": [
            {"from": "system", "value": "Be brief."},
            {"from": "human", "value": "Is it red?\n<image>"},
            {"from": "gpt", "value": "Yes."},
            {"from": "human", "value": "And <image> too?"},
        ],
        "chosen": {"from": "gpt", "value": "No, green."},
        "rejected": {"from": "gpt", "value": "Yes, red."},
        "images": ["pictures/a.png", "pictures/b.png"],
    },
]
MS_SWIFT = [
    {
        "messages": [{"role": "user", "content": "<image>What is it?"}, {"role": "assistant", "content": "A dog."}],
        "rejected_response": "A cat.",
        "images": ["pictures/a.png"],
        "margin": 1.5,
    },
    {"messages": [{"role": "user", "content": "<image>Colour?"}, {"role": "assistant", "content": "Red."}], "rejected_images": ["pictures/b.png"], "images": ["pictures/a.png"]},
    {
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello.", "loss": False},
            {"role": "user", "content": "Bye"},
            {"role": "assistant", "content": "Bye."},
        ],
        "rejected_messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": "Bye"},
            {"role": "assistant", "content": "What?"},
        ],
    },
    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}], "label": True},
]
RLHF_V = [
    {
        "ds_name": "RLHF-V",
        "image": embedded("a.png"),
        "text": json.dumps({"question": "What is it?", "chosen": "A dog.", "rejected": "A dog and a cat."}),
        "origin_dataset": "COCO",
        "origin_split": json.dumps({"model": "Muffin", "type": "question_answering"}),
        "idx": 0,
        "image_path": "a.png",
    },
    {
        "ds_name": "RLHF-V",
        "image": embedded("b.png"),
        "text": json.dumps({"question": "Describe it.", "chosen": "Green.", "rejected": "Red.", "logps": [1, 2, 3, 4, 5, 6]}),
        "origin_dataset": "COCO",
        "origin_split": json.dumps({"model": "Muffin", "type": "detailed_description"}),
        "idx": 1,
        "image_path": "b.png",
    },
]
RLHF_V_OLD = [
    {
        "dataset_name": "RLHF-V",
        "image": "pictures/a.png",
        "text": json.dumps({"question": "What is it?", "chosen": "A dog.", "rejected": "A cat."}),
        "origin_split": base64.b64encode(json.dumps({"model": "Muffin", "type": "question_answering"}).encode()).decode(),
        "origin_split_inner_idx": 7,
    },
]
RLAIF_V = [
    {
        "ds_name": "RLAIF-V",
        "image": embedded(name),
        "question": "What is it?",
        "chosen": "A dog.",
        "rejected": "A dog and a cat.",
        "origin_dataset": "COCO",
        "origin_split": json.dumps({"model": "LLaVA", "iteration": 1}),
        "idx": str(number),
        "image_path": f"{name}",
    }
    for number, name in enumerate(("a.png", "b.png"))
]
RLAIF_V_MADE = [
    {
        "image_id": 7,
        "image_path": "pictures/a.png",
        "ds_question_id": "q7",
        "question": "What is it?",
        "chosen": "A dog.",
        "rejected": "A dog and a cat.",
        "org_infos": {"scores": {"chosen": {"judge": "m", "score": "0"}, "rejected": {"judge": "m", "score": "-2"}}},
    },
    {"question_id": 0, "ds_question_id": "q8", "raw_question": "Describe it.", "answer": "Green.", "metainfos": {"image_path": "pictures/b.png"}},
    {"ds_question_id": "q9", "image_path": "pictures/c.png", "question": "Describe it.", "metainfos": {"reference": ""}},
]
LLAVA_RLHF = [
    {
        "id": "1",
        "image": "pictures/a.png",
        "conversations": [{"from": "human", "value": "<image>\nWhat is it?"}, {"from": "gpt", "value": "x"}],
        "output_1": {"from": "llava", "value": "A dog."},
        "output_2": {"from": "llava", "value": "A cat."},
        "preference": 1,
        "hallucination": True,
        "flip": False,
    },
    {
        "id": "2",
        "image": "pictures/b.png",
        "conversations": [
            [{"from": "human", "value": "What is it?\n<image>"}, {"from": "gpt", "value": "A leaf."}, {"from": "human", "value": "Sure?"}, {"from": "gpt", "value": "x"}]
        ],
        "output_1": {"from": "llava", "value": "No."},
        "output_2": {"from": "llava", "value": "Yes, it is green."},
        "preference": 2,
    },
]
VLFEEDBACK = [
    {
        "id": "v1",
        "prompt": "What is it?",
        "models": ["a", "b", "c", "d"],
        "img_path": "pictures/a.png",
        "completions": [
            completion("a", "A dog.", "5", "5", "5"),
            completion("b", "A cat.", "1", "5", "3"),
            completion("c", "A hen.", "4", "3", "2"),
            completion("d", "A fox.", "4", "5", "N/A"),
        ],
    },
]
MM_RLHF = [
    {
        "id": "073_1",
        "image": "pictures/a.png",
        "prompt": "What is it?",
        "chosen": "A dog.",
        "rejected": "A cat.",
        "chosen_reason": "why",
        "rejected_reason": "why not",
        "ls_factor": 0.5,
    },
    {"id": "073_1", "image": "pictures/a.png", "prompt": "What is it?", "chosen": "A dog.", "rejected": "A hound.", "chosen_reason": "", "rejected_reason": "", "is_tie": True},
]
LLAVA = [
    {"id": "1", "image": "pictures/a.png", "conversations": [{"from": "human", "value": "<image>\nWhat is it?"}, {"from": "gpt", "value": "A dog."}]},
    {
        "id": "2",
        "images": ["pictures/a.png", "pictures/b.png"],
        "conversation": [
            {"role": "user", "content": "<image><image>Which is red?"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "Sure?"},
            {"role": "assistant", "content": "Yes."},
        ],
    },
    {"id": "3", "conversations": [{"from": "human", "value": "2 + 2?"}, {"from": "gpt", "value": "4"}]},
]
QUESTIONS = [
    {"id": "q1", "question": "How many?", "answer": "3", "image_path": "pictures/a.png"},
    {"id": "q2", "problem": "Which of <image> and <image>?", "answer": "A", "options": ["first", "second"], "images": ["pictures/a.png", "pictures/b.png"]},
    {"id": "q3", "question": "See <image1>: the area?", "answer": "$\\frac{1}{2}$", "image": "pictures/a.png"},
    {"id": "q4", "question": "Is 2 even?", "answer": "Yes"},
]

MESSAGE = json.dumps([
    {"role": "system", "content": "Think first."},
    {"role": "user", "content": [{"type": "text", "text": "The area?"}, {"type": "image", "image": "file:///d/a.jpg"}]},
])  # fmt: skip
CHAT_ANSWERS = [
    {"message": MESSAGE, "answer": "$\\boxed{60}$", "question": "The area?"},
    {"id": "e0", "conversations": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}], "answer": "$3$", "image_urls": ["file:///d/a.jpg"]},
    {"message": json.dumps([{"role": "user", "content": "Which response is better?"}]), "question": "q", "answer": ["<answer>2</answer>"]},
    {
        "data_source": "gsm", "prompt": [{"role": "user", "content": "<image>2 + 2?"}], "images": ["pictures/a.png"], "ability": "math",
        "reward_model": {"style": "rule", "ground_truth": "4"},
    },
    {"id": 1, "image": ["pictures/a.png", "pictures/b.png"], "conversations": [{"from": "human", "value": "<image><image>How many?"}, {"from": "gpt", "value": 3}]},
    {"id": 2, "image": "pictures/a.png", "conversations": [{"from": "human", "value": "<image>Which?"}, {"from": "gpt", "value": "B. two"}], "accu_reward_method": "mcq"},
    {"id": 3, "image": "pictures/a.png", "conversations": [{"from": "human", "value": "<image>Where?"}, {"from": "gpt", "value": [1, 2, 30, 40]}]},
]
R1 = [
    {"image": "pictures/a.png", "problem": "How many items?", "solution": "<answer> 3 </answer>"},
    {"image": "pictures/a.png", "problem": "Please provide the box.", "solution": [10, 20, 110, 220]},
    {"image": "pictures/a.png", "problem": "Detect all.", "solution": "<answer>[{'Position': [1, 2, 3, 4], 'Confidence': 1}]</answer>"},
    {"image": "pictures/a.png", "problem": "Solve.", "solution": "<think>Two and two.</think>\n<answer>4</answer>", "original_question": "Solve it.", "original_answer": "4"},
    {"problem": "q A. x B. y ", "solution": "<answer>B.</answer>", "video": "d/v.mp4", "original_question": "q A. x B. y Please answer", "original_answer": "B. y"},
    {
        "problem_id": 7, "problem": "What happens?", "data_type": "video", "problem_type": "multiple choice", "options": ["A. it falls", "B. it flies"],
        "solution": "<answer>A</answer>", "path": "./d/v.mp4", "data_source": "LLaVA-Video-178K",
    },
    {
        "problem_id": 8, "problem": "Read it.", "data_type": "image", "problem_type": "OCR", "options": [], "solution": "<answer>STOP</answer>",
        "path": "./pictures/a.png", "data_source": "x",
    },
    {
        "id": 9, "video_name": "v", "question_text": "What is heard in the video?", "multi_choice": ["a dog", "a cat"], "answer": 1, "question_relation": "both",
        "question_type": "Which", "dataset_name": "AVQA", "audio_path": "d/v.wav",
    },
    {"question": "Solve x + 1 = 2.", "gold_answer": "x = 1", "pass_rate": 0.25},
]  # fmt: skip


def plain(record: Record, folder: Path) -> dict[str, Any]:
    """What a record says, without where it was read: pictures by content, no provenance, no id."""
    contents = [one.data or (Path(one.path).read_bytes() if Path(one.path).is_file() else one.path) for one in record.media]
    media = [one.model_dump(exclude={"path", "data", "sha256"}) | {"content": content} for one, content in zip(record.media, contents, strict=True)]
    return record.model_dump(exclude={"provenance", "record_id", "media"}) | {"media": media}
