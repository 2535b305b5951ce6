"""MLLM-as-a-Judge: how well a judge of pictures and answers agrees with people, in scores, in pairs, and in rankings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.asking import LETTERS, media
from veridical.evaluate.benchmark import Benchmark, Convention, File, pictures_of
from veridical.evaluate.benchmarks.reward.mllm_judgement import SCORES, Read, agreeing, read_batch, read_pair, read_score, rewards_batch, rewards_pair, rewards_score
from veridical.evaluate.candidates import GUARD, candidates, comparing
from veridical.evaluate.correlation import pearson
from veridical.evaluate.fields import first_field, mapping_of, text_of, wrong
from veridical.evaluate.labels import labels_of
from veridical.evaluate.measure import Measure, accuracy, mean, quotient, share
from veridical.evaluate.nested import equal, nested
from veridical.evaluate.tables import tables_of
from veridical.records.record import Answer, Record
from veridical.records.result import Row

PUBLISHED = "github.com/Dongping-Chen/MLLM-Judge, Dataset/Benchmark and Dataset/image"
LICENSE = "CC BY-NC 4.0"
HUMAN = ("human_answer", "human")
OWN_IDS = {"pair_id", "score_id"}
"""Ids of rows; "id" is that of a picture, which several rows may show."""
UNREAD = share("unread", lambda row: bool(row.counts.get("unparsed")), "lower")
SHAPE = 'Answer with one JSON object and nothing after it: {"Analysis": "your reasons", "Judgement": "%s"}'
SCORE = f"""You are shown a picture, an instruction about it, and an assistant's answer. Score the answer from 1 (poor) to 5 (excellent): does it follow the instruction, is it
true of the picture, and does it help? {GUARD}

Instruction: {{question}}

{{candidates}}

{SHAPE % "[[N]]"} where N is 1, 2, 3, 4 or 5."""
PAIR = f"""You are shown a picture, an instruction about it, and two answers. Which one follows the instruction and the picture better? Order and length count for nothing. {GUARD}

Instruction: {{question}}

{{candidates}}

{SHAPE % "[[A]]"} with [[A]] if A is better, [[B]] if B is better, [[C]] if they are equally good."""
BATCH = f"""You are shown a picture, an instruction about it, and several answers. Rank them from the best to the worst. Order and length count for nothing. {GUARD}

Instruction: {{question}}

{{candidates}}

{SHAPE % "[[A]], [[B]], ..."} with the letters of all answers, the best first."""


def load(benchmark: Benchmark, path: Path, media_root: Path | None, patterns: Sequence[str], record: Callable[[dict[str, Any], Path, int, Path], Record]) -> list[Record]:
    """Records of one of the three files."""
    root = pictures_of(Path(path), media_root, "image", "images")
    return [record(row, file, number, root) for file, rows in tables_of(benchmark, Path(path), *patterns) for number, row in enumerate(rows, 1)]


def built(benchmark: str, row: dict[str, Any], name: str, said: list[str], gold: str, file: Path, number: int, root: Path) -> Record:
    """The record of a row; one that people did not judge (-1) has no answer, and is not asked. Errors: BenchmarkError naming file, row and field."""
    text, image, data = (text_of(row, field, file, number) for field in ("instruction", "image_path", "original_dataset"))
    shown, key = media([Path(image).name], root), name if OWN_IDS & row.keys() else f"{name}/{number}"
    found = candidates(benchmark, key, text, shown, said, (), labels={"dataset": data}, split=data, source_id=name, file=file, index=number - 1, license=LICENSE)
    return found.replace(answer=Answer(type="judge", value=gold) if gold != "-1" else None)


def gold_of(row: dict[str, Any], allowed: Callable[[str], bool], expected: str, file: Path, number: int) -> str:
    """What people said, or -1. Errors: BenchmarkError."""
    field = first_field(row, HUMAN, file, number)
    value = text_of(row, field, file, number).strip()
    if value != "-1" and not allowed(value):
        raise wrong(file, number, field, f"{expected}, or -1", row[field])
    return value


def score_record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """An answer that people scored from 1 to 5."""
    key = text_of(row, first_field(row, ("score_id", "id"), file, number), file, number)
    gold = gold_of(row, lambda value: value in SCORES, "a number from 1 to 5", file, number)
    return built("mllm_as_a_judge_score", row, key, [text_of(row, "answer", file, number)], gold, file, number, root)


def pair_record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """Two answers of which people preferred one, or none (C). Its key is pair_id: `id` stands for the picture, and repeats."""
    key = text_of(row, "pair_id", file, number)
    said = [text_of(mapping_of(row, field, file, number), "answer", file, number) for field in ("answer1", "answer2")]
    gold = gold_of(row, lambda value: value in ("A", "B", "C"), "A, B or C", file, number)
    return built("mllm_as_a_judge_pair", row, key, said, gold, file, number, root)


def batch_record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """Several answers that people ranked, the best first."""
    answers = row.get("answers")
    if not isinstance(answers, list) or len(answers) < 2:
        raise wrong(file, number, "answers", "a list of at least two answers", answers)
    said = [text_of(one, "answer", file, number) if isinstance(one, dict) else text_of({"answers": one}, "answers", file, number) for one in answers]
    gold = gold_of(row, lambda value: sorted(value) == list(LETTERS[: len(said)]), f"the letters {LETTERS[: len(said)]} in order", file, number)
    return built("mllm_as_a_judge_batch", row, text_of(row, "id", file, number), said, gold, file, number, root)


def data_set(row: Row) -> str:
    """The data set that a row's picture is from."""
    return next(iter(labels_of(row, "dataset")), "")


