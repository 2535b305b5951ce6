"""The whole loop in the world: a small model that says what is usual learns to say what is there, and a page shows what changed.

    held-out scenes in the official formats of benchmarks of six dimensions -> evaluate -> sample and grade the model's own descriptions -> align -> evaluate -> report

Every step leaves files and goes on from them, so a demo that was stopped continues with the same command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from veridical.curate.curate import curate
from veridical.recipe import (
    AlignRecipe, CurateRecipe, DemoRecipe, EvaluateRecipe, Generation, HeldOut, JudgeServer, Length, Optimiser, Pairing, Parts, Save, Source, Step, Watch,
)  # fmt: skip
from veridical.records.load import load, save
from veridical.records.record import Corruption, Media, Pair, Record
from veridical.records.result import write_json
from veridical.report.page import write as write_page
from veridical.report.summary import summary
from veridical.study.claim import claim as take
from veridical.study.evaluation import run_evaluation
from veridical.study.examination import six_benchmarks, world_benchmarks
from veridical.study.world_judge import NAME, WorldJudge, serving
from veridical.train.preference import align
from veridical.world import CHECKPOINT
from veridical.world.records import prompts

BESIDE = ("mmstar", "chartqa", "oodcv_vqa", "vlguard", "llava_bench", "mm_rlhf_reward_bench", "mm_alignbench", "mmlu")
"""Benchmarks beside those of hallucination. RefCOCO is left out: the shipped model has not learnt to write boxes."""
LONGEST = 112
"""Tokens of the longest description; the world's longest true one has fewer."""
NOTE = "Everything on this page happened in a drawn world whose truth is known. A percentage from it says that the method and the program work; it is no evidence about photographs."


@dataclass(frozen=True)
class Demo:
    """What the demo left behind."""

    report: Path
    results: Path
    changes: dict[str, Any]


def demo(recipe: DemoRecipe, say: Callable[[str], None] = print) -> Demo | None:
    """Run the loop; None when somebody stopped it (the same command continues).

    Errors: RecipeError when the run directory holds a demo with other settings.
    """
    folder = Path(recipe.run)
    claim(folder, recipe)
    with serving(WorldJudge(recipe.six), folder) as judge:
        return told(recipe, folder, JudgeServer(url=judge, model=NAME), say)


def told(recipe: DemoRecipe, folder: Path, judge: JudgeServer, say: Callable[[str], None]) -> Demo | None:
    """The five steps; `judge` compares and scores answers wherever a benchmark wants that."""
    say("1 of 5: what the model says of held-out scenes, before")
    run_evaluation(examination(recipe, str(CHECKPOINT), folder / "before", judge), say)
    say("2 of 5: it describes training scenes several times; what is really there decides which description is better")
    curate(curation(recipe, folder), say)
    say("3 of 5: alignment")
    finished = align(alignment(recipe, folder, training_pairs(recipe, folder)), say=say).finished
    if not finished:
        return None
    say("4 of 5: what it says now")
    run_evaluation(examination(recipe, str(folder / "align" / "final" / "model"), folder / "after", judge), say)
    say("5 of 5: the page")
    before, after = folder / "before" / "results", folder / "after" / "results"
    changes = summary(before, after)
    page = write_page(folder / "report.html", before, after, folder / "align", title="A small model before and after alignment", note=NOTE, numbers=changes)
    return Demo(page, write_json(folder / "results.json", changes), changes)


def claim(folder: Path, recipe: DemoRecipe) -> None:
    """The directory belongs to one recipe."""
    take(folder, recipe, "a demo with other settings")


def examination(recipe: DemoRecipe, model: str, run: Path, judge: JudgeServer) -> EvaluateRecipe:
    """CHAIR, POPE and AMBER of the world, and benchmarks of the other dimensions, greedily answered."""
    files = Path(recipe.run) / "world"
    chosen = [*world_benchmarks(files, recipe.captions, recipe.scenes, recipe.amber), *six_benchmarks(files, recipe.six, BESIDE)]
    return EvaluateRecipe(model=model, benchmarks=chosen, judge=judge, generation=Generation(max_new_tokens=LONGEST, batch=64), run=str(run))


