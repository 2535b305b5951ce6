"""A condition made real: the base model taught, the pairs written, the held-out scenes drawn. What two conditions share is made once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.recipe import BenchmarkChoice, Condition, EvaluateRecipe, HeldOut, ImitateRecipe, LabRecipe, Length, Optimiser, Parts, RecipeError, Save, Source, Step, Teaching, Watch
from veridical.records.load import load, save
from veridical.study.lab.plan import Entrant, Job, entrants, finals
from veridical.study.lab.sources import SOURCES, Making, confirmed, make
from veridical.study.lab.work import Task
from veridical.train.imitate import imitate
from veridical.world import CHECKPOINT
from veridical.world.cause import CAUSES
from veridical.world.files import write_chair
from veridical.world.records import captions, pairs
from veridical.world.scene import scene

TAUGHT_FROM, HELD_FROM = 2_000_000, 500_000
"""The first scenes of captions and of held-out pairs; training pairs begin at 0."""


@dataclass(frozen=True)
class Cell:
    """A condition with everything that its runs need."""

    condition: Condition
    found: tuple[Entrant, ...]
    jobs: tuple[Job, ...]
    folder: Path
    examination: EvaluateRecipe
    confirmed: float
    """Of the pairs that the runs see, per cent that the truth confirms."""

    @property
    def tasks(self) -> list[Task]:
        """Its runs."""
        return [Task(job, self.folder, self.examination) for job in self.jobs]


def check(recipe: LabRecipe) -> None:
    """Errors: RecipeError for a name that nobody knows, a label given twice, or more pairs than the recipe has."""
    if recipe.tuned or recipe.data or recipe.model:
        raise RecipeError("conditions: they bring model and pairs of the world, and every method runs in its `settings`; leave out model, data and tuned")
    labels = [one.label for one in recipe.conditions]
    for one in recipe.conditions:
        if labels.count(one.label) > 1:
            raise RecipeError(f"conditions: two are called {one.label!r}")
        if one.pairs > recipe.pairs:
            raise RecipeError(f"conditions, {one.label}: pairs={one.pairs}, but the recipe has pairs={recipe.pairs}")
        for key, name, known in (("cause", one.cause, CAUSES), ("base.cause", one.base.cause if one.base else one.cause, CAUSES), ("source", one.source, SOURCES)):
            if name not in known:
                raise RecipeError(f"conditions, {one.label}: {key}={name}: unknown; there are {', '.join(known)}")


def cell(recipe: LabRecipe, one: Condition, folder: Path, say: Callable[[str], None]) -> Cell:
    """The condition with its files below `folder`."""
    model = base(one.base, folder / "bases", recipe.seed, say)
    shown = benchmark(folder / "world" / one.cause, one.cause, recipe.captions)
    examination = EvaluateRecipe(model=model, benchmarks=[shown], generation=recipe.generation)
    train, held = pair_files(recipe, one, model, folder / "pairs", Path(shown.data) / "synonyms.txt")
    data = [Source(path=str(train), limit=one.pairs), Source(path=str(held), split="held_out")]
    align = recipe.align.model_copy(update={"model": model, "data": data, "reference_cache": str(folder / "reference")})
    own = recipe.model_copy(update={"align": align, "conditions": []})
    found = entrants(own)
    right = confirmed(load(str(train)).records[: one.pairs], Path(shown.data) / "synonyms.txt")
    return Cell(one, tuple(found), tuple(finals(own, found, {})), folder / "runs" / one.cause, examination, right)


def base(how: Teaching | None, folder: Path, seed: int, say: Callable[[str], None]) -> str:
    """The directory of the model that a condition starts from. A finished one is found again; a stopped teaching continues.

    Errors: InterruptedError when somebody stopped the teaching.
    """
    if how is None:
        return str(CHECKPOINT)
    run = folder / name_of(how.model_dump() | {"seed": seed})
    done = run / "final" / "model"
    if not done.is_dir():
        say(f"teaching a base model: {how.cause}, {how.share:g} of the occasions, {how.steps} steps at {how.lr:g}")
        save(captions(how.steps * how.records, CAUSES[how.cause], how.share, TAUGHT_FROM), run / "captions.jsonl")
        if not imitate(lessons(how, run, seed), say=lambda line: None).finished:
            raise InterruptedError("stopped; the same command continues")
    return str(done)


def lessons(how: Teaching, run: Path, seed: int) -> ImitateRecipe:
    """The teaching as a recipe: the language model learns, the tower stays."""
    return ImitateRecipe(
        model=str(CHECKPOINT), data=[Source(path=str(run / "captions.jsonl"))], held_out=HeldOut(fraction=0.0), parts=Parts(language="full"),
        step=Step(records=how.records, micro_tokens=20_000), optimiser=Optimiser(lr=how.lr, warmup=0.1, schedule="linear"), length=Length(steps=how.steps),
        save=Save(every=1000), watch=Watch(every=1000), device="cpu", seed=seed, run=str(run),
    )  # fmt: skip


def benchmark(folder: Path, cause: str, count: int) -> BenchmarkChoice:
    """CHAIR of held-out scenes as the cause shows and asks about them, written where it is not there whole."""
    if not (folder / "whole").is_file():
        write_chair(folder / "chair", [scene(seed, "test") for seed in range(count)], CAUSES[cause])
        (folder / "whole").write_text("")
    return BenchmarkChoice(name="chair", data=str(folder / "chair"))


def pair_files(recipe: LabRecipe, one: Condition, model: str, folder: Path, synonyms: Path) -> tuple[Path, Path]:
    """Training pairs of the condition's source and held-out corrected ones, written where they are missing."""
    decides = one.model_dump(exclude={"axis", "label", "pairs", "base"}) | {"model": model, "count": recipe.pairs, "seed": recipe.seed}
    train, held = folder / f"{one.source}-{name_of(decides)}.jsonl", folder / f"held-{one.cause}-{recipe.held}.jsonl"
    if not train.is_file():
        said = folder / f"said-{name_of({'model': model, 'cause': one.cause, 'seed': recipe.seed})}"
        save(make(Making(one, model, recipe.pairs, recipe.seed, said, synonyms)), train)
    if not held.is_file():
        save([record.replace(split="held_out") for record in pairs(recipe.held, HELD_FROM, cause=CAUSES[one.cause])], held)
    return train, held


def name_of(decides: dict[str, Any]) -> str:
    """A short digest of what decides the content of a file."""
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:10]
