"""VL-RewardBench: pairs about pictures, of which a judge must reject the one that hallucinates or reasons wrongly."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.candidates import GUARD, candidates, comparing, drawn_order, mark, ordered
from veridical.evaluate.fields import first_field, text_of, texts_of, wrong
from veridical.evaluate.judged import Ask, form, judged, unjudged
from veridical.evaluate.labels import is_labelled, labelled
from veridical.evaluate.measure import Measure, accuracy, mean_of, share, where
from veridical.evaluate.rewarded import by_reward, length_only, lengthy
from veridical.evaluate.tables import optional, tables_of
from veridical.grade.grade import Grade, Grader
from veridical.grade.letters.grading import drawn, options_of
from veridical.records.record import Record

GROUPS = ("general", "hallucination", "reasoning")
GROUP = {"RLAIF": "hallucination", "RLHF": "hallucination", "hallucination": "hallucination", "mathverse": "reasoning", "mmmu": "reasoning"}
"""By the beginning of an id, with its case; every other is general."""
VERDICT = re.compile(r"(?:Overall Judgment|Therefore)\s*.*\s*-*\s*Answer\s*(\d+)\s*is\s*(?:the\s*)?(?:slightly\s*)?better", re.IGNORECASE)
WORDING = f"""Two answers to a question about the picture are to be compared. For each, look at accuracy (does the picture bear it out?), completeness, clarity and relevance.
{GUARD}

Question: {{question}}

{{candidates}}

Write your analysis, and end with the sentence "Overall Judgment: Answer X is better." where X is 1 or 2, and nothing behind it."""
PREFERRED = form(
    "preferred answer",
    f"""A review compares two answers. Which of them does it call better? {GUARD}

==========
{{review}}
==========

Reply with "Answer 1" or "Answer 2", or with "neither" where the review does not tell.""",
    lambda text: next((number for number in (1, 2) if f"answer {number}" in text.lower()), 0),
)


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the hub's file, of VLMEvalKit's table, or of pairs that are already told apart (R1-Reward's vl_data.jsonl)."""
    root = pictures_of(Path(path), media_root, "images")
    tables = tables_of(vl_reward_bench, Path(path), "test*", "*/test*", "vl_*", "VL*", "*.jsonl")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One pair. Errors: BenchmarkError naming file, row and field."""
    name, text = text_of(row, "id", file, number), text_of(row, first_field(row, ("query", "prompt"), file, number), file, number)
    said, best = pair(row, file, number)
    group = group_of(name)
    key = f"{group}/{name}/{mark(text, *sorted(said))}"
    return candidates(
        "vl_reward_bench", key, text, media([optional(row, "image", None)], root), said, {best}, drawn_order(f"vl_reward_bench {key}", 2),
        labels={"group": group}, split=group, source_id=name, file=file, index=number - 1, license="MIT",
    )  # fmt: skip


def pair(row: dict[str, Any], file: Path, number: int) -> tuple[list[str], int]:
    """The two responses and the place of the better one. Errors: BenchmarkError."""
    if "response" not in row:
        return [text_of(row, field, file, number) for field in ("chosen", "rejected")], 0
    said, ranks = texts_of(row, "response", file, number), row.get("human_ranking")
    if len(said) != 2 or not isinstance(ranks, list) or sorted(ranks) != [0, 1]:
        raise wrong(file, number, "human_ranking", "[0, 1] or [1, 0] for two responses, 0 for the better one", ranks)
    return said, ranks.index(0)


def group_of(name: str) -> str:
    """The group of an id: what stands before its first hyphen or underscore tells it."""
    return GROUP.get(re.split("[-_]", name, maxsplit=1)[0], "general")


def name_of(row: Mapping[str, Any]) -> str:
    """The record that a row of a judge's output means: by id, question and responses. Errors: KeyError."""
    said = row["response"] if isinstance(row.get("response"), list) else [row["chosen"], row["rejected"]]
    text = str(row["query"] if "query" in row else row["prompt"])
    return f"{group_of(str(row['id']))}/{row['id']}/{mark(text, *sorted(map(str, said)))}"


def read_number(text: str) -> int | None:
    """The number of the last "Answer N is better" behind the first keyword; None where there is none."""
    found = VERDICT.search(text.replace("\n", "").replace("*", ""))
    return int(found[1]) if found else None


def status(number: int | None, rejected: int) -> str:
    """agree, reject or unread; a number of no answer agrees, as in the official program."""
    return "unread" if number is None else "reject" if number == rejected else "agree"


