"""A comparison in several conditions: every method on every base model, source of pairs and cause of hallucination that the recipe names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from veridical.recipe import EvaluateRecipe, LabRecipe
from veridical.records.result import write_json
from veridical.study.evaluation import run_evaluation
from veridical.study.lab.axes_page import write as write_page
from veridical.study.lab.axes_table import write as write_table
from veridical.study.lab.board import Board
from veridical.study.lab.conditions import Cell, cell, check, name_of
from veridical.study.lab.contrast import contrasts
from veridical.study.lab.directory import Lab, result_files
from veridical.study.lab.work import run_tasks


def compare(recipe: LabRecipe, say: Callable[[str], None] = print) -> Lab:
    """Run every method in every condition; a stopped comparison continues, and conditions that share a run share its outcome.

    Errors: RecipeError for what cannot be compared.
    """
    folder = Path(recipe.run)
    check(recipe)
    cells = [cell(recipe, one, folder, say) for one in recipe.conditions]
    tasks = sorted((task for one in cells for task in one.tasks), key=lambda task: task.job.recipe.seed)
    say(f"{len(cells)} conditions, {len({task.measures for task in tasks})} runs")
    bases = {one.condition.label: run_evaluation(examined(one, folder), lambda line: None) for one in cells}
    run_tasks(tasks, recipe.workers, "runs", say)
    measures = {(one.condition.label, entrant.label): [json.loads(path.read_text()) for path in finished(one, entrant.label)] for one in cells for entrant in one.found}
    outcomes = {(one.condition.label, entrant.label): [result_files(path.parent, json.loads(path.read_text())) for path in finished(one, entrant.label)] for one in cells for entrant in one.found}
    numbers = contrasts(recipe, bases, outcomes, measures, {one.condition.label: one.confirmed for one in cells})
    done = [json.loads(path.read_text())["core_seconds"] for path in {task.measures for task in tasks} if path.is_file()]
    numbers |= {"version": 1, "runs": len(done), "core_seconds": sum(done)}
    write_table(folder / "axes.md", numbers)
    return Lab(write_page(folder / "axes.html", numbers), write_json(folder / "axes.json", numbers), Board(numbers))


def examined(one: Cell, folder: Path) -> EvaluateRecipe:
    """The examination of the condition's model before training; conditions with the same model share it."""
    return one.examination.model_copy(update={"run": str(folder / "before" / name_of(one.examination.model_dump(mode="json", exclude={"run"})))})


def finished(one: Cell, label: str) -> list[Path]:
    """Measures of an entrant's seeds that are there."""
    return [task.measures for task in one.tasks if task.job.entrant == label and task.measures.is_file()]
