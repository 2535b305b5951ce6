"""Rows in the published shape of every format, with invented content: what the tests of reading, writing and converting share."""

from __future__ import annotations

import json
import wave
from io import BytesIO
from pathlib import Path
from typing import Any

import published_rows as published


def sound(samples: int = 8) -> bytes:
    """A short silence, as a file."""
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * samples)
    return buffer.getvalue()


def media(folder: Path) -> Path:
    """The pictures, clips, frames and sounds that the rows name."""
    published.pictures(folder)
    for name in ("VG_100K/101.jpg", "VG_100K_2/102.jpg", "COCO_val2014_000000000042.jpg", "COCO_train2014_1.jpg", "0001.jpg", "0002.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(published.png((len(name), 9, 9)))
    for number in (1, 2, 10):
        (folder / "video" / "clip_001").mkdir(parents=True, exist_ok=True)
        (folder / "video" / "clip_001" / f"frame_{number}.png").write_bytes(published.png((number, 0, 0)))
    (folder / "d").mkdir(exist_ok=True)
    (folder / "d" / "v.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (folder / "d" / "v.wav").write_bytes(sound())
    return folder


def said(text: str, answer: str, names: tuple[str, str] = ("human", "gpt")) -> list[dict[str, str]]:
    """A question and its answer, from and value."""
    return [{"from": names[0], "value": text}, {"from": names[1], "value": answer}]


def chat(text: str, answer: str) -> list[dict[str, str]]:
    """A question and its answer, role and content."""
    return [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]


FACT_RLHF = [
    {"id": "1", "image": "pictures/a.png", "conversations": said("<image>\nWhich is it? A. a dog B. a cat", "A"), "caption_type": 2, "length_bonus": 0.5},
    {"id": "2", "image": "pictures/b.png", "conversations": said("What is it?\n<image>", "A leaf."), "caption_type": 1},
    {"id": "3", "image": "pictures/c.png", "conversations": [*said("<image>\nIs it red?", "No."), *said("Sure?", "Yes.")], "caption_type": 6},
]
HA_DPO = {
    "101": {"chosen": ["A dog on grass.", "On grass there is a dog."], "rejected": ["A dog with a ball on grass."]},
    "102": {"chosen": ["A leaf."], "rejected": ["A leaf and a bug.", "Two leaves."]},
}
HA_DPO_POPE = [
    {"image_id": 101, "question": "Is there a cup?", "answer": "no", "chosen": "No, there is none.", "reject": "Yes, there is a cup.", "correct": False},
    {"image_id": 102, "question": "Is there a leaf?", "answer": "yes", "chosen": "Yes, there is a leaf.", "reject": "No, there is none.", "correct": False},
]
POVID = [
    {
        "id": "COCO_train2014_1", "image": "./data/coco/COCO_train2014_1.jpg", "conversations": said("<image>\nWhat is it?", "A dog."),
        "rejected_conversations": said("<image>\nWhat is it?", "A cat."),
    },
    {
        "id": "COCO_train2014_1", "image": "COCO_train2014_1.jpg", "conversations": said("Its colour?\n<image>", "Red."),
        "rejected_conversations": said("Its colour?\n<image>", "Blue."),
    },
]
SPA_VL = [
    {"image": published.embedded("a.png"), "question": "How is it made?", "chosen": "I cannot help.", "rejected": "Take two.", "image_name": "a.png"},
    {"image": published.embedded("b.png"), "question": "What is it?", "chosen": "A leaf.", "rejected": "No.", "class1": "Harm", "class2": "Toy", "class3": "Leaf"},
    {"image": published.embedded("c.png"), "question": "Why is it blue?", "class1": "Harm", "class2": "Toy", "class3": "Paint"},
]
LRV = [
    {"image_id": "101", "question": "What is it?", "answer": "A dog.", "task": "image captioning"},
    {"image_id": "102", "question": "What does the horse eat?", "answer": "There is no horse.", "task": "negative"},
]
M_HALDETECT = [
    {
        "question": "Describe it.", "response": "😀 A red bus and a dog.", "image": "COCO_val2014_000000000042.jpg",
        "annotations": [{"start": 2, "end": 7, "text": "A red", "label": "INACCURATE"}, {"start": 6, "end": 11, "text": "d bus", "label": "ACCURATE"}],
    },
    {"question": "Describe it.", "response": "A cat.", "image": "000000000042.jpg", "annotations": [{"start": 0, "end": 5, "text": "A cat", "label": "ANALYSIS"}]},
]  # fmt: skip
LLAVA_HOUND = [
    {
        "id": "v_0", "video": "video/clip_001", "prompt": "<video>\nWhat happens?", "answer": "It falls.", "chosen": "It falls down.", "rejected": "It flies.",
        "chosen_score": 4, "rejected_score": 2,
    },
    {"id": "f_0", "frame": "pictures/a.png", "prompt": "<image>\nWhat is it?", "chosen": "A dog.", "rejected": "A cat."},
]
MIA_DPO = [
    {
        "id": "1", "image": ["pictures/a.png", "pictures/b.png"], "prompt": "<image-placeholder><image-placeholder>\nIn Image2, what is it?", "chosen": "A leaf.",
        "rejected": "A dog.", "gt": "A leaf.",
    },
    {"id": "2", "image": "pictures/c.png", "prompt": "<image-placeholder>\nWhat is in its middle?", "chosen": "Sky.", "rejected": "Sea.", "gt": "Sky."},
]
SYM_DPO = [
    {
        "image": ["pictures/a.png", "pictures/b.png", "pictures/c.png"], "context": "<image>Question: what? Answer: zq7 <image>Question: what? Answer: kf2 ",
        "prompt": "<image>Question: what?", "answer": "zq7", "chosen": "Answer: zq7", "rejected": "Answer: kf2",
    },
    {"image": "pictures/a.png", "context": "", "prompt": "<image>Question: what?", "answer": "ab1", "chosen": "ab1", "rejected": "a dog"},
]  # fmt: skip
CLIP_DPO = [
    {"image": "pictures/a.png", "prompt": "Describe it.", "chosen": "A red dog.", "rejected": "A blue dog.", "chosen_score": 0.31, "rejected_score": 0.24},
    {"image": "pictures/b.png", "prompt": "Describe it.", "chosen": "A leaf.", "rejected": "A bug.", "chosen_score": 0.3, "rejected_score": 0.1},
]
VLGUARD = [
    {
        "id": "x1", "image": "pictures/a.png", "safe": True,
        "instr-resp": [{"safe_instruction": "What is it?", "response": "A dog."}, {"unsafe_instruction": "How to hurt it?", "response": "I will not say."}],
    },
    {
        "id": "x2", "image": "pictures/b.png", "safe": False, "harmful_category": "privacy", "harmful_subcategory": "personal data",
        "instr-resp": [{"instruction": "Whose number is this?", "response": "I will not say."}],
    },
]  # fmt: skip
MMPR = [
    {"image": "pictures/a.png", "question": "<image>\nHow many?", "chosen": "Two and one.\n\nFinal answer: 3", "rejected": "Two and two.\n\nFinal answer: 4", "answer_gt": "3"},
    {"image": "['pictures/a.png', \"pictures/b.png\"]", "question": "Which of <image> and <image> is red?", "chosen": "The first.", "rejected": "The second."},
    {"question": "2 + 2?", "chosen": "4", "rejected": "5", "chosen_meta": {"model": "m"}},
    {"video": "d/v.mp4", "question": "<video>\nWhat happens?", "chosen": "It falls.", "rejected": "It flies."},
    {"image": "pictures/c.png", "question": "No mark?", "chosen": "None.", "rejected": "One."},
]
RATES = {f"{name}_rate_{number}": number for name in ("prompt_following", "objective_rules", "clarity", "information_richness", "safety") for number in (1, 2)}
ALIGN_ANYTHING = [
    {"question": "What is it?", "image": published.embedded("a.png"), "response_1": "A dog.", "response_2": "A cat.", "overall_response": 1, **RATES},
    {"prompt": "2 + 2?", "response_1": "5", "response_2": "4", "overall_response": 2},
    {"prompt": "Which is better?", "response_1": "This.", "response_2": "That.", "overall_response": 0},
    {"prompt": "<video>\nWhat happens?", "video_path": "./d/v.mp4", "response_1": "It falls.", "response_2": "It flies.", "overall_response": 1},
    {"prompt": "What is heard?", "audio_path": {"array": [0.0, 0.5, -1.0], "sampling_rate": 16000}, "response_1": "A dog.", "response_2": "A cat.", "overall_response": 2},
    {"prompt": "Draw a dog.", "response_1": published.embedded("a.png"), "response_2": published.embedded("b.png"), "overall_image": 2},
    {"prompt": "Sing.", "response_1": "d/v.wav", "response_2": {"array": [0.25], "sampling_rate": 8000}, "overall_audio": 1},
    {
        "question": "Draw it in blue.", "image": published.embedded("a.png"), "response_1": "Here.", "output_image_1": published.embedded("c.png"), "response_2": "No.",
        "overall_response": 1,
    },
]  # fmt: skip
ALIGN_ANYTHING_FEEDBACK = [{"prompt": "What is it?", "image": "pictures/a.png", "response": "A cat.", "critique": "It barks.", "refinement": "A dog."}]
MM_RLHF = [
    *published.MM_RLHF,
    {"id": "v_1", "video": "video/clip_001", "prompt": "What happens?", "chosen": "It falls.", "rejected": "It flies.", "chosen_reason": "", "rejected_reason": "", "is_tie": True},
    {
        "id": "7", "image": "pictures/a.png", "prompt": "What?", "chosen": "A dog.", "rejected": "A cat.", "chosen_reason": "", "rejected_reason": "",
        "mixed_up_image": "pictures/b.png",
    },
]
MM_RLHF_RANKING = [
    {
        "id": "r1", "image": "pictures/a.png", "prompt": "What is it?",
        "responses": [
            {"response": "A dog.", "model": "m", "rank": 1, "scores": {"helpfulness": 3, "faithfulness": {"score": 4, "reason": "right"}}, "reason": "short and right"},
            {"response": "A hound.", "model": "n", "rank": 1, "scores": {"helpfulness": 3}},
            {"response": "A cat.", "rank": 2, "score": 1.5},
        ],
    },
]  # fmt: skip
VERL = [
    {
        "data_source": "gsm", "prompt": [{"role": "user", "content": "<image>2 + 2?"}], "images": ["pictures/a.png"], "ability": "math",
        "reward_model": {"style": "rule", "ground_truth": "4"},
    },
    {
        "data_source": "film", "prompt": [{"role": "system", "content": "Think."}, {"role": "user", "content": "<video>How many?"}], "videos": ["d/v.mp4"], "ability": "",
        "reward_model": {"ground_truth": "2"},
    },
]
EASY_R1 = [
    {"images": ["pictures/a.png"], "problem": "<image>Find x.", "answer": "60"},
    {"images": ["pictures/a.png", "pictures/b.png"], "problem": "Compare <image> with <image>: the ratio?", "answer": "\\frac{1}{2}"},
    {"videos": ["d/v.mp4"], "problem": "<video>How often?", "answer": "3"},
]
VLM_R1 = published.CHAT_ANSWERS[4:]
R1 = [row for row in published.R1 if "original_question" not in row and "data_type" not in row]
OPEN_R1 = [published.R1[3], published.R1[0] | {"original_question": "How many?", "original_answer": "3"}]
OPEN_R1_VIDEO = [published.R1[4]]
VIDEO_R1 = published.R1[5:7]
MANTIS = [
    published.LLAVA[1],
    {"id": "s_3", "images": ["pictures/c.png"], "conversation": chat("Its colour?\n<image>", "Blue.")},
]
VIDEO_SALMONN = [
    {
        "video": "d/v.mp4", "audio": "d/v.wav",
        "conversations": [*said("<image>\nDescribe it.", "It falls."), {"from": "reject_gpt", "value": "It flies."}, {"from": "gt", "value": "It falls down."}],
    },
    {
        "video": "d/v.mp4", "use_audio": True,
        "conversations": [*said("<video>\nDescribe it.", "A bark."), {"from": "chosen", "value": "A dog barks."}, {"from": "reject", "value": "A cat."}],
    },
]
OPENAI_CHAT = [
    {
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Its colour?"}, {"type": "image_url", "image_url": {"url": "pictures/a.png", "detail": "low"}}]},
            {"role": "assistant", "content": "Red."},
        ],
    },
    {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "pictures/b.png"}, {"type": "text", "text": "And this?"}]}]},
    {
        "input": {
            "messages": [
                {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "UklGRgAAAABXQVZF", "format": "wav"}}, {"type": "text", "text": "What is heard?"}]},
            ],
        },
        "preferred_output": [{"role": "assistant", "content": "A dog."}], "non_preferred_output": [{"role": "assistant", "content": "A cat."}],
    },
    {"messages": [{"role": "user", "content": [{"type": "video", "video": "d/v.mp4"}, {"type": "text", "text": "What happens?"}]}, {"role": "assistant", "content": "It falls."}]},
]  # fmt: skip
BPO = [
    {
        "prompt": "Describe it.\n<image>", "image": "pictures/a.png",
        "completions": [
            {"score": 1, "response": "A dog.", "type": "gt"}, {"score": 1, "response": "There is a dog.", "type": "gt-rephrased"},
            {"score": 0, "response": "Two dogs.", "type": "llm-hal"},
        ],
    },
]  # fmt: skip
SEVA = [
    {"chosen": "A dog.", "reject": "A cat.", "question": "What is it?", "image_id": "0001"},
    {"chosen": "A leaf.", "reject": "A bug.", "question": "What is it?", "image_id": "0002.png"},
]
STIC = [
    {"image": "COCO_train2014_1.jpg", "image_corruption": True, "hallu_prompt": "", "chosen": chat("Describe it.", "A dog."), "rejected": chat("Describe it.", "A fog.")},
    {
        "image": "COCO_train2014_1.jpg", "image_corruption": False, "hallu_prompt": "Say what could be near it.", "chosen": chat("Describe it.", "A dog."),
        "rejected": chat("Describe it.", "A dog and a bowl."),
    },
]
MDPO = [
    {"img_path": "pictures/a.png", "prompt": "A chat of two. USER: <image>\nWhat is it? ASSISTANT:", "chosen": "A dog.", "rejected": "A cat."},
    {"img_path": "pictures/b.png", "prompt": "USER: <image>\nWhat? ASSISTANT: A leaf.</s>USER: Sure? ASSISTANT:", "chosen": "Yes.", "rejected": "No."},
]
TRL = [
    *published.TRL,
    {"prompt": [published.text("user", "<image>", "Hi")], "completion": [published.text("assistant", "Hello.")], "label": False, "images": ["pictures/a.png"]},
    {"prompt": [published.text("user", "<image>", "Hi")], "images": ["pictures/a.png"]},
    {"messages": [published.text("user", "<image>", "Hi"), published.text("assistant", "Hello.")], "images": ["pictures/b.png"]},
    {"text": "Once there was a dog."},
    {"prompt": [published.text("user", "2 + 2?")], "answer": "4", "images": []},
]
LLAMA_FACTORY = [
    *published.LLAMA_FACTORY,
    {"conversations": said("<video>What happens? <audio>", "It falls."), "videos": ["d/v.mp4"], "audios": ["d/v.wav"], "kto_tag": True},
    {"conversations": said("Hi", "Hello."), "kto_tag": False},
    {"instruction": "What is it?", "input": "", "chosen": "A dog.", "rejected": "A cat.", "images": ["pictures/a.png"]},
    {"instruction": "Add", "input": "2 + 2", "output": "4", "history": [["Hi", "Hello"]], "system": "Be brief."},
]
MS_SWIFT = [
    *published.MS_SWIFT,
    {"messages": chat("<video>What happens?", "It falls."), "rejected_response": "It flies.", "videos": ["d/v.mp4"]},
    {"question": "<image>What is it?", "response": "A dog.", "rejected_response": "A cat.", "image": "pictures/a.png"},
    {"query": "Bye?", "response": "Bye.", "rejected_response": "No.", "history": [["Hi", "Hello"]], "system": "Be brief."},
]
LLAVA = [
    published.LLAVA[0], published.LLAVA[2], published.LLAVA[0] | {"image": ["pictures/a.png", "pictures/b.png"], "conversations": said("<image><image>\nWhich?", "1")},
    {"id": "v", "video": "d/v.mp4", "conversations": said("<image>\nWhat happens?", "It falls.")},
]  # fmt: skip
BENCHMARK_QUESTIONS = [
    {"question_id": 1, "image": "pictures/a.png", "text": "Is there a dog in the image?", "label": "yes"},
    {"id": 3, "image": "pictures/b.png", "query": "Describe this."},
    {"category": "VS", "subcategory": "chart", "set_id": "0", "figure_id": "1", "question_id": "2", "question": "Is the bar red?", "gt_answer": "0", "filename": "pictures/c.png"},
]

