"""M-RewardBench: RewardBench in 23 languages."""

from __future__ import annotations

from pathlib import Path

from veridical.evaluate.benchmark import Benchmark, Convention, File
from veridical.evaluate.benchmarks.reward.reward_bench import ASKED, COUNTS, pair
from veridical.evaluate.labels import is_labelled
from veridical.evaluate.measure import Measure, accuracy, where
from veridical.evaluate.nested import counted, equal, nested
from veridical.evaluate.rewarded import by_reward, by_verdict, length_only
from veridical.evaluate.tables import tables_of
from veridical.records.record import Record

LANGUAGES = (
    *("arb_Arab", "ces_Latn", "deu_Latn", "ell_Grek", "fra_Latn", "heb_Hebr", "hin_Deva", "ind_Latn", "ita_Latn", "jpn_Jpan", "kor_Hang", "nld_Latn"),
    *("pes_Arab", "pol_Latn", "por_Latn", "ron_Latn", "rus_Cyrl", "spa_Latn", "tur_Latn", "ukr_Cyrl", "vie_Latn", "zho_Hans", "zho_Hant"),
)
OWN = {
    "alpacaeval-easy": 79, "alpacaeval-length": 79, "alpacaeval-hard": 76, "mt-bench-easy": 24, "mt-bench-med": 38, "mt-bench-hard": 35, "math-prm": 983, "llmbar-natural": 76,
    "llmbar-adver-neighbor": 124, "llmbar-adver-GPTInst": 87, "llmbar-adver-GPTOut": 42, "llmbar-adver-manual": 43, "donotanswer": 135, "hep-python": 163,
}  # fmt: skip
"""Weights of the analysis where they differ from RewardBench's."""
WEIGHTS = {subset: OWN.get(subset, weight) for section in COUNTS.values() for subset, weight in section.items()}
FIRST = {subset: weight for section in COUNTS.values() for subset, weight in section.items()}


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of every language's file: LANGUAGE/test.parquet, LANGUAGE.parquet or LANGUAGE.jsonl."""
    patterns = [pattern for language in LANGUAGES for pattern in (f"{language}*", f"{language}/*")]
    tables = tables_of(m_reward_bench, Path(path), *patterns)
    return [pair("m_reward_bench", row, file, number, language_of(file)) for file, rows in tables for number, row in enumerate(rows, 1)]


def language_of(file: Path) -> str:
    """The language in a file's name, or in its folder's; the file's name where neither tells one."""
    return next((language for language in LANGUAGES if language in file.name or language == file.parent.name), file.stem)


def languages(weights: dict[str, float]) -> tuple[Measure, ...]:
    """The mean over languages of the mean of four sections; each language, section and subset."""
    subsets, four = counted("subset", weights), counted("section", dict.fromkeys(COUNTS, 1.0))
    within = [where(nested(name, (four, subsets)), lambda row, name=name: is_labelled(row, "language", name), name) for name in LANGUAGES]
    parts = [where(nested(name, (equal("language"), subsets)), lambda row, name=name: is_labelled(row, "section", name), name) for name in COUNTS]
    return (nested("average", (equal("language"), four, subsets)), *within, *parts, accuracy("micro"), length_only())


m_reward_bench = Benchmark(
    name="m_reward_bench",
    paper="arXiv:2410.15522",
    dimension="reward",
    shape="reward, pairwise verdict",
    files=(File("LANGUAGE/test*.parquet", "the hub's file of each language (FLORES code), or LANGUAGE.jsonl: id, prompt, chosen, rejected, subset"),),
    published="huggingface.co/datasets/C4AI-Community/multilingual-reward-bench",
    license="ODC-BY",
    load=load,
    conventions={
        "official": Convention(by_verdict(), languages(WEIGHTS), asks=ASKED, follows="for-ai/m-rewardbench with the counts of its analysis; no verdict counts one half"),
        "scalar": Convention(by_reward(), languages(WEIGHTS), follows="for-ai/m-rewardbench, run_rewardbench.py: strictly more; the counts of its analysis"),
        "first_counts": Convention(by_reward(), languages(FIRST), follows="scalar, with the counts that the run script imports from RewardBench: it differs in the third decimal"),
    },
    headline="average",
    beside=("length_only",),
    size=66787,
    chance={"average": 50.0},
    note="The translation split is not read. Under scalar a response is a JSON list of two numbers, for chosen and rejected.",
    reads=("rewards",),
)

BENCHMARKS = (m_reward_bench,)