def curation(recipe: DemoRecipe, folder: Path) -> CurateRecipe:
    """Several sampled descriptions of each training scene, graded by what is really there."""
    asked = folder / "prompts.jsonl"
    if not asked.is_file():
        save(prompts(recipe.prompts, first=recipe.seed * 100_000), asked)
    return CurateRecipe(
        model=str(CHECKPOINT),
        prompts=[Source(path=str(asked))],
        count=recipe.count,
        generation=Generation(max_new_tokens=LONGEST, temperature=1.0, batch=16),
        grader="objects",
        grader_settings={"synonyms": str(folder / "world" / "chair" / "synonyms.txt")},
        pairing=Pairing(rule="best_worst", gap=0.0, most=recipe.most),
        seed=recipe.seed,
        run=str(folder / "curate"),
    )


def training_pairs(recipe: DemoRecipe, folder: Path) -> Path:
    """The curated pairs, or what a control makes of them: labels shuffled, pictures blanked."""
    curated = folder / "curate" / "pairs.jsonl"
    if not recipe.shuffle and not recipe.blank:
        return curated
    records = load(str(curated)).records
    if recipe.shuffle:
        records = shuffled(records, recipe.seed)
    if recipe.blank:
        records = [blanked(record) for record in records]
    save(records, folder / "control.jsonl")
    return folder / "control.jsonl"


def shuffled(records: Sequence[Record], seed: int, share: float = 0.5) -> list[Record]:
    """The pairs with chosen and rejected exchanged in a random half (or another share): what is left of a gain was not learnt from the labels."""
    rng = np.random.default_rng([seed, 41])
    swapped = set(rng.permutation(len(records))[: int(len(records) * share)].tolist())
    return [record.replace(pairs=tuple(map(exchanged, record.pairs))) if place in swapped else record for place, record in enumerate(records)]


def exchanged(pair: Pair) -> Pair:
    """The pair the other way round, without the facts that no longer hold."""
    return Pair(chosen=pair.rejected, rejected=pair.chosen, rule="shuffled")


def blanked(record: Record) -> Record:
    """The record with nothing to see: each picture becomes its own mean colour."""
    plain = [Media(media_id=one.media_id, parent_id=f"{one.media_id}-real", recipe=Corruption(op="mean")) for one in record.media]
    real = [one.replace(media_id=f"{one.media_id}-real", role="reference") for one in record.media]
    return record.replace(media=(*plain, *real))


def alignment(recipe: DemoRecipe, folder: Path, pairs: Path) -> AlignRecipe:
    """Full fine-tuning of the language model; the tower stays, so every picture is encoded once."""
    return AlignRecipe(
        model=str(CHECKPOINT),
        data=[Source(path=str(pairs))],
        method=recipe.method,
        method_settings=recipe.method_settings,
        parts=Parts(language="full"),
        reference="copy",
        held_out=HeldOut(fraction=0.1, most=24),
        step=Step(records=recipe.records, micro_tokens=20_000),
        optimiser=Optimiser(lr=recipe.lr, warmup=0.1, schedule="linear"),
        length=Length(steps=recipe.steps),
        save=Save(every=20),
        watch=Watch(every=10),
        device="cpu",
        seed=recipe.seed,
        run=str(folder / "align"),
    )


def verdict(changes: dict[str, Any]) -> str:
    """The figures of the demo in a few lines, for the terminal."""
    lines = ["  where it stands, from a blind guess (0) to the best there is (100)"]
    for dimension, place in changes["standing"]["dimensions"].items():
        lines.append(f"  {dimension:<22} {place['before']['value']:6.1f} -> {place['after']['value']:6.1f}")
    for benchmark, name in (("chair", "chair_i"), ("chair", "coverage"), ("chair", "words"), ("pope", "adversarial.f1"), ("amber", "amber_score")):
        found = changes["benchmarks"].get(benchmark, {}).get("metrics", {}).get(name)
        if found:
            lines.append(f"  {benchmark:<6} {name:<15} {found['before']:6.1f} -> {found['after']:6.1f}   change {found['difference']:+.1f} [{found['low']:+.1f}, {found['high']:+.1f}]")
    return "\n".join(lines)
