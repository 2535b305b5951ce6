"""One run of the lab: train, measure, write down. Runs in a process of its own, on one thread."""

from __future__ import annotations

import json
import os
import shutil
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from rich.progress import track

from veridical.recipe import AlignRecipe, EvaluateRecipe
from veridical.records.result import write_json
from veridical.study.lab.plan import Job

MEASURES = "measures.json"
FAILURE = "failure.txt"


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
    waiting = [task for path, task in {task.measures: task for task in tasks}.items() if not path.is_file()]
    if not waiting:
        return
    with ProcessPoolExecutor(min(workers, len(waiting)), mp_context=get_context("spawn"), initializer=settle) as pool:
        started = {pool.submit(work, task.job, task.folder, task.examination): task.job for task in waiting}
        for future in track(as_completed(started), title, total=len(started)):
            if failed := future.result():
                say(f"{started[future].entrant} (seed {started[future].recipe.seed}): {failed}")


def settle() -> None:
    """In a worker, before its first run: one thread, and an end when the lab is killed (a pool's workers would wait for ever)."""
    import torch

    torch.set_num_threads(1)
    Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait until the process that made this one is gone, and go too; what was under way is done again by the next lab."""
    made_by = parent_process()
    if made_by is not None:
        made_by.join()
        os._exit(1)


def work(job: Job, folder: Path, examination: EvaluateRecipe) -> str:
    """Train, evaluate, write `measures.json` last; why it failed, or ""."""
    here = folder / job.key
    try:
        start, clock = time.process_time(), time.perf_counter()
        numbers = train(job.recipe.model_copy(update={"run": str(here / "align")}))
        trained = time.process_time() - start
        results = examine(here, examination) if job.examined else {}
        shutil.rmtree(here / "align" / "final", ignore_errors=True)
        shutil.rmtree(here / "align" / "checkpoints", ignore_errors=True)
        (here / FAILURE).unlink(missing_ok=True)
        about = {"entrant": job.entrant, "config": job.config, "seed": job.recipe.seed, "core_seconds": time.process_time() - start, "train_core_seconds": trained}
        write_json(here / MEASURES, {"version": 1, **about, "wall_seconds": time.perf_counter() - clock, "monitor": numbers, "results": results})
        return ""
    except Exception as error:  # noqa: BLE001 - one run must not cost the others; the reason is kept and told
        here.mkdir(parents=True, exist_ok=True)
        (here / FAILURE).write_text(traceback.format_exc())
        return f"{type(error).__name__}: {error} ({here / FAILURE})"


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
