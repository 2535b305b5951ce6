"""One reward model, or one pursuit of it, in a process of its own."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from veridical.grade.reward import Rewards
from veridical.models.assemble import make_policy
from veridical.models.judging import load_judge
from veridical.models.judging.measure import accuracy
from veridical.models.sample import Generation
from veridical.recipe import Source
from veridical.records.load import load, save
from veridical.records.result import write_json
from veridical.records.run import Run
from veridical.study.overoptimise.best_of import curve
from veridical.study.overoptimise.labels import PROBED, PURSUED, described, labelled_by, training_pairs, truth
from veridical.study.overoptimise.plan import Chase, Training, directory, settled
from veridical.study.overoptimise.probe import Probe
from veridical.train.online.loop import online
from veridical.train.preference import align
from veridical.train.reward.loop import train_reward
from veridical.train.session import Trained
from veridical.train.watch import Watch
from veridical.world.records import prompts


def train(job: Training) -> None:
    """Train a proxy on its pairs; `trained.json` last."""
    recipe, folder = job.recipe, Path(job.recipe.run)
    run = job.path.parent
    pairs = run / "pairs.jsonl"
    start = time.process_time()
    if not pairs.is_file():
        save(training_pairs(recipe, job.proxy, load(str(folder / "described.jsonl")).records, truth(folder)), pairs)
    data = [Source(path=str(pairs)).model_dump()]
    finished(train_reward(settled(recipe.reward, job.proxy.settings, model=recipe.model, data=data, seed=recipe.seed + job.member, run=str(run)), say=silent))
    write_json(job.path, {"core_seconds": time.process_time() - start})


def chase(job: Chase) -> None:
    """Pursue a proxy; its curve in `chase.json` last."""
    start, seen = time.process_time(), probe(job)
    try:
        before = seen.said(seen.base.policy, max(8, seen.samples))
        rows = [{"step": 0, **seen(seen.base.policy, 0)}] if job.pursuit.way != "best_of_n" else []
        rows += WAYS[job.pursuit.way](job, seen)
    finally:
        seen.rewards.close()
    spread = {name: statistics.pstdev([value for one in before for value in getattr(one, name)]) for name in ("proxy", "truth")}
    for left in ("final", "checkpoints", "reference"):
        shutil.rmtree(job.folder / left, ignore_errors=True)
    write_json(job.path, {"version": 1, "core_seconds": time.process_time() - start, "spread": spread, "rows": rows})


def probe(job: Chase) -> Probe:
    """How the policies of this pursuit are looked at."""
    recipe = job.recipe
    how = Generation(**recipe.generation.model_dump())
    return Probe(make_policy(recipe.model), prompts(recipe.probe, PROBED), Rewards.of(job.rewards), truth(Path(recipe.run)), how, recipe.probe_samples, recipe.seed)


def by_choice(job: Chase, seen: Probe) -> list[dict[str, float]]:
    """Best-of-N; nothing is trained."""
    return curve(seen.said(seen.base.policy, job.recipe.best_of))


def by_reward(job: Chase, seen: Probe) -> list[dict[str, float]]:
    """Training with the proxy as the reward."""
    data = job.folder / "prompts.jsonl"
    if not data.is_file():
        save(prompts(job.recipe.prompts, PURSUED), data)
    fixed = {"rewards": [one.model_dump() for one in job.rewards]} | common(job, data)
    return looked(job, lambda watch: online(settled(job.recipe.online, job.settings, **fixed), watch, say=silent), seen)


def by_pairs(job: Chase, seen: Probe) -> list[dict[str, float]]:
    """Training on the model's own descriptions, the best against the worst by the proxy."""
    data = job.folder / "pairs.jsonl"
    if not data.is_file():
        records = described(job.recipe, job.recipe.model, PURSUED, job.recipe.prompts)
        paid = seen.rewards(records, [[response.text for response in record.responses if response.origin == "model"] for record in records])
        scores = {(record.record_id, text): one.total for record, own in zip(records, paid, strict=True) for text, one in zip([r.text for r in record.responses if r.origin == "model"], own, strict=True)}
        save(labelled_by(records, lambda record, text: replace(seen.truth(record, text), value=scores[record.record_id, text]), "proxy"), data)
    return looked(job, lambda watch: align(settled(job.recipe.align, job.settings, **common(job, data)), watch, say=silent), seen)


def common(job: Chase, data: Path) -> dict[str, Any]:
    """What every training is given."""
    return {"model": job.recipe.model, "data": [Source(path=str(data)).model_dump()], "seed": job.seed, "run": str(job.folder)}


def looked(job: Chase, run: Callable[[Watch], Trained], seen: Probe) -> list[dict[str, float]]:
    """The looks of a training, by steps done."""
    finished(run(seen))
    rows = [row for row in Run(job.folder).metrics() if "held_out/truth" in row]
    return [{"step": row["step"] + 1} | {name.removeprefix("held_out/"): value for name, value in row.items() if name.startswith("held_out/")} for row in rows]


WAYS: Mapping[str, Callable[[Chase, Probe], list[dict[str, float]]]] = MappingProxyType({"best_of_n": by_choice, "online": by_reward, "align": by_pairs})


def measured(job: Training, held: Mapping[str, Path]) -> dict[str, float]:
    """A proxy's accuracy on each file of held-out pairs; all its members judge together."""
    judge = load_judge([directory(job.recipe, job.proxy, member) for member in range(job.proxy.members)], job.proxy.combine)
    return {name: accuracy(judge, load(str(path)).records)["accuracy"] for name, path in held.items()}


def finished(outcome: Trained) -> None:
    """Errors: InterruptedError for a training that was stopped."""
    if not outcome.finished:
        raise InterruptedError("stopped; the same command continues")


def silent(line: str) -> None:
    """Nothing is said."""
