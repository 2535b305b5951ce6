"""Small files in the published layouts of the alignment benchmarks, and a judge who knows which words are good."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from io import BytesIO
from math import exp, log
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from hallucination_files import Case
from PIL import Image
from scripted_judge import SHOWN

GOOD, FAIR, POOR = "good words indeed", "fair words", "poor words"
WORTH = {GOOD: 2, FAIR: 0, POOR: -2}
FIRST = [{"question_id": f"q{number}", "category": "arena-hard-v0.1", "cluster": "x", "turns": [{"content": f"Ask {number}?"}]} for number in range(4)]
SECOND = [
    {"uid": "h1", "category": "hard_prompt", "subcategory": "coding", "prompt": "Sort a list."}, {"uid": "h2", "category": "hard_prompt", "subcategory": "math", "prompt": "Add up."},
    {"uid": "c1", "category": "creative_writing", "subcategory": "creative_writing", "prompt": "A poem."},
]  # fmt: skip


def picture() -> str:
    """A picture in base64, too long for a path."""
    buffer = BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def old_answers(text: str) -> list[dict]:
    """Answers to FIRST, as they were stored in 2024."""
    return [{"question_id": row["question_id"], "answer_id": "x", "model_id": "gpt-4-0314", "choices": [{"index": 0, "turns": [{"content": text, "token_len": 2}]}]} for row in FIRST]


def new_answers(text: str, *uids: str) -> list[dict]:
    """Answers as they are stored now."""
    return [{"uid": uid, "ans_id": "x", "model": "m", "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": {"answer": text}}]} for uid in uids]


ALPACA = [{"dataset": name, "instruction": f"Do {number}.", "output": FAIR, "generator": "gpt4_1106_preview"} for number, name in enumerate(("koala", "vicuna", "oasst", "koala", "vicuna", "oasst"))]
GAMED = [{"model": kind, "index": number, "std_delta_len": shift, "instruction_difficulty": number / 4 - 0.6, "not_gamed_baseline": False, "preference": one}
         for kind, shift, one in (("concise", 0.8, 0.2), ("verbose", -0.8, 0.7)) for number in range(6)]  # fmt: skip
PICTURED = [{"index": str(number), "image": picture(), "question": f"What of {number}?", "type": kind, "claude3_sonnet": FAIR, "gt": known} for number, kind, known in ((1, "ocr", ""), (2, "art", "It is red."))]


def worth(text: str) -> int:
    """How good a response is: unknown words are poor."""
    return WORTH.get(text.strip(), -2)


def verdict(text: str) -> str:
    """A judge's reply: which of the last two texts between borders is better."""
    first, second = SHOWN.findall(text)[-2:]
    lead = worth(first) - worth(second)
    return f"They differ. [[{'A>>B' if lead > 2 else 'A>B' if lead > 0 else 'A=B' if not lead else 'B>A' if lead >= -2 else 'B>>A'}]]"


def chance_of_first(text: str) -> float:
    """How likely a judge finds the first of the last two better: half for equals."""
    first, second = SHOWN.findall(text)[-2:]
    return 1 / (1 + exp(worth(second) - worth(first)))


class Likely:
    """A server that tells log-probabilities of m and M as its first token; keeps what was asked."""

    def __init__(self, first: Callable[[str], float | None]) -> None:
        self.first, self.asked = first, []

    def of(self, endpoint: Any) -> Any:
        """An asker whose server is the function."""
        from veridical.grade.judging.asker import Asker

        return Asker(endpoint, self.complete)

    def complete(self, messages: list[dict[str, Any]], **body: Any) -> SimpleNamespace:
        """One answer."""
        self.asked.append((messages, body))
        p = self.first(messages[0]["content"])
        told = {"Both": -0.1} if p is None else {"m": log(p), "M": log(1 - p)}
        tokens = [SimpleNamespace(token=name, logprob=value) for name, value in told.items()]
        head = SimpleNamespace(token=tokens[0].token, logprob=tokens[0].logprob, top_logprobs=tokens)
        return SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content=head.token, refusal=None), finish_reason="length", logprobs=SimpleNamespace(content=[head]))], usage=None)


CASES: dict[str, Case] = {
    "arena_hard_v01": Case({"question.jsonl": FIRST, "model_answer/gpt-4-0314.jsonl": old_answers(FAIR)}, lambda record: GOOD, {"score": 100, "printed_low": 100, "prefers_first": 50}, verdict,
                           broken=("question.jsonl", 2, "question_id", "q9", "row 2, field uid: 'q9' has no answer in"), asked="Ask 0?"),
    "arena_hard_v2": Case({"question.jsonl": SECOND, "model_answer/o3-mini-2025-01-31.jsonl": new_answers(FAIR, "h1", "h2"), "model_answer/gemini-2.0-flash-001.jsonl": new_answers(FAIR, "c1")}, lambda record: GOOD,
                          {"score": 100, "hard_prompt": 100, "creative_writing": 100, "coding": 100}, verdict,
                          broken=("question.jsonl", 3, "category", "poetry", "row 3, field category: expected arena-hard-v0.1 or"), asked="Sort a list."),
    "alpaca_eval": Case({"alpaca_eval_gpt4_baseline.json": ALPACA, "df_gamed.csv": GAMED}, lambda record: GOOD, {"discrete_win_rate": 100, "draws": 0},
                        broken=("df_gamed.csv", 3, "preference", "high", "row 3, field preference: expected a number, found 'high'"), asked="Do 0."),
    "mm_alignbench": Case({"MMAlignBench.tsv": PICTURED}, lambda record: GOOD, {"win_rate": 100, "reward": 50, "type.win_rate": 100}, verdict,
                          broken=("MMAlignBench.tsv", 0, "claude3_sonnet", ..., "row 1: has no field 'claude3_sonnet'"), asked="What of 1?"),
}  # fmt: skip


def put_table(path: Path, rows: list[dict]) -> None:
    """A table with tabs."""
    path.write_text("\t".join(rows[0]) + "\n" + "".join("\t".join(map(str, row.values())) + "\n" for row in rows))


def write(case: Case, folder: Path) -> Path:
    """The files of a case in a folder."""
    from hallucination_files import put

    for name, content in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (put_table if name.endswith(".tsv") else put)(folder / name, content if name.endswith((".jsonl", ".csv", ".tsv")) else json.loads(json.dumps(content)))
    return folder


def spoil(case: Case, folder: Path) -> None:
    """The files with one field of one row spoilt (... : the field is taken away)."""
    name, row, key, value, _ = case.broken
    rows = json.loads(json.dumps(case.files[name]))
    for number, one in enumerate(rows, 1):
        if value is ...:
            one.pop(key)
        elif number == row:
            one[key] = value
    write(Case({**case.files, name: rows}, case.gold, {}), folder)
