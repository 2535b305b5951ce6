"""A builder over Ray Data: parts of the prompts in processes of a Ray cluster, each with files of its own, joined in order."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.curate.builders import find
from veridical.curate.builders.desk import Desk
from veridical.grade.grade import NotInstalled
from veridical.recipe import BuildRecipe, RecipeError
from veridical.records.load import load, save
from veridical.records.record import Record
from veridical.records.result import write_json


def spread(recipe: BuildRecipe, records: Sequence[Record], folder: Path) -> tuple[list[Record], Counter[str], Counter[str]]:
    """What the builder makes of the records, what it dropped, and what happened at the judge: the same as in one process.

    A worker that dies is replaced, and goes on from its part's files. Parts are multiples of a batch, so that the model
    computes the same batches. Errors: NotInstalled without ray; RecipeError for a builder that needs all records at once.
    """
    builder = find(recipe.builder)
    if builder.together:
        raise RecipeError(f"builder {builder.name} puts records beside each other, so it needs all of them at once; use runner=here")
    try:
        import ray
    except ImportError as error:
        raise NotInstalled("runner=ray needs Ray: pip install 'veridical[ray]'") from error
    folders = [written(part, folder / "parts" / f"{number:04d}") for number, part in enumerate(divided(records, recipe.parts, recipe.generation.batch))]
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "180")
    ray.init(ignore_reinit_error=True, log_to_driver=False, include_dashboard=False, num_cpus=None if ray.is_initialized() else recipe.parts)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars, context.execution_options.preserve_order = False, True
    rows = [{"folder": str(one), "recipe": recipe.model_dump_json()} for one in folders]
    ray.data.from_items(rows, override_num_blocks=len(rows)).map(work, num_cpus=1, max_retries=3).materialize()
    return joined(folders)


def divided(records: Sequence[Record], parts: int, batch: int) -> list[Sequence[Record]]:
    """At most so many parts in order, each but the last a multiple of a batch."""
    batches = -(-len(records) // batch)
    size = max(1, -(-batches // parts)) * batch
    return [records[start : start + size] for start in range(0, len(records), size)]


def written(records: Sequence[Record], folder: Path) -> Path:
    """A part's folder with its prompts."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "prompts.jsonl").is_file():
        save(list(records), folder / "prompts.jsonl")
    return folder


def work(row: Mapping[str, Any]) -> dict[str, Any]:
    """In a worker: one part, unless it is finished; `part.json` last."""
    from veridical.curate.build import desk_of

    folder, recipe = Path(row["folder"]), BuildRecipe.model_validate_json(row["recipe"])
    if not (folder / "part.json").is_file():
        builder, desk = find(recipe.builder), desk_of(recipe, folder)
        found = builder(desk, load(str(folder / "prompts.jsonl")).records, recipe.settings)
        if found:
            save(found, folder / "built.jsonl")
        write_json(folder / "part.json", {"records": len(found), "dropped": dict(desk.dropped), "judge": happened(desk)})
    return {"folder": str(folder)}


def happened(desk: Desk) -> dict[str, float]:
    """What happened at the judge, as numbers that add up."""
    return {} if desk.asker is None else {**desk.asker.seen, "tokens_read": desk.asker.purse.read, "tokens_written": desk.asker.purse.written, "cost": desk.asker.purse.spent}


def joined(folders: Sequence[Path]) -> tuple[list[Record], Counter[str], Counter[str]]:
    """All parts in order."""
    records: list[Record] = []
    dropped: Counter[str] = Counter()
    judge: Counter[str] = Counter()
    for folder in folders:
        told = json.loads((folder / "part.json").read_text())
        records += load(str(folder / "built.jsonl")).records if told["records"] else []
        dropped.update(told["dropped"])
        judge.update(told["judge"])
    return records, dropped, judge
