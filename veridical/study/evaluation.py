"""An evaluation recipe from the model directory to result files: open the model once, ask every benchmark, write each result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from veridical.evaluate.benchmarks import find
from veridical.evaluate.inquiry import Responder
from veridical.evaluate.run import evaluate, load, take
from veridical.models.answered import served_responder
from veridical.models.assemble import make_policy
from veridical.models.reference import weights_key
from veridical.models.sample import Generation, make_responder
from veridical.models.served import Served
from veridical.recipe import BenchmarkChoice, EvaluateRecipe, dump
from veridical.records.picture import open_picture
from veridical.records.result import Result
from veridical.records.run import Run


def run_evaluation(recipe: EvaluateRecipe, say: Callable[[str], None] = print) -> dict[str, Result]:
    """Results by benchmark, each also a file `results/NAME.json` of the run. Answers are cached: the same command again asks nothing.

    Errors: BenchmarkError naming missing files, ModelError for an unusable directory.
    """
    chosen = [(choice, find(choice.name)) for choice in recipe.benchmarks]
    taken = [take(benchmark, load(benchmark, Path(choice.data), path_or_none(choice.media_root)), choice.size or recipe.size, recipe.seed) for choice, benchmark in chosen]
    run = Run(Path(recipe.run))
    run.start(dump(recipe))
    responder, key = responder_of(recipe)
    found = {}
    for (choice, benchmark), (asked, drawn) in zip(chosen, taken, strict=True):
        result = evaluate(
            benchmark, asked, responder, run.path / "responses.jsonl", recipe.generation.model_dump(exclude={"batch"}), recipe.adapter or recipe.model,
            data=Path(choice.data), convention=choice.convention, grading=choice.settings, model_hash=key, batch=recipe.generation.batch, blind=recipe.blind, drawn=drawn,
        )  # fmt: skip
        result.save(run.path / "results" / f"{choice.name}.json")
        found[choice.name] = result
        say(headline(choice, result))
    return found


def responder_of(recipe: EvaluateRecipe) -> tuple[Responder, str]:
    """The recipe's model as a function that answers, and a digest of its weights; of a server, which does not tell them, its address and name."""
    if recipe.server is not None:
        served = Served(**recipe.server.model_dump())
        return served_responder(served, open_picture, Generation(**recipe.generation.model_dump())), f"{served.url} {served.model or served.models()[0]}"
    ready = make_policy(
        recipe.model, recipe.adapter, executor=recipe.executor, precision=recipe.precision, max_tokens=recipe.step.max_tokens, picture_tokens=recipe.step.picture_tokens
    )
    return make_responder(ready.policy, ready.encoder, open_picture, Generation(**recipe.generation.model_dump())), weights_key(ready.policy.model)


def path_or_none(written: str | None) -> Path | None:
    """A path, where one is given."""
    return Path(written) if written else None


def headline(choice: BenchmarkChoice, result: Result) -> str:
    """The metric that papers quote, with its interval."""
    name = find(choice.name).headline
    if name not in result.metrics:
        return f"{choice.name}: {len(result.rows)} rows"
    metric = result.metrics[name]
    return f"{choice.name}: {name} {metric.value:.1f}{metric.unit} [{metric.low:.1f}, {metric.high:.1f}], {len(result.rows)} rows, {result.unparsed} unparsed"
