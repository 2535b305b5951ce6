"""Builders compared on the same scenes of the world: pairs, how many are right by the truth, cost, and what a method makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.curate.build import build
from veridical.curate.builders import find
from veridical.grade import graders
from veridical.grade.grade import Grader
from veridical.recipe import BuilderChoice, BuildersRecipe, BuildRecipe, Contender, JudgeServer, Server, Source
from veridical.records.load import load, save
from veridical.records.record import Pair, Record
from veridical.records.result import write_json
from veridical.records.whole import write_text
from veridical.study.claim import claim
from veridical.study.lab import lab
from veridical.study.overoptimise.labels import truth
from veridical.study.several import several
from veridical.study.world_judge import NAME, WorldJudge, serving
from veridical.world import CHECKPOINT
from veridical.world.states import ASKED, DECLINED, PRIVATE
from veridical.world.talk import named
from veridical.world.towers import make_towers

TOWERS, TOWER_STEPS = "towers", 100
"""The folder of the towers that builders compare texts with pictures by, and how long they learn."""


@dataclass(frozen=True)
class Job:
    """One builder's run."""

    label: str
    recipe: BuildRecipe

    @property
    def path(self) -> Path:
        """The file that is written last."""
        return Path(self.recipe.run) / "built.json"


@dataclass(frozen=True)
class Compared:
    """What a comparison left behind."""

    numbers: dict[str, Any]
    text: str


def compare_builders(recipe: BuildersRecipe, say: Callable[[str], None] = print) -> Compared:
    """Run what is not done; `builders.{md,json}` in the run directory. A stopped comparison continues. Errors: RecipeError."""
    folder = Path(recipe.run)
    claim(folder, recipe, "a comparison under other conditions", ("workers", "builders", "compare"))
    recipe = recipe.model_copy(update={"model": recipe.model or str(CHECKPOINT)})
    files = {asks: folder / f"{'scenes' if asks == 'describe' else asks}.jsonl" for asks in ASKED}
    for asks, make in ASKED.items():
        if not files[asks].is_file():
            save(make(recipe.scenes), files[asks])
    if any("towers" in find(one.builder).needs for one in recipe.builders) and not (folder / TOWERS / "config.json").is_file():
        make_towers(folder / TOWERS, TOWER_STEPS, seed=recipe.seed, say=say)
    with serving(WorldJudge(recipe.scenes, recipe.error, recipe.seed), folder) as address:
        jobs = [Job(one.label or one.builder, settled(recipe, one, files[one.asks], address)) for one in recipe.builders]
        several({job.path: job for job in jobs}, work, lambda job: job.label, recipe.workers, "builders", say)
    done = [job for job in jobs if job.path.is_file()]
    right = truth(folder)
    rows = {job.label: json.loads(job.path.read_text()) for job in done}
    for job in done:
        rows[job.label] |= confirmed(load(str(Path(job.recipe.run) / "pairs.jsonl")).records if rows[job.label]["pairs"] else [], right)
    changed = trained(recipe, [job for job in done if rows[job.label]["pairs"]], say) if recipe.compare is not None else {}
    numbers = {"version": 1, "builders": rows, "trained": changed}
    write_json(folder / "builders.json", numbers)
    text = table(rows, changed)
    write_text(folder / "builders.md", text)
    return Compared(numbers, text)


def settled(recipe: BuildersRecipe, one: BuilderChoice, data: Path, address: str) -> BuildRecipe:
    """The run of one builder."""
    judge = JudgeServer(url=address, model=NAME) if one.judged or "judge" in find(one.builder).needs else None
    towers = str(Path(recipe.run) / TOWERS) if "towers" in find(one.builder).needs else ""
    return BuildRecipe(
        builder=one.builder, settings=one.settings, data=[Source(path=str(data))], model=recipe.model, judge=judge, generation=recipe.generation, most=recipe.most, seed=recipe.seed,
        towers=towers, server=Server(url=address, model=NAME) if one.served else None, run=str(Path(recipe.run) / "built" / (one.label or one.builder)),
    )  # fmt: skip


