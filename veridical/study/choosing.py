"""Which benchmarks an evaluation asks, with which of their questions: from a list, or from a suite and the folder of its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.hub import folder_of
from veridical.evaluate.questions import Questions
from veridical.evaluate.run import load, take
from veridical.evaluate.suites import find as find_suite
from veridical.recipe import BenchmarkChoice, EvaluateRecipe, RecipeError
from veridical.recipe.file import check_keys
from veridical.records.record import Record

NEEDS = "suite.json"
"""In a suite's data folder: what the files in it need, as {benchmark: {settings, size, convention, media_root}}."""

Say = Callable[[str], None]


def choices(recipe: EvaluateRecipe, say: Say) -> list[BenchmarkChoice]:
    """The recipe's list, or those benchmarks of its suite whose folders are there; of the others it is said how to get them. Errors: RecipeError."""
    if recipe.suite and recipe.benchmarks:
        raise RecipeError("benchmarks and suite: name one of them")
    if recipe.benchmarks:
        return list(recipe.benchmarks)
    if not recipe.suite:
        raise RecipeError("benchmarks: missing; name them (benchmarks.0.name=pope benchmarks.0.data=FOLDER), or a suite with its files (suite=six data=FOLDER)")
    suite, folder = find_suite(recipe.suite), Path(recipe.data or ".")
    if not recipe.data or not folder.is_dir():
        raise RecipeError(f"data: with a suite, a folder that has a folder for each of {', '.join(suite.benchmarks)} (those that there are); {recipe.data or 'none'} is no folder")
    needs = needs_of(folder / NEEDS)
    there = [name for name in suite.benchmarks if any((folder / name).glob("*"))]
    for name in [name for name in suite.benchmarks if name not in there]:
        say(f"{name}: not asked, {folder / name} is not there; {find(name).published} (which files: veridical list benchmarks)")
    return [BenchmarkChoice(**{"name": name, "data": str(folder / name), "size": recipe.size or suite.benchmarks[name], **needs.get(name, {})}) for name in there]


def needs_of(file: Path) -> dict[str, dict[str, Any]]:
    """What a suite's files need; nothing where the file is absent. Errors: RecipeError naming the file and the key."""
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RecipeError(f"{file}: not JSON ({error})") from error
    if not isinstance(content, dict) or not all(isinstance(one, dict) for one in content.values()):
        raise RecipeError(f"{file}: expected an object from benchmarks to objects of settings")
    for name, one in content.items():
        check_keys(BenchmarkChoice, one, f"{file}, {name}")
    return content


def questions_of(choice: BenchmarkChoice, recipe: EvaluateRecipe) -> Questions:
    """The questions of one benchmark. Errors: BenchmarkError."""
    benchmark, folder = find(choice.name), folder_of(choice.data, Path(recipe.run) / "hub")
    everything = load(benchmark, folder, Path(choice.media_root) if choice.media_root else None)
    records, drawn = part(benchmark, everything, choice, recipe)
    return Questions(benchmark, records, folder, choice.convention, grading(choice, benchmark, recipe), recipe.blind, drawn=drawn)


def part(benchmark: Benchmark, records: list[Record], choice: BenchmarkChoice, recipe: EvaluateRecipe) -> tuple[list[Record], dict[str, Any]]:
    """The records that the recipe wants, and what a result says of how they were drawn. Errors: BenchmarkError where a subset file names none."""
    if not recipe.subset:
        return take(benchmark, records, choice.size or recipe.size, recipe.seed)
    from veridical.evaluate.gating.subset import asked

    named = asked(Path(recipe.subset), benchmark.name, records)
    if not named:
        raise BenchmarkError(f"{recipe.subset}: names no record of {benchmark.name}; leave the benchmark out, or choose the subset again")
    return named, {"subset": Path(recipe.subset).name}


def grading(choice: BenchmarkChoice, benchmark: Benchmark, recipe: EvaluateRecipe) -> dict[str, Any]:
    """The benchmark's grading settings, with the recipe's judge where it needs one and names none. Verdicts are kept in the run's directory."""
    known = benchmark.convention(choice.convention).settings({})
    if "judge_url" not in known:
        return dict(choice.settings)
    judge, kept = recipe.judge, {"judge_cache": str(Path(recipe.run) / "verdicts.jsonl")}
    if judge is not None and "judge_url" not in choice.settings:
        kept |= {"judge_url": judge.url, "judge_model": judge.model, "judge_key": judge.key}
        kept |= {"judge_at_once": judge.at_once, "judge_tries": judge.tries, "judge_temperature": judge.temperature}
    return {**kept, **choice.settings}
