"""A comparison from the recipe to the page: the model as it is, configurations chosen on held-out pairs, seeds, table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.recipe import EvaluateRecipe, LabRecipe, RecipeError, Source
from veridical.records.load import Source as Loadable
from veridical.records.load import load, save
from veridical.records.result import write_json
from veridical.study.demo import blanked
from veridical.study.evaluation import run_evaluation
from veridical.study.examination import world_benchmarks
from veridical.study.lab.axes import compare
from veridical.study.lab.board import board
from veridical.study.lab.directory import Lab, claim, result_files
from veridical.study.lab.markdown import write as write_markdown
from veridical.study.lab.page import write as write_page
from veridical.study.lab.plan import Entrant, Job, entrants, finals, tuning
from veridical.study.lab.work import run_all
from veridical.world import CHECKPOINT
from veridical.world.records import pairs


def lab(recipe: LabRecipe, say: Callable[[str], None] = print) -> Lab:
    """Run a comparison; one that was stopped continues with the same command.

    Errors: RecipeError for what cannot be compared, or when the directory holds a comparison with other settings.
    """
    folder = Path(recipe.run)
    claim(folder, recipe)
    if recipe.conditions:
        return compare(recipe, say)
    recipe = settled(recipe, folder)
    found, examination = entrants(recipe), examination_of(recipe, folder)
    say(f"{len(found)} entrants, {sum(one.tuned for one in found)} of them tuned over {max((len(one.grid) for one in found), default=0)} configurations")
    base = run_evaluation(examination.model_copy(update={"model": recipe.align.model, "run": str(folder / "base")}), say)
    jobs = tuning(recipe, found)
    tried = run_all(jobs, folder / "runs", examination, recipe.workers, "choosing configurations", say)
    chosen = choose(found, jobs, tried, recipe.sink)
    for one in found:
        if one.tuned:
            say(f"{one.label}: {one.grid[chosen[one.label]]}")
    last = finals(recipe, found, chosen)
    done = run_all(last, folder / "runs", examination, recipe.workers, "seeds", say)
    finished = {one.label: [job.key for job in last if job.entrant == one.label and job.key in done] for one in found}
    outcomes = {label: [result_files(folder / "runs" / key, done[key]) for key in keys] for label, keys in finished.items()}
    table = board(recipe, found, base, outcomes, {label: [done[key] for key in keys] for label, keys in finished.items()})
    spent = sum(measures["core_seconds"] for measures in {**tried, **done}.values())
    numbers = write_json(folder / "lab.json", {"version": 1, "core_seconds": spent, "runs": len({**tried, **done}), "chosen": {one.label: dict(one.grid[chosen[one.label]]) for one in found if one.tuned}, **table.numbers})
    write_markdown(folder / "lab.md", table, spent)
    return Lab(write_page(folder / "lab.html", table, recipe, spent), numbers, table)


def settled(recipe: LabRecipe, folder: Path) -> LabRecipe:
    """The recipe with model and data: the world's own where it names none."""
    data = recipe.data
    if not data:
        files = {"train": (recipe.pairs, 0), "held_out": (recipe.held, 500_000)}
        for split, (count, first) in files.items():
            if not (folder / f"{split}.jsonl").is_file():
                save([record.replace(split=split) for record in pairs(count, first)], folder / f"{split}.jsonl")
        data = [Source(path=str(folder / "train.jsonl")), Source(path=str(folder / "held_out.jsonl"), split="held_out")]
    for place, source in enumerate(data if any(one.blank for one in recipe.methods) else []):
        blank = folder / f"blank-{place}.jsonl"
        if not source.split and not blank.is_file():
            save([blanked(record) for record in load(Loadable(**source.model_dump())).records], blank)
    align = recipe.align.model_copy(update={"model": recipe.model or str(CHECKPOINT), "data": data, "reference_cache": str(folder / "reference")})
    return recipe.model_copy(update={"align": align})


def examination_of(recipe: LabRecipe, folder: Path) -> EvaluateRecipe:
    """What every model is asked."""
    chosen = recipe.benchmarks or world_benchmarks(folder / "world", recipe.captions, recipe.scenes, recipe.amber)
    return EvaluateRecipe(model=recipe.align.model, benchmarks=chosen, generation=recipe.generation)


def choose(found: Sequence[Entrant], jobs: Sequence[Job], tried: Mapping[str, Mapping[str, Any]], sink: float = 0.02) -> dict[str, int]:
    """Of each tuned entrant the configuration with the largest margin on held-out pairs, among those whose chosen responses lost at most `sink` nats a token.

    Where all lost more, the one that lost least. So neither standing still nor running away wins. Errors: RecipeError
    when all configurations of an entrant failed.
    """
    best: dict[str, int] = {}
    for one in found:
        known = [(job.config, tried[job.key]["monitor"]) for job in jobs if job.entrant == one.label and job.key in tried]
        if one.tuned and not known:
            raise RecipeError(f"{one.label}: every configuration failed; see failure.txt in its runs")
        if one.tuned:
            afloat = [(number, seen) for number, seen in known if seen["monitor/rise"] >= -sink]
            best[one.label] = max(afloat, key=lambda pair: pair[1]["monitor/margin"])[0] if afloat else max(known, key=lambda pair: pair[1]["monitor/rise"])[0]
    return best
