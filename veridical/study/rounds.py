"""Iterative alignment: sample with the current policy, grade, pair, align, merge; the next round starts from the outcome.

    prompts -> curate(model n) -> align(model n) -> model n + 1 -> benchmarks

Each round leaves its own run directories, so rounds that were stopped continue with the same command. The model that a
round writes is whole (adapters merged), hence a round with LoRA begins with a fresh adapter, and "adapter off" is the
round before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.curate.curate import Curated, curate
from veridical.recipe import AlignRecipe, CurateRecipe, EvaluateRecipe, RecipeError, RoundsRecipe, Source
from veridical.records.load import Source as Loadable
from veridical.records.load import load, save
from veridical.records.record import Record
from veridical.records.result import Result, write_json
from veridical.study.claim import claim as take
from veridical.study.evaluation import run_evaluation
from veridical.train.preference import align


@dataclass(frozen=True)
class Round:
    """One round's outcome."""

    number: int
    """0: before the first."""
    model: str
    pairs: int
    figures: dict[str, dict[str, float]]
    """Metrics by benchmark."""


def rounds(recipe: RoundsRecipe, say: Callable[[str], None] = print) -> list[Round] | None:
    """Run every round; None when somebody stopped it (the same command continues).

    Errors: RecipeError when the directory holds rounds with other settings; those of curation, alignment and evaluation.
    """
    folder = Path(recipe.run)
    claim(folder, recipe)
    asked = divided(recipe, folder)
    done = [Round(0, recipe.model, 0, examined(recipe, recipe.model, folder / "round-0", say))]
    for number, prompts in enumerate(asked, 1):
        here, model = folder / f"round-{number}", done[-1].model
        say(f"round {number} of {recipe.rounds}, from {model}")
        curated = curate(curation(recipe, model, prompts, here, number), say)
        if not curated.pairs and not recipe.align.data:
            raise RecipeError(f"round {number}: no pair came of {curated.prompts} prompts, so there is nothing to align with; lower curate.pairing.gap or raise curate.count")
        if not align(alignment(recipe, model, curated, here, number), say=say).finished:
            return None
        done.append(Round(number, str(outcome(here / "align")), curated.pairs, examined(recipe, str(outcome(here / "align")), here, say)))
        write_json(folder / "rounds.json", {"version": 1, "rounds": [vars(one) for one in done]})
    return done


def claim(folder: Path, recipe: RoundsRecipe) -> None:
    """The directory belongs to one recipe, but for the number of rounds, which may grow where each has all prompts."""
    take(folder, recipe, "rounds with other settings", () if recipe.prompts_each == "share" else ("rounds",))


def divided(recipe: RoundsRecipe, folder: Path) -> list[Path]:
    """The prompts of each round, as files."""
    records = [record for source in recipe.prompts for record in load(Loadable(**source.model_dump())).records]
    if recipe.prompts_each == "share" and len(records) < recipe.rounds:
        raise RecipeError(f"prompts: {len(records)} prompts for {recipe.rounds} rounds; give more, or set prompts_each=all")
    files = []
    for number in range(1, recipe.rounds + 1):
        files.append(folder / f"round-{number}" / "prompts.jsonl")
        if not files[-1].is_file():
            files[-1].parent.mkdir(parents=True, exist_ok=True)
            save(share(records, number - 1, recipe), files[-1])
    return files


def share(records: Sequence[Record], place: int, recipe: RoundsRecipe) -> list[Record]:
    """A round's part of the prompts."""
    return list(records) if recipe.prompts_each == "all" else list(records[place :: recipe.rounds])


def curation(recipe: RoundsRecipe, model: str, prompts: Path, here: Path, number: int) -> CurateRecipe:
    """The round's own samples; every round has other seeds."""
    return recipe.curate.model_copy(update={"model": model, "prompts": [Source(path=str(prompts))], "seed": recipe.seed + number - 1, "run": str(here / "curate")})


def alignment(recipe: RoundsRecipe, model: str, curated: Curated, here: Path, number: int) -> AlignRecipe:
    """The round's training: its own pairs and the offline ones, from the model of the round before."""
    own = [Source(path=str(curated.path))] if curated.pairs else []
    settings: dict[str, Any] = {"model": model, "data": [*own, *recipe.align.data], "seed": recipe.seed + number - 1, "run": str(here / "align")}
    if recipe.reference == "first" and number > 1:
        settings |= {"reference": "model", "reference_model": recipe.model}
    elif recipe.reference == "previous":
        settings |= {"reference": "auto"}
    return recipe.align.model_copy(update={**settings, "save": recipe.align.save.model_copy(update={"merged": True})})


def outcome(run: Path) -> Path:
    """The whole model that a training run wrote."""
    return run / "final" / ("merged" if (run / "final" / "merged").is_dir() else "model")


def examined(recipe: RoundsRecipe, model: str, here: Path, say: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """What a model scores; nothing where no benchmark is asked."""
    if not recipe.benchmarks:
        return {}
    found = run_evaluation(EvaluateRecipe(model=model, benchmarks=recipe.benchmarks, generation=recipe.generation, run=str(here / "evaluate")), say)
    return {name: numbers(result) for name, result in found.items()}


def numbers(result: Result) -> dict[str, float]:
    """A result's metrics."""
    return {name: metric.value for name, metric in result.metrics.items()}


def table(done: Sequence[Round]) -> str:
    """Rounds with each benchmark's headline, for the terminal."""
    from veridical.evaluate.benchmarks import find

    lines = []
    for one in done:
        figures = [f"{name} {key} {values[key]:.1f}" for name, values in one.figures.items() if (key := find(name).headline) in values]
        lines.append(f"round {one.number}: {one.pairs} pairs, {', '.join(figures) or 'not evaluated'}  {one.model}")
    return "\n".join(lines)
