"""A builder's run from the recipe to a file of pairs and a report of what it cost and what came to nothing."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from veridical.curate.builders import find
from veridical.curate.builders.builder import Builder
from veridical.curate.builders.desk import Desk
from veridical.curate.builders.voice import Voice
from veridical.curate.curate import readable
from veridical.curate.spread import happened, spread
from veridical.grade.judging.asker import Asker, Endpoint
from veridical.recipe import BuildRecipe, RecipeError, dump
from veridical.records.load import LeftOut, Source, load, mix, save, summary_of
from veridical.records.record import Pair, Record, digest
from veridical.records.result import write_json
from veridical.records.run import Run


@dataclass(frozen=True)
class Built:
    """What came of a builder's run."""

    path: Path
    prompts: int
    records: int
    pairs: int
    dropped: Mapping[str, int]
    judge: Mapping[str, float]
    """What happened at the judge, with tokens and cost."""
    seconds: float
    left_out: tuple[LeftOut, ...] = ()

    @property
    def lines(self) -> list[str]:
        """For the terminal."""
        reasons = "; ".join(f"{number} × {reason}" for reason, number in sorted(self.dropped.items(), key=lambda one: -one[1])) or "nothing"
        each = f"{self.seconds / self.pairs:.2f} s" + (f", {self.judge['cost'] / self.pairs:.5f} of money" if self.judge.get("cost") else "") if self.pairs else "not to be said"
        asked = [f"judge: {', '.join(f'{name} {value:g}' for name, value in self.judge.items())}"] if self.judge else []
        return [f"{self.path}: {self.pairs} pairs from {self.prompts} prompts in {self.seconds:.0f} s (a pair: {each})", f"dropped: {reasons}", *asked, *summary_of(self.left_out)]


def build(recipe: BuildRecipe, say: Callable[[str], None] = print) -> Built:
    """Preference data by a builder; running it again continues, and gives the same file.

    Errors: RecipeError for an unknown builder or setting, or what it needs and the recipe lacks; LoadError, ModelError, JudgeStopped.
    """
    builder, run, start = find(recipe.builder), Path(recipe.run), time.perf_counter()
    check(builder, recipe)
    records, left_out, loaded = prompts_of(recipe)
    Run(run).start(dump(recipe), loaded)
    desk = desk_of(recipe, run)
    raw, judge = RUNNERS[recipe.runner](builder, desk, recipe, records)
    found = tidy(desk, builder, raw, recipe.most)
    save(found, run / recipe.out)
    spent = known_seconds(run) + time.perf_counter() - start
    result = Built(run / recipe.out, len(records), len(found), sum(len(record.pairs) for record in found), dict(desk.dropped), judge, spent, tuple(left_out))
    numbers = {one.name: getattr(result, one.name) for one in fields(result) if one.name not in ("path", "left_out")}
    write_json(run / "built.json", {"version": 1, "builder": builder.name, "source": builder.source, **numbers, "left_out": list(map(str, left_out))})
    for line in result.lines:
        say(line)
    return result


def check(builder: Builder, recipe: BuildRecipe) -> None:
    """Errors: RecipeError naming what the builder needs and the recipe lacks."""
    have = {"model": bool(recipe.model), "judge": recipe.judge is not None, "towers": bool(recipe.towers)}
    advice = {"model": "model=DIR", "judge": "judge.url=http://... judge.model=NAME", "towers": "towers=DIR (CLIP or SigLIP)"}
    if missing := [name for name in builder.needs if not have[name]]:
        raise RecipeError(f"builder {builder.name} needs {' and '.join(missing)}; give {' '.join(advice[name] for name in missing)}")


def prompts_of(recipe: BuildRecipe) -> tuple[list[Record], list[LeftOut], list[dict[str, Any]]]:
    """Prompts of all sources whose pictures open, what was left out, and what a run keeps of the sources."""
    loaded = [load(Source(**source.model_dump())) for source in recipe.data]
    records, unreadable = readable(mix(list(zip(recipe.data, loaded, strict=True)), recipe.seed))
    names: Counter[str] = Counter()
    for place, record in enumerate(records):
        names[record.record_id] += 1
        if names[record.record_id] > 1:
            records[place] = record.replace(record_id=f"{record.record_id}+{names[record.record_id]}")
    kept = [{"source": source.model_dump(), "records": len(one.records)} for source, one in zip(recipe.data, loaded, strict=True)]
    return records, [item for one in loaded for item in one.left_out] + unreadable, kept


def desk_of(recipe: BuildRecipe, folder: Path) -> Desk:
    """What the builder works with."""
    voice = Voice.of(recipe.model, recipe.adapter, recipe.generation, recipe.server) if recipe.model else None
    asker = Asker.of(Endpoint(**recipe.judge.model_dump(), cache=folder / "asked.jsonl")) if recipe.judge is not None else None
    return Desk(folder, recipe.seed, voice, asker, recipe.towers, recipe.judge.model if recipe.judge is not None else "")


def tidy(desk: Desk, builder: Builder, records: Sequence[Record], most: int | None = None) -> list[Record]:
    """Pairs whose responses say something and differ (in words, or in the picture they are read against), each once; with their provenance."""
    found: list[Record] = []
    seen: set[str] = set()
    for record in records:
        kept = tuple(pair for pair in record.pairs if not (reason := useless(record, pair)) or desk.drop(reason))
        content = digest(record.replace(record_id="", pairs=kept))
        if not kept or content in seen:
            desk.drop("repeated" if kept else "records without a pair left")
            continue
        seen.add(content)
        steps = (*record.provenance.steps, f"{builder.name} seed={desk.seed}" + (f" model={desk.voice.name}" if desk.voice else "") + (f" judge={desk.judge_name}" if desk.judge_name else ""))
        found.append(record.replace(pairs=kept, provenance=record.provenance.replace(steps=steps)))
        if most is not None and sum(len(one.pairs) for one in found) >= most:
            break
    return found


def useless(record: Record, pair: Pair) -> str:
    """Why a pair teaches nothing, or ""."""
    chosen, rejected = record.response(pair.chosen), record.response(pair.rejected)
    if not chosen.text.strip() or not rejected.text.strip():
        return "an empty response"
    if chosen.text.strip() == rejected.text.strip() and chosen.swaps == rejected.swaps:
        return "chosen equals rejected"
    return ""


def here(builder: Builder, desk: Desk, recipe: BuildRecipe, records: Sequence[Record]) -> tuple[list[Record], dict[str, float]]:
    """In this process: what the builder makes, and what happened at the judge."""
    found = builder(desk, records, recipe.settings)
    return found, happened(desk)


def over_ray(builder: Builder, desk: Desk, recipe: BuildRecipe, records: Sequence[Record]) -> tuple[list[Record], dict[str, float]]:
    """The same in processes of a Ray cluster."""
    found, dropped, judge = spread(recipe, records, Path(recipe.run))
    desk.dropped.update(dropped)
    return found, dict(judge)


RUNNERS: Mapping[str, Callable[[Builder, Desk, BuildRecipe, Sequence[Record]], tuple[list[Record], dict[str, float]]]] = MappingProxyType({"here": here, "ray": over_ray})


def known_seconds(run: Path) -> float:
    """What an earlier, finished run of the same directory took; what a killed one took is not known."""
    file = run / "built.json"
    return float(json.loads(file.read_text())["seconds"]) if file.is_file() else 0.0