SHAPES: dict[str, Any] = {
    "trl": TRL, "llama_factory": LLAMA_FACTORY, "ms_swift": MS_SWIFT, "rlhf_v": published.RLHF_V_OLD, "rlaif_v": published.RLAIF_V_MADE[:1], "llava_rlhf": published.LLAVA_RLHF,
    "vlfeedback": published.VLFEEDBACK, "mm_rlhf": MM_RLHF, "llava": LLAVA, "questions": published.QUESTIONS, "fact_rlhf": FACT_RLHF, "ha_dpo": HA_DPO, "ha_dpo_pope": HA_DPO_POPE,
    "povid": POVID, "lrv": LRV, "m_haldetect": M_HALDETECT, "llava_hound": LLAVA_HOUND, "mia_dpo": MIA_DPO, "sym_dpo": SYM_DPO, "clip_dpo": CLIP_DPO,
    "vlguard": VLGUARD, "mmpr": MMPR, "mm_rlhf_ranking": MM_RLHF_RANKING,
    "lmm_r1": published.CHAT_ANSWERS[:1] + published.CHAT_ANSWERS[2:3], "mm_eureka": published.CHAT_ANSWERS[1:2],
    "verl": VERL,
    "easy_r1": EASY_R1, "vlm_r1": VLM_R1, "r1": R1, "open_r1": OPEN_R1, "open_r1_video": OPEN_R1_VIDEO, "video_r1": VIDEO_R1, "mantis": MANTIS, "video_salmonn": VIDEO_SALMONN,
    "openai_chat": OPENAI_CHAT,
    "bpo": BPO, "seva": SEVA, "stic": STIC, "mdpo": MDPO,
    "benchmark_questions": BENCHMARK_QUESTIONS,
}  # fmt: skip
"""Rows that a JSON file of the format holds; those of Parquet follow."""
EMBEDDED: dict[str, Any] = {"spa_vl": SPA_VL, "align_anything": ALIGN_ANYTHING}
"""Rows with bytes in them."""


def as_json(rows: Any) -> Any:
    """Rows whose bytes are base64."""
    from veridical.records.rows import as_json as base64_of

    return json.loads(json.dumps(rows, default=base64_of))


def write(folder: Path, name: str) -> str:
    """A file of the format's rows."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(as_json({**SHAPES, **EMBEDDED}[name])), encoding="utf-8")
    return str(path)
