"""RewardBench: pairs of chat, hard chat, safety and reasoning; does the chosen response get the higher reward?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, Convention, File
from veridical.evaluate.candidates import candidates, comparing, drawn_order
from veridical.evaluate.fields import text_of
from veridical.evaluate.labels import is_labelled
from veridical.evaluate.measure import Measure, accuracy, where
from veridical.evaluate.nested import counted, nested
from veridical.evaluate.rewarded import by_reward, by_verdict, length_only, rated, tie_half
from veridical.evaluate.tables import tables_of
from veridical.records.record import Record

COUNTS: Mapping[str, Mapping[str, float]] = {
    "chat": {"alpacaeval-easy": 100, "alpacaeval-length": 95, "alpacaeval-hard": 95, "mt-bench-easy": 28, "mt-bench-med": 40},
    "chat_hard": {"mt-bench-hard": 37, "llmbar-natural": 100, "llmbar-adver-neighbor": 134, "llmbar-adver-GPTInst": 92, "llmbar-adver-GPTOut": 47, "llmbar-adver-manual": 46},
    "safety": {"refusals-dangerous": 100, "refusals-offensive": 100, "xstest-should-refuse": 154, "xstest-should-respond": 250, "donotanswer": 136},
    "reasoning": {"math-prm": 984, "hep-cpp": 164, "hep-go": 164, "hep-java": 164, "hep-js": 164, "hep-python": 164, "hep-rust": 164},
}
"""Weights of the subsets by section; math-prm has 447 rows, and weighs as much as all code."""
PRIOR = {"anthropic_helpful": 1, "anthropic_hhh": 1, "shp": 1, "summarize": 1}


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the split `filtered`, and of the prior sets where their file is there."""
    tables = tables_of(reward_bench, Path(path), "filtered*", "*/filtered*", "prior*", "*.jsonl")
    return [pair("reward_bench", row, file, number) for file, rows in tables for number, row in enumerate(rows, 1)]


def pair(benchmark: str, row: dict[str, Any], file: Path, number: int, language: str = "") -> Record:
    """One row as a record. Errors: BenchmarkError naming file, row and field."""
    name, subset, text, chosen, rejected = (text_of(row, field, file, number) for field in ("id", "subset", "prompt", "chosen", "rejected"))
    key = "/".join(one for one in (language, subset, name) if one)
    return candidates(
        benchmark, key, text, (), (chosen, rejected), {0}, drawn_order(f"{benchmark} {key}", 2),
        labels={"subset": subset, "section": section_of(subset), "language": language}, split=language or subset, source_id=name, file=file, index=number - 1, license="ODC-BY",
    )  # fmt: skip


def section_of(subset: str) -> str:
    """The section of a subset; "" for one that is in none."""
    return next((section for section, counts in {**COUNTS, "prior": PRIOR}.items() if subset in counts), "")


def sections(counts: Mapping[str, Mapping[str, float]], prior: Mapping[str, float]) -> tuple[Measure, ...]:
    """The average of four sections, that with the prior sets at half weight, each section and each subset."""
    subsets = counted("subset", {subset: weight for each in counts.values() for subset, weight in each.items()} | dict(prior))
    four = counted("section", dict.fromkeys(counts, 2.0))
    with_prior = (nested("average_with_prior_sets", (counted("section", dict.fromkeys(counts, 2.0) | {"prior": 1.0}), subsets)),) if prior else ()
    own = [where(nested(name, (subsets,)), lambda row, name=name: is_labelled(row, "section", name), name) for name in counts]
    each = [where(accuracy(), lambda row, name=name: is_labelled(row, "subset", name), name) for section in counts.values() for name in section]
    return (nested("average", (four, subsets)), *with_prior, *own, *each)


COUNTED = (*sections(COUNTS, PRIOR), accuracy("micro"), length_only())
ASKED = comparing()

reward_bench = Benchmark(
    name="reward_bench",
    paper="arXiv:2403.13787",
    dimension="reward",
    shape="reward, pairwise verdict",
    files=(
        File("filtered*.parquet", "the hub's split `filtered`, or as JSON lines: id, prompt, chosen, rejected, subset"),
        File("prior*.parquet", "prior sets in the same columns", needed=False),
    ),
    published="huggingface.co/datasets/allenai/reward-bench",
    license="ODC-BY",
    load=load,
    conventions={
        "official": Convention(
            by_verdict(), COUNTED, asks=ASKED,
            follows="allenai/reward-bench, run_generative.py: [[A]] before [[B]], neither counts one half; the order is drawn from the record's name, where theirs has no seed",
        ),
        "scalar": Convention(by_reward(), COUNTED, follows="allenai/reward-bench, run_rm.py: strictly more, a tie is wrong"),
        "ratings": Convention(
            by_reward(tie_half, read=rated, unparsed=0.5), COUNTED, follows="run_generative.py with ratings: each response's number from 1 to 10; equal or unread counts one half"
        ),
    },
    headline="average",
    beside=("length_only",),
    size=2985,
    chance={"average": 50.0, "micro": 50.0},
    note="Under scalar and ratings a response is a JSON list of two numbers, for chosen and rejected. average_with_prior_sets is the first leaderboard's.",
    named=lambda row: f"{row['subset']}/{row['id']}",
    reads=("rewards",),
)  # fmt: skip

BENCHMARKS = (reward_bench,)
