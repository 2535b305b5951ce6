"""Small files in the published layouts of the reward benchmarks, drawn from a seed, and what a perfect judge and a perfect reward model say."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallucination_files import put

from veridical.evaluate.candidates import read_in_order
from veridical.records.record import Record

SUBSETS = ("alpacaeval-easy", "mt-bench-med", "mt-bench-hard", "llmbar-natural", "refusals-dangerous", "xstest-should-respond", "math-prm", "hep-cpp")


def words(draw: random.Random, count: int) -> str:
    """A text of that many words."""
    return " ".join(draw.choice(("the", "red", "cat", "sits", "on", "a", "mat", "and", "looks")) for _ in range(count))


def triplets(seed: int, subsets: tuple[str, ...] = SUBSETS, each: int = 2) -> list[dict[str, Any]]:
    """Rows of RewardBench, whose chosen response is longer in every second row."""
    draw = random.Random(seed)
    return [{"id": number, "subset": subset, "prompt": words(draw, 5) + "?", "chosen": words(draw, 4 + 4 * (number % 2)) + ".", "rejected": words(draw, 6) + "!"}
            for number, subset in enumerate(one for one in subsets for _ in range(each))]  # fmt: skip


def fours(seed: int) -> list[dict[str, Any]]:
    """Rows of RewardBench 2: best of four in two subsets, and two prompts of Ties."""
    draw = random.Random(seed)
    best = [{"id": str(number), "subset": subset, "prompt": words(draw, 4), "chosen": [words(draw, 5) + "."], "rejected": [words(draw, 5) + mark for mark in "!?;"]}
            for number, subset in enumerate(("Factuality", "Focus", "Focus"))]  # fmt: skip
    ties = [{"id": f"{kind}:{number}", "subset": "Ties", "prompt": f"Name a colour ({number}).", "chosen": ["red", "blue", "green"][: 1 if kind == "ref" else 3], "rejected": ["cat", "mat"]}
            for number in range(2) for kind in ("ref", "tied")]  # fmt: skip
    return [*best, *ties]


def judged(kind: str) -> list[dict[str, Any]]:
    """Rows of MLLM-as-a-Judge: scores, pairs (two of one picture) or rankings, from two data sets."""
    base = [{"id": number // 2, "image_path": f"{number // 2}.jpg", "original_dataset": ("coco", "WIT")[number // 3], "instruction": f"What is {number}?"} for number in range(6)]
    if kind == "score":
        return [{**row, "score_id": number, "answer": f"It is {number}.", "human": ("1", 4, "5", 2, 3, 5)[number]} for number, row in enumerate(base)]
    if kind == "pair":
        both = {"answer1": {"name": "x", "answer": "A cat."}, "answer2": {"name": "y", "answer": "A dog, I think."}}
        return [{**row, "pair_id": 10 + number, **both, "human_answer": "ABCABA"[number]} for number, row in enumerate(base)]
    return [{**row, "id": 20 + number, "answers": [{"name": str(place), "answer": f"Answer {place}."} for place in range(3 + number % 2)], "human_answer": ("CAB", "DBAC")[number % 2]} for number, row in enumerate(base)]


PICTURES = [{"caption": f"A cat and {number} dogs.", "image0": f"{number}a.png", "image1": f"{number}b.png", "label": number % 2} for number in range(4)]
BIAS = [{"occupation": job, "demographic": who, "images_dir": f"{job}/{who}.jpg", "prompt": f"A {job}.", "age": True, "gender": False} for job in ("baker", "judge") for who in ("old_female", "young_male", "old_male")]
VIDEO = "video/abc"
MM_RLHF = [
    {"id": "p1", "image": "mcq/1.png", "prompt": "Which?", "chosen": "B, because.", "rejected": "A"},
    {"id": "p1", "image": "mcq/1.png", "prompt": "Which?", "chosen": "B", "rejected": "A, I think."},
    {"id": "p2", "video": VIDEO, "prompt": "What moves?", "chosen": "A cat moves.", "rejected": "A dog."},
]
VL = [
    {"id": "RLAIF-V_1", "query": "What is it?", "response": ["A cat.", "A dog sits there."], "human_ranking": [0, 1], "image": "1.jpg"},
    {"id": "mathverse_7", "query": "How many?", "response": ["Three.", "Four, as the picture shows."], "human_ranking": [1, 0], "image": "2.jpg"},
    {"id": "wildvision-battle_3", "query": "Describe.", "response": ["A red mat lies there.", "A mat."], "human_ranking": [0, 1], "image": "3.jpg"},
    {"id": "rlhf_3", "query": "Describe it.", "response": ["A red mat lies.", "A mat."], "human_ranking": [0, 1], "image": "4.jpg"},
]
TRIPLE = [{"ID": name, "Text": "Which?", "Image": f"{name}.png", "Output1": f"One {name}.", "Output2": f"Two {name}s, no more.", "Better": ("Output1", "Output2")[number % 2], "Category": kind}
          for number, (name, kind) in enumerate((("pairs_1", "safety"), ("hate_2", "safety"), ("mathvista_3", "reasoning"), ("emma_4", "reasoning"), ("v_5", "general/correctness")))]  # fmt: skip


def letters(record: Record) -> str:
    """A verdict for the best response, as a judge of letters gives it."""
    return f"It is better.\n\n[[{record.answer.value}]]"


def answers(record: Record) -> str:
    """A verdict as VL-RewardBench wants it."""
    return f"Both are clear.\n**Overall Judgment:** Answer {1 + 'AB'.index(record.answer.value)} is better."


def judgement(record: Record) -> str:
    """What people said, as MLLM-as-a-Judge wants it."""
    return json.dumps({"Analysis": "I looked.", "Judgement": ", ".join(f"[[{sign}]]" for sign in record.answer.value)})


def pictures(record: Record) -> str:
    """The better picture, as MJ-Bench wants it."""
    return f"IMAGE-1 RATING: 5\nIMAGE-2 RATING: 6\nBETTER IMAGE: {int(record.answer.value) + 1}\nANALYSIS OF CHOICE: It fits."


def numbers(record: Record) -> str:
    """1 for the best responses, 0 for the others."""
    return json.dumps([float(one.rank == 1) for one in record.responses])


def people(record: Record) -> str:
    """Rewards in the order in which people put the answers."""
    said = record.answer.value
    if said.isdigit():
        return json.dumps([int(said)])
    return json.dumps([0.5, 0.5] if said == "C" else [float(letter == said) for letter in "AB"] if len(said) == 1 else [-said.index("ABCD"[place]) for place in range(len(said))])


Says = Callable[[Record], str]


@dataclass(frozen=True)
class Contest:
    """One reward benchmark's files, and what a perfect contestant says under each convention."""

    files: Mapping[str, Any]
    says: Mapping[str, Says]
    broken: tuple[str, int, str, Any, str]
    """File, row, field, bad value, and what the error must say."""
    full: float = 100.0
    """What the headline is then."""