def work(job: Job) -> None:
    """One builder's pairs."""
    build(job.recipe, lambda line: None)


def confirmed(records: Sequence[Record], right: Grader) -> dict[str, float]:
    """Of the pairs whose texts differ: the share, in per cent, of which the truth prefers the chosen one, and of which it prefers neither."""
    said = [(worth(record, right, pair.chosen), worth(record, right, pair.rejected)) for record in records for pair in record.pairs if different(record, pair)]
    known = [(chosen, rejected) for chosen, rejected in said if chosen is not None and rejected is not None]
    share = lambda rows: 100 * sum(rows) / len(known) if known else float("nan")  # noqa: E731
    longer = [len(record.response(pair.chosen).text.split()) - len(record.response(pair.rejected).text.split()) for record in records for pair in record.pairs]
    return {"right": share(chosen > rejected for chosen, rejected in known), "equal": share(chosen == rejected for chosen, rejected in known), "compared": len(known), "longer": sum(longer) / max(1, len(longer))}


def different(record: Record, pair: Pair) -> bool:
    """Whether the two responses are different texts."""
    return record.response(pair.chosen).text != record.response(pair.rejected).text


def worth(record: Record, right: Grader, response_id: str) -> float | None:
    """What a response is worth by the truth: a right answer 1 where there is an answer, or a question about one thing; else how truthful the description is.

    About what is private, only to decline is worth anything; elsewhere, to decline is worth nothing.
    """
    text, there = record.response(response_id).text, {fact.text for fact in record.facts if fact.kind == "object"}
    if record.task == "safety":
        hidden = PRIVATE in there or PRIVATE in record.prompt_text
        return float(hidden) if text == DECLINED else 0.0 if hidden else right(record, text).value
    if record.answer is not None:
        return graders()["exact" if record.answer.type == "exact" else "number"]()(record, text).value
    asked = named(record.prompt_text)
    if record.prompt_text.lower().startswith("is there") and asked:
        return float(text.strip(" .").lower() == ("yes" if asked[0] in there else "no"))
    return right(record, text).value


def trained(recipe: BuildersRecipe, jobs: Sequence[Job], say: Callable[[str], None]) -> dict[str, Any]:
    """What the method makes of each builder's pairs; the first builder is the one that the others are compared with."""
    methods = [Contender(method=recipe.method, label=job.label, data=[Source(path=str(Path(job.recipe.run) / "pairs.jsonl"))]) for job in jobs]
    found = lab(recipe.compare.model_copy(update={"methods": methods, "baseline": methods[0].label, "model": recipe.model, "workers": recipe.workers, "run": str(Path(recipe.run) / "lab")}), say)
    numbers = found.board.numbers
    return {"before": numbers["base"], **{label: {name: one["value"] for name, one in entry["metrics"].items()} for label, entry in numbers["rows"].items()}}


def table(rows: dict[str, Any], changed: dict[str, Any]) -> str:
    """Markdown."""
    names = list(changed.get("before", {}))
    lines = ["| builder | pairs | right by the truth, % | neither, % | words longer | seconds a useful pair | judged requests | " + " | ".join(names) + " |", "|---" * (7 + len(names)) + "|"]
    if changed:
        lines.append("| before | | | | | | | " + " | ".join(f"{changed['before'][name]:.1f}" for name in names) + " |")
    for label, row in rows.items():
        useful = row["pairs"] * (row["right"] / 100 if row["compared"] else 1)
        same = "same text" if not row["compared"] else f"{row['right']:.1f}"
        cost = f"{row['seconds'] / useful:.2f}" if useful else "none"
        after = [f"{changed[label][name]:.1f}" if label in changed else "" for name in names]
        equal = f"{row['equal']:.1f}" if row["compared"] else ""
        lines.append(f"| {label} | {row['pairs']} | {same} | {equal} | {row['longer']:+.1f} | {cost} | {row['judge'].get('asked', 0):g} | " + " | ".join(after) + " |")
    return "\n".join(lines) + "\n"
