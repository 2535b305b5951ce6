"""One run of the lab: train, measure, write down. Runs in a process of its own, on one thread."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.recipe import AlignRecipe, EvaluateRecipe
from veridical.records.result import write_json
from veridical.study.lab.plan import Job
from veridical.study.several import several

MEASURES = "measures.json"


@dataclass(frozen=True)
class Task:
    """A run with the folder below which its directory is, and the examination afterwards."""

    job: Job
    folder: Path
    examination: EvaluateRecipe

    @property
    def measures(self) -> Path:
        """The file that is written last."""
        return self.folder / self.job.key / MEASURES


def run_all(jobs: Sequence[Job], folder: Path, examination: EvaluateRecipe, workers: int, title: str, say: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Measures by job key. What a killed lab had finished is read; a run that fails is told and left out, the others go on."""
    tasks = [Task(job, folder, examination) for job in jobs]
    run_tasks(tasks, workers, title, say)
    return {task.job.key: json.loads(task.measures.read_text()) for task in tasks if task.measures.is_file()}


def run_tasks(tasks: Sequence[Task], workers: int, title: str, say: Callable[[str], None]) -> None:
    """Do what is not done, each run once; the outcome is in files."""
    several({task.measures: task for task in tasks}, work, lambda task: f"{task.job.entrant} (seed {task.job.recipe.seed})", workers, title, say)


def work(task: Task) -> None:
    """Train, evaluate, write `measures.json` last."""
    job, here = task.job, task.folder / task.job.key
    start, clock = time.process_time(), time.perf_counter()
    numbers = train(job.recipe.model_copy(update={"run": str(here / "align")}))
    trained = time.process_time() - start
    results = examine(here, task.examination) if job.examined else {}
    shutil.rmtree(here / "align" / "final", ignore_errors=True)
    shutil.rmtree(here / "align" / "checkpoints", ignore_errors=True)
    about = {"entrant": job.entrant, "config": job.config, "seed": job.recipe.seed, "core_seconds": time.process_time() - start, "train_core_seconds": trained}
    write_json(here / MEASURES, {"version": 1, **about, "wall_seconds": time.perf_counter() - clock, "monitor": numbers, "results": results})


def train(recipe: AlignRecipe) -> dict[str, float]:
    """Train; the last look at held-out pairs, time of a step and memory."""
    from veridical.records.run import Run
    from veridical.train.preference import align

    if not align(recipe, say=lambda line: None).finished:
        raise InterruptedError("stopped; the same command continues")
    rows = Run(Path(recipe.run)).metrics()
    looks = [row for row in rows if any(name.startswith("held_out/") for name in row)]
    steps = [row for row in rows if "loss" in row]
    last = {name.removeprefix("held_out/"): value for name, value in looks[-1].items() if name.startswith("held_out/")} if looks else {}
    return last | {"seconds_a_step": sum(row["seconds"] for row in steps) / len(steps), "memory_MB": max(row["memory_MB"] for row in steps), "skipped": steps[-1]["skipped"]}


def examine(here: Path, examination: EvaluateRecipe) -> dict[str, str]:
    """Result files by benchmark."""
    from veridical.study.evaluation import run_evaluation
    from veridical.study.rounds import outcome

    run_evaluation(examination.model_copy(update={"model": str(outcome(here / "align")), "run": str(here / "evaluate")}), lambda line: None)
    return {path.stem: str(path.relative_to(here)) for path in sorted((here / "evaluate" / "results").glob("*.json"))}