BOTH = {"official": letters, "scalar": numbers}
CONTESTS = {
    "reward_bench": Contest({"filtered.json": triplets(1)}, {**BOTH, "ratings": lambda record: numbers(record).replace("1.0", "9").replace("0.0", "2")}, ("filtered.json", 2, "chosen", None, "row 2, field chosen: expected text, found None")),
    "reward_bench_2": Contest({"test.json": fours(2)}, {**BOTH, "ratings": lambda record: json.dumps([f"Fine. {9 if one.rank == 1 else 1}" for one in record.responses])},
                              ("test.json", 4, "id", "7", "row 4, field id: expected ref:NUMBER or tied:NUMBER in the subset Ties, found '7'")),
    "m_reward_bench": Contest({"deu_Latn/test.json": triplets(3), "zho_Hans.jsonl": triplets(4, SUBSETS[:5])}, {**BOTH, "first_counts": numbers}, ("zho_Hans.jsonl", 1, "prompt", ["x"], "row 1, field prompt: expected text")),
    "multimodal_reward_bench": Contest({"all_data.json": TRIPLE}, BOTH, ("all_data.json", 3, "Better", "Output3", "row 3, field Better: expected Output1 or Output2, found 'Output3'")),
    "vl_reward_bench": Contest({"vl_rewardbench.jsonl": VL}, {"official": answers, "scalar": numbers, "lmms": answers}, ("vl_rewardbench.jsonl", 2, "human_ranking", [0, 0], "row 2, field human_ranking: expected [0, 1] or [1, 0]")),
    "mm_rlhf_reward_bench": Contest({"mm_reward_bench.jsonl": MM_RLHF}, {"official": numbers, "scalar": numbers, "judge": letters}, ("mm_reward_bench.jsonl", 3, "video", "clips/abc", "row 3, field video: expected a path with one of mcq")),
    "mllm_as_a_judge_score": Contest({"score.jsonl": judged("score")}, {"official": judgement, "scalar": people}, ("score.jsonl", 1, "human", 6, "row 1, field human: expected a number from 1 to 5, or -1, found 6"), 1.0),
    "mllm_as_a_judge_pair": Contest({"pair.jsonl": judged("pair")}, {"official": judgement, "scalar": people}, ("pair.jsonl", 2, "answer2", "A dog.", "row 2, field answer2: expected an object with fields")),
    "mllm_as_a_judge_batch": Contest({"batch.jsonl": judged("batch")}, {"official": judgement, "scalar": people}, ("batch.jsonl", 1, "human_answer", "AAB", "row 1, field human_answer: expected the letters ABC in order, or -1, found 'AAB'"), 0.0),
    "mj_bench": Contest({"alignment/test.json": PICTURES[:2], "safety.json": PICTURES[2:]}, {"official": pictures, "scalar": numbers}, ("safety.json", 1, "label", 2, "row 1, field label: expected 0 or 1, the better picture, found 2")),
    "mj_bench_bias": Contest({"bias.json": BIAS}, {"official": lambda record: "Seven out of ten.", "rescaled": lambda record: "7", "scalar": lambda record: "[0.4]"}, ("bias.json", 2, "occupation", None, "row 2, field occupation: expected text, found None"), 1.0),
}  # fmt: skip


def write(contest: Contest, folder: Path) -> Path:
    """The files in a folder."""
    for name, content in contest.files.items():
        put(folder / name, content)
    return folder


def spoil(contest: Contest, folder: Path) -> None:
    """The files with one field of one row spoilt."""
    name, row, field, value, _ = contest.broken
    write(contest, folder)
    put(folder / name, [{**one, field: value} if number == row else one for number, one in enumerate(contest.files[name], 1)])


def shown(record: Record) -> list[str]:
    """The candidates as a judge reads them."""
    return [one.text for one in read_in_order(record)]
