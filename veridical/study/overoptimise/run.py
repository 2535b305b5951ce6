"""The study from the recipe to the page: descriptions, proxies, their accuracy, pursuits, pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.recipe import OveroptimiseRecipe
from veridical.records.load import save
from veridical.records.result import write_json
from veridical.records.whole import write_text
from veridical.study.claim import claim
from veridical.study.overoptimise.drawing import drawing, scatter
from veridical.study.overoptimise.labels import HELD, LEARNING, SPARE, described, labelled_by, scenes_needed, truth
from veridical.study.overoptimise.outcome import Outcome, agreement, outcome, table, worth
from veridical.study.overoptimise.plan import chases, trainings
from veridical.study.overoptimise.work import chase, measured, train
from veridical.study.several import several
from veridical.world import CHECKPOINT
from veridical.world.cause import MISREAD
from veridical.world.records import pairs


@dataclass(frozen=True)
class Overoptimised:
    """What a study left behind."""

    folder: Path
    outcomes: Sequence[Outcome]
    text: str

    @property
    def numbers(self) -> dict[str, Any]:
        """What `overoptimise.json` holds."""
        return json.loads((self.folder / "overoptimise.json").read_text())


def overoptimise(recipe: OveroptimiseRecipe, say: Callable[[str], None] = print) -> Overoptimised:
    """Run what is not done; `overoptimise.{md,json}`, `curves.svg` and `quality.svg` in the run directory. A stopped study continues.

    Errors: RecipeError for labels and settings that do not fit together, or a directory that holds another study.
    """
    folder = Path(recipe.run)
    claim(folder, recipe, "a study under other conditions", ("model", "workers", "proxies", "pursuits", "mitigations", "quality", "pursued_by", "seeds"))
    recipe = recipe.model_copy(update={"model": recipe.model or str(CHECKPOINT)})
    jobs, models = chases(recipe), trainings(recipe)
    held = prepared(recipe, folder, say)
    several({job.path: job for job in models}, train, lambda job: job.name, recipe.workers, "reward models", say)
    accuracies = {}
    for job in models:
        if job.member == 0 and all(one.path.is_file() for one in models if one.proxy == job.proxy):
            accuracies[job.proxy.label] = remembered(job.path.with_name("accuracy.json"), lambda job=job: measured(job, held))
    several({job.path: job for job in jobs if job.proxy.label in accuracies}, chase, lambda job: job.name, recipe.workers, "pursuits", say)
    found = [outcome(job) for job in jobs if job.path.is_file()]
    qualities = {label: worth(recipe, found, label, accuracies) for label in recipe.pursued_by}
    text = table(recipe, found, accuracies, qualities)
    write_text(folder / "overoptimise.md", text)
    write_text(folder / "curves.svg", drawing(recipe, found))
    write_text(folder / "quality.svg", scatter(qualities))
    kept = {"accuracies": accuracies, "quality": {label: {"proxies": [vars(one) for one in own], "agreement": agreement(own)} for label, own in qualities.items()}}
    write_json(folder / "overoptimise.json", {"version": 1, **kept, "outcomes": [one.numbers for one in found]})
    return Overoptimised(folder, found, text)


def prepared(recipe: OveroptimiseRecipe, folder: Path, say: Callable[[str], None]) -> dict[str, Path]:
    """The descriptions that proxies learn from, and the held-out pairs by name: the model's own by the truth, and the world's edited ones."""
    learning, held = folder / "described.jsonl", {"own": folder / "held_own.jsonl", "edited": folder / "held_edited.jsonl"}
    if not learning.is_file():
        say(f"describing {scenes_needed(recipe)} scenes for the proxies' pairs")
        save(described(recipe, recipe.model, LEARNING, scenes_needed(recipe)), learning)
    if not held["own"].is_file():
        save(labelled_by(described(recipe, recipe.model, HELD, int(recipe.held * SPARE)), truth(folder), "truth")[: recipe.held], held["own"])
    if not held["edited"].is_file():
        save(pairs(recipe.held, HELD, cause=MISREAD), held["edited"])
    return held


def remembered(path: Path, make: Callable[[], dict[str, float]]) -> dict[str, float]:
    """What is in a file, made once."""
    if not path.is_file():
        write_json(path, make())
    return json.loads(path.read_text())