def decided(row: Row) -> float | None:
    """What a row earned, where neither people nor the judge said that both are equal."""
    return None if "C" in (row.gold, row.answer) else row.value


def away(row: Row) -> float | None:
    """Levenshtein's distance between two rankings."""
    return row.counts.get("distance")


def away_by_length(row: Row) -> float | None:
    """The distance over the length of the longer ranking."""
    return row.counts["distance"] / row.counts["length"] if "distance" in row.counts else None


def over_data_sets(name: str, number: Callable[[Row], float | None]) -> Measure:
    """The mean over data sets of the mean of a number, which is better low."""
    found = nested(name, (equal("dataset"),), number, "lower")
    return Measure(found.name, found.tally, lambda sums: quotient(sums[..., 0], sums[..., 1]), "lower", "")


def said(row: Row) -> float | None:
    """The judge's score."""
    return row.counts.get("said")


def people(row: Row) -> float | None:
    """People's score."""
    return row.counts.get("people")


def judged_by_people(record: Record) -> bool:
    """Whether people judged a record."""
    return record.answer is not None


def conventions(wording: str, of_words: Read, of_rewards: Read, counted: tuple[Measure, ...]) -> dict[str, Convention]:
    """Verdicts in words, and rewards."""
    return {
        "official": Convention(
            agreeing(of_words), counted, asks=comparing(wording, "Answer"), takes=judged_by_people,
            follows="Dongping-Chen/MLLM-Judge, calculate_metrics.ipynb, keyed by pair_id; the average is over data sets; what cannot be read is left out",
        ),
        "scalar": Convention(agreeing(of_rewards), counted, takes=judged_by_people, follows="rewards in the order of the answers; two that are equal are a tie (C)"),
    }  # fmt: skip


mllm_as_a_judge_score = Benchmark(
    name="mllm_as_a_judge_score",
    paper="arXiv:2402.04788",
    dimension="reward",
    shape="reward, rubric score",
    files=(File("score.jsonl", "JSON lines: instruction, image_path, original_dataset, answer, human_answer (1 to 5)"),),
    published=PUBLISHED,
    license=LICENSE,
    load=lambda path, media_root=None: load(mllm_as_a_judge_score, path, media_root, ("score*", "Score*"), score_record),
    conventions=conventions(SCORE, read_score, rewards_score, (pearson("average", said, people, data_set), pearson("pooled", said, people), accuracy(), UNREAD)),
    headline="average",
    beside=("pooled", "unread"),
    best={"average": 1.0, "pooled": 1.0},
    note="Pearson's correlation. A judge who always says the same has none. Under scalar a response is a JSON list of one number.",
    named=lambda row: str(row["score_id"]),
)
mllm_as_a_judge_pair = Benchmark(
    name="mllm_as_a_judge_pair",
    paper="arXiv:2402.04788",
    dimension="reward",
    shape="reward, pairwise verdict",
    files=(File("pair.jsonl", "JSON lines: pair_id, instruction, image_path, original_dataset, answer1, answer2 ({name, answer}), human_answer (A, B or C)"),),
    published=PUBLISHED,
    license=LICENSE,
    load=lambda path, media_root=None: load(mllm_as_a_judge_pair, path, media_root, ("pair*", "Pair*"), pair_record),
    conventions=conventions(PAIR, read_pair, rewards_pair, (
        nested("average", (equal("dataset"),)), nested("average_without_ties", (equal("dataset"),), decided), accuracy("pooled"),
        Measure("pooled_without_ties", mean("", decided).tally, accuracy().value), UNREAD,
    )),
    headline="average",
    beside=("average_without_ties", "unread"),
    note="Without ties: rows where people or the judge said C are left out. The answers stand in the published order. Under scalar a response is a JSON list of two numbers.",
    named=lambda row: str(row["pair_id"]),
)  # fmt: skip
mllm_as_a_judge_batch = Benchmark(
    name="mllm_as_a_judge_batch",
    paper="arXiv:2402.04788",
    dimension="reward",
    shape="reward, ranking",
    files=(File("batch.jsonl", "JSON lines: instruction, image_path, original_dataset, answers (3 or 4), human_answer (CDAB, the best first)"),),
    published=PUBLISHED,
    license=LICENSE,
    load=lambda path, media_root=None: load(mllm_as_a_judge_batch, path, media_root, ("batch*", "Batch*"), batch_record),
    conventions=conventions(BATCH, read_batch, rewards_batch, (
        over_data_sets("batch_nld", away_by_length), over_data_sets("average", away), mean("pooled", away, "lower"), mean("pooled_nld", away_by_length, "lower"), UNREAD,
    )),
    headline="batch_nld",
    beside=("average", "unread"),
    best={"batch_nld": 1.0, "pooled_nld": 1.0},
    note="average and pooled are Levenshtein's distance as the released notebook takes it; batch_nld divides it by the length, as the published values are.",
)  # fmt: skip

BENCHMARKS = (mllm_as_a_judge_score, mllm_as_a_judge_pair, mllm_as_a_judge_batch)
