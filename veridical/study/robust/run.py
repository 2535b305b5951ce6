"""From the recipe to result files: every benchmark as it is, then under every condition; one folder of results for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.cache import Cache
from veridical.evaluate.inquiry import Inquiry
from veridical.evaluate.questions import Questions
from veridical.grade.grade import Grader, NotInstalled
from veridical.recipe import EvaluateRecipe, RobustRecipe, dump
from veridical.records.record import Record
from veridical.records.result import Result, write_json
from veridical.records.run import Run
from veridical.records.whole import write_text
from veridical.study.choosing import choices, questions_of
from veridical.study.examination import world_benchmarks
from veridical.study.robust.attack import AttackError, Condition, Material
from veridical.study.robust.attacks import find
from veridical.study.robust.outcome import outcome, shown
from veridical.study.robust.table import Examined, numbers, table
from veridical.study.robust.target import Target, target_of
from veridical.world import CHECKPOINT

CLEAN = "clean"
"""How the questions without an attack are called; their results are those of the run itself."""


@dataclass(frozen=True)
class Robustness:
    """What a run left behind."""

    folder: Path
    numbers: Mapping[str, Any]
    text: str


def robust(recipe: RobustRecipe, say: Callable[[str], None] = print) -> Robustness:
    """Ask what is not yet answered; `results/BENCHMARK.json`, `CONDITION/results/BENCHMARK.json` and `robust.{md,json}` in the run directory. A stopped run continues.

    Errors: AttackError and BenchmarkError before anything is asked, where settings or files are not right.
    """
    recipe = filled(recipe)
    conditions = conditions_of(recipe)
    asked = gradable(recipe, say)
    run = Run(Path(recipe.run))
    run.start(dump(recipe))
    target = target_of(recipe)
    examined = {name: Asking(recipe, name, *one, target).examined(conditions, say) for name, one in asked.items()}
    found, text = numbers(examined), table(examined)
    write_json(run.path / "robust.json", found)
    write_text(run.path / "robust.md", text)
    return Robustness(run.path, found, text)


def filled(recipe: RobustRecipe) -> RobustRecipe:
    """The recipe with the world's model and POPE where it names none."""
    model, folder = recipe.model or str(CHECKPOINT), Path(recipe.run) / "world"
    if recipe.benchmarks or recipe.suite:
        return recipe.model_copy(update={"model": model})
    chosen = [one for one in world_benchmarks(folder, recipe.scenes, recipe.scenes, recipe.scenes) if one.name == "pope"]
    return recipe.model_copy(update={"model": model, "benchmarks": chosen})


def conditions_of(recipe: RobustRecipe) -> list[Condition]:
    """Every condition of every attack. Errors: AttackError where two would write into one folder."""
    named = [(choice.label, condition) for choice in recipe.attacks for condition in find(choice.attack).conditions(choice.settings)]
    found = [replace(condition, label=f"{prefix}_{condition.label}" if prefix else condition.label) for prefix, condition in named]
    twice = [label for label, times in Counter([CLEAN, "results", "pictures", "world", *(one.label for one in found)]).items() if times > 1]
    if twice:
        raise AttackError(f"two folders would be called {twice[0]}; give one of the attacks a label")
    return found


def gradable(recipe: RobustRecipe, say: Callable[[str], None]) -> dict[str, tuple[Questions, Grader]]:
    """Each benchmark's questions and what grades them, by the name of its results. Of a suite, benchmarks that cannot be graded are left out, and it is said why.

    Errors: BenchmarkError and NotInstalled naming what is not there.
    """
    shared = {name: getattr(recipe, name) for name in EvaluateRecipe.model_fields if name in RobustRecipe.model_fields}
    evaluation = EvaluateRecipe(**shared)
    found = {}
    for choice in choices(evaluation, say):
        try:
            if choice.implicit is not None:
                raise BenchmarkError(f"{choice.name}: is answered by how likely a model finds texts (implicit), and attacks are on what it says; ask it another way")
            asked = questions_of(choice, evaluation)
            found[choice.label or choice.name] = asked, asked.grader()
        except (BenchmarkError, NotInstalled) as error:
            if not recipe.suite:
                raise
            say(f"{choice.name}: left out, {error}")
    return found


@dataclass(frozen=True)
class Asking:
    """One benchmark's questions, put to one target again and again."""

    recipe: RobustRecipe
    name: str
    questions: Questions
    grader: Grader
    target: Target

    def examined(self, conditions: Sequence[Condition], say: Callable[[str], None]) -> Examined:
        """Results clean and under each condition, each also a file."""
        said, clean = self.answered(CLEAN, self.questions.posed, {})
        self.save(CLEAN, clean)
        material = Material(self.target.surrogate, said, (Path(self.recipe.run) / "pictures").absolute(), self.recipe.seed)
        attacked = {condition.label: self.under(condition, material, clean) for condition in conditions}
        for label, result in attacked.items():
            say(f"{self.name}, {label}: {len(result.rows)} rows, {self.save(label, result)}")
        return Examined(self.questions.benchmark, clean, attacked, {one.label: one.family for one in conditions})

    def under(self, condition: Condition, material: Material, clean: Result) -> Result:
        """The result under a condition."""
        posed = self.questions.posed
        shot = condition.strike(material, posed)
        struck = {record.record_id for record, other in zip(posed, shot, strict=True) if record != other}
        settings = {**condition.settings, "untouched": len(posed) - len(struck)}
        settings |= {"seen_through": self.target.box} if condition.gradients else {}
        settings |= {"match": self.recipe.match} if condition.sought else {}
        sought = {record.record_id: condition.sought(record) for record in posed if record.record_id in struck} if condition.sought else {}
        _, result = self.answered(condition.label, shot, {"attack": settings})
        return shown(outcome(self.questions.benchmark, clean, result, struck, sought, self.recipe.match), shot)

    def answered(self, label: str, records: Sequence[Record], more: Mapping[str, Any]) -> tuple[dict[str, str], Result]:
        """Responses to the records by id, and what they earn as responses to the benchmark's questions; `more` joins the settings."""
        generation = self.recipe.generation.model_dump(exclude={"batch"})
        cache = Cache(Path(self.recipe.run) / "responses.jsonl")
        inquiry = Inquiry.of(f"{self.name}, {label}", records, cache, generation, self.target.key, self.recipe.generation.batch)
        inquiry.ask(self.target.responder, progress=True)
        return inquiry.said, self.questions.result(inquiry.said, self.grader, {**generation, **more}, self.target.name)

    def save(self, label: str, result: Result) -> Path:
        """The result's file."""
        return result.save(Path(self.recipe.run) / ("" if label == CLEAN else label) / "results" / f"{self.name}.json")
