"""Every algorithm on the same question of the world, with the same number of rollouts, from the shipped checkpoint, over several seeds."""

from __future__ import annotations

import json
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.objectives.online.algorithm import Algorithm
from veridical.objectives.online.credit import Supervised
from veridical.objectives.online.find import algorithms, find
from veridical.recipe import CurvesRecipe, OnlineRecipe, RewardChoice
from veridical.records.load import save
from veridical.records.result import write_json
from veridical.records.whole import write_text
from veridical.report.grid import grid
from veridical.study.curves.turned import turned
from veridical.study.several import several
from veridical.world import CHECKPOINT
from veridical.world.tasks import task

CURVE = "curve.json"


@dataclass(frozen=True)
class Job:
    """One run."""

    algorithm: str
    seed: int
    against: bool
    """Turned against its reward."""
    recipe: OnlineRecipe

    @property
    def path(self) -> Path:
        """The file that is written last."""
        return Path(self.recipe.run) / CURVE


@dataclass(frozen=True)
class Learnt:
    """What came of one algorithm: mean sampled reward at the beginning and at the end, by seed."""

    algorithm: str
    against: bool
    before: tuple[float, ...]
    after: tuple[float, ...]
    seconds: float
    """Of the longest seed."""

    @property
    def gain(self) -> float:
        """The mean gain."""
        return statistics.fmean(self.after) - statistics.fmean(self.before)


def curves(recipe: CurvesRecipe, say: Callable[[str], None] = print) -> list[Learnt]:
    """Run what is not done; `curves.svg`, `curves.md` and `curves.json` in the run directory. A stopped study continues."""
    folder = Path(recipe.run)
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / f"{recipe.task}.jsonl"
    if not data.is_file():
        save(task(recipe.task, recipe.questions), data)
    jobs = plan(recipe, data)
    several({job.path: job for job in jobs}, work, lambda job: f"{job.algorithm} (seed {job.seed})", recipe.workers, "runs", say)
    found = [learnt(name, against, jobs) for name in names(recipe) for against in (False, True) if any(job.algorithm == name and job.against == against for job in jobs)]
    found = [one for one in found if one is not None]
    write_text(folder / "curves.svg", drawing(jobs, recipe))
    write_text(folder / "curves.md", table(found))
    write_json(folder / "curves.json", [vars(one) | {"gain": one.gain} for one in found])
    return found


def names(recipe: CurvesRecipe) -> list[str]:
    """The algorithms that take part."""
    return recipe.algorithms or [name for name, one in algorithms().items() if not name.startswith("distil")]


def plan(recipe: CurvesRecipe, data: Path) -> list[Job]:
    """Every run: all seeds as it is, the first seed turned against the reward."""
    jobs = []
    for name in names(recipe):
        for seed, against in [*((seed, False) for seed in range(recipe.seeds)), *(((0, True),) if recipe.against else ())]:
            run = Path(recipe.run) / f"{name}{'-against' if against else ''}" / str(seed)
            settings = {"draws.group": recipe.group} | recipe.settings.get(name, {})
            changes = {"model": str(CHECKPOINT), "algorithm": name, "algorithm_settings": settings, "seed": seed, "run": str(run), "rewards": rewards(name, recipe)}
            jobs.append(Job(name, seed, against, recipe.online.model_copy(update=changes | {"data": [source(data)]})))
    return jobs


def rewards(name: str, recipe: CurvesRecipe) -> list[RewardChoice]:
    """The recipe's rewards; for an algorithm that learns from steps also the first of them, step by step."""
    own = recipe.online.rewards
    return [*own, own[0].model_copy(update={"label": "steps", "steps": True})] if isinstance(find(name).credit, Supervised) else own


def source(data: Path) -> Any:
    """The questions as a source."""
    from veridical.recipe import Source

    return Source(path=str(data))


def work(job: Job) -> None:
    """One run and its curve."""
    from veridical.train.online import loop

    here, start = Path(job.recipe.run), time.perf_counter()
    usual: Callable[[OnlineRecipe], Algorithm] = loop.algorithm_of
    try:
        if job.against:
            loop.algorithm_of = lambda recipe: turned(usual(recipe))
        if not loop.online(job.recipe, say=lambda line: None).finished:
            raise InterruptedError("stopped; the same command continues")
    finally:
        loop.algorithm_of = usual
    rows = [json.loads(line) for line in (here / "metrics.jsonl").read_text().splitlines()]
    shutil.rmtree(here / "checkpoints", ignore_errors=True)
    shutil.rmtree(here / "final", ignore_errors=True)
    held = [(row["step"] + 1, row["held_out/reward"]) for row in rows if "held_out/reward" in row]
    write_json(job.path, {"seconds": time.perf_counter() - start, "reward": [(row["step"], row["reward"]) for row in rows if "reward" in row], "held_out": held})


def learnt(name: str, against: bool, jobs: list[Job], window: int = 8) -> Learnt | None:
    """The means of the first two and of the last `window` steps of every seed."""
    curves_ = [json.loads(job.path.read_text()) for job in jobs if job.algorithm == name and job.against == against and job.path.is_file()]
    if not curves_:
        return None
    rewards = [[value for _, value in one["reward"]] for one in curves_]
    return Learnt(name, against, tuple(statistics.fmean(one[:2]) for one in rewards), tuple(statistics.fmean(one[-window:]) for one in rewards), max(one["seconds"] for one in curves_))


def drawing(jobs: list[Job], recipe: CurvesRecipe) -> str:
    """The curves as they are, smoothed over five steps."""
    plots: dict[str, list[list[tuple[float, float]]]] = {}
    for job in jobs:
        if job.path.is_file() and not job.against:
            points = json.loads(job.path.read_text())["reward"]
            smooth = [(points[place][0], statistics.fmean(value for _, value in points[max(0, place - 4) : place + 1])) for place in range(len(points))]
            plots.setdefault(job.algorithm, []).append(smooth)
    values = [y for lines in plots.values() for line in lines for _, y in line]
    return grid(plots, min(values), max(values), float(recipe.online.length.steps or 1), f"mean reward of sampled answers ({recipe.task}), smoothed over five steps; x: steps")


def table(found: list[Learnt]) -> str:
    """Markdown: every algorithm, before, after and gain by seed, and the same turned against its reward."""
    against = {one.algorithm: one for one in found if one.against}
    lines = ["| algorithm | before | after, each seed | gain | turned against its reward | longest seed, s |", "|---|---|---|---|---|---|"]
    for one in sorted((one for one in found if not one.against), key=lambda one: -one.gain):
        other = f"{against[one.algorithm].gain:+.3f}" if one.algorithm in against else ""
        lines.append(f"| {one.algorithm} | {statistics.fmean(one.before):.3f} | {', '.join(f'{value:.3f}' for value in one.after)} | {one.gain:+.3f} | {other} | {one.seconds:.0f} |")
    return "\n".join(lines) + "\n"