def votes_of(record: Record, response: str) -> list[str]:
    """The status of a verdict in the record's order; of several, stored as a JSON list of {"text", "swapped"}, each in its own order."""
    best = next(place for place, one in enumerate(record.responses, 1) if one.rank == 1)
    shown = 1 + "AB".index(record.answer.value)
    try:
        found = json.loads(response)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) and {"text", "swapped"} <= one.keys() for one in found):
        return [status(read_number(response), 3 - shown)]
    return [status(read_number(str(one["text"])), best if one["swapped"] else 3 - best) for one in found]


def official(record: Record, response: str) -> Grade:
    """Right where more than half of the votes agree, wrong where more than half reject; anything else is in no number."""
    votes = Counter(votes_of(record, response))
    winner = next((one for one, times in votes.items() if 2 * times > votes.total()), "other")
    value = {"agree": 1.0, "reject": 0.0}.get(winner)
    letter = record.answer.value if winner == "agree" else "AB".replace(record.answer.value, "") if winner == "reject" else None
    return Grade(value, letter, f"{winner} ({dict(votes)})", {"unparsed": 1.0} if winner == "unread" else {} if value is not None else {"undecided": 1.0})


def lmms(data: Path, records: Sequence[Record], seed: int = 0) -> Grader:
    """One verdict; where none can be read, a guess, one stream from `seed`."""
    guess = drawn(seed)

    def grade(record: Record, response: str) -> Grade:
        found = official(record, response)
        if found.value is not None:
            return found
        letter = guess(options_of(record))
        return Grade(float(letter == record.answer.value), letter, f"no verdict could be read (taken for {letter})", {"unparsed": 1.0})

    return labelled(lengthy(grade))


def read_by_judge(ask: Ask, record: Record, response: str) -> Grade:
    """The verdict as a judge reads it; where it finds none the row is wrong."""
    number = ask(PREFERRED, review=response) if response.strip() else 0
    letter = "AB"[number - 1] if number else None
    found = Grade(float(letter == record.answer.value), letter, "as the judge reads it", {} if number else {"unparsed": 1.0})
    return labelled(lengthy(lambda record, response: found))(record, response)


def by_parity(record: Record) -> Record:
    """The record with the order that lmms-eval takes: the other way round where the lengths of both responses add up to an odd number."""
    return ordered(record, (1, 0) if sum(len(one.text) for one in record.responses) % 2 else (0, 1))


EACH = tuple(where(accuracy(), lambda row, name=name: is_labelled(row, "group", name), name) for name in GROUPS)
UNREAD = share("unread", lambda row: bool(row.counts.get("unparsed")), "lower")
COUNTED: tuple[Measure, ...] = (accuracy("overall"), mean_of("macro", EACH), *EACH, UNREAD, length_only())
ASKED: Callable[[Record], Record] = comparing(WORDING, "Answer", "12")

vl_reward_bench = Benchmark(
    name="vl_reward_bench",
    paper="arXiv:2411.17451",
    dimension="reward",
    shape="reward, pairwise verdict",
    files=(
        File("test-00000-of-00001.parquet", "the hub's file: id, query, response (two), human_ranking, image"),
        File("vl_data.jsonl", "or R1-Reward's copy: id, prompt, chosen, rejected, image", needed=False),
    ),
    published="huggingface.co/datasets/MMInstruction/VL-RewardBench",
    license="MIT",
    load=load,
    conventions={
        "official": Convention(
            lambda data, records: labelled(lengthy(official)), COUNTED, asks=ASKED,
            follows="vl-rewardbench/VL_RewardBench, cal.py without a language model: votes by majority; unread and undecided rows are in no number; order drawn by name",
        ),
        "scalar": Convention(by_reward(), COUNTED, follows="strictly more; rewards in the published order of the responses"),
        "vlm": Convention(
            judged(read_by_judge, PREFERRED), (*COUNTED, unjudged()), asks=ASKED,
            follows="VLMEvalKit: a language model reads every verdict, what it cannot read is wrong; overall is its Overall Consistency",
        ),
        "lmms": Convention(
            lmms, COUNTED, asks=lambda record: ASKED(by_parity(record)),
            follows="lmms-eval: order by the parity of the lengths, macro is its score; what cannot be read is guessed at once, where it asks gpt-4o-mini first",
        ),
    },
    headline="overall",
    beside=("macro", "unread", "length_only"),
    size=1250,
    chance={"overall": 50.0, "macro": 50.0},
    note="Several votes are stored as a JSON list of {text, swapped}; an even number of them leaves ties out and flatters. Under scalar a response is a JSON list of two numbers.",
    named=name_of,
    reads=("rewards", "output", "prediction", "judgement"),
)  # fmt: skip

BENCHMARKS = (vl_reward_bench,)
