"""Commands that train."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from veridical.cli.terminal import answer, app, AsJson, finish, Keys, pairs_of, say_to_stderr, settings, table

Examine = Annotated[Path | None, typer.Option(help="A recipe of an evaluation: at each look its benchmarks are asked of the model in training, without a second copy")]


@app.command()
def demo(keys: Keys = None, as_json: AsJson = False) -> None:
    """The whole loop in the embedded world: a model hallucinates, is aligned, and hallucinates less."""
    from veridical.recipe import DemoRecipe
    from veridical.study.demo import demo as run, verdict

    found = run(settings(DemoRecipe, keys), say_to_stderr if as_json else print)
    if found is None:
        raise typer.Exit(130)
    answer(found.changes, f"\n{verdict(found.changes)}\n\nthe page:    {found.report}\nthe numbers: {found.results}", as_json)


@app.command()
def align(keys: Keys = None, examine: Examine = None) -> None:
    """Align a model directory with preference data. The same command again continues where it stopped."""
    from veridical.recipe import AlignRecipe
    from veridical.train.preference import align as run

    recipe = settings(AlignRecipe, keys)
    finish(run(recipe, watching(examine, recipe)))


@app.command()
def online(keys: Keys = None, examine: Examine = None) -> None:
    """Align a model directory with rewards: it answers, its answers are graded, and it learns from them."""
    from veridical.recipe import OnlineRecipe
    from veridical.train.online import online as run

    recipe = settings(OnlineRecipe, keys)
    finish(run(recipe, watching(examine, recipe)))


@app.command()
def imitate(keys: Keys = None, examine: Examine = None) -> None:
    """Supervised training on the assistant's turns."""
    from veridical.recipe import ImitateRecipe
    from veridical.train.imitate import imitate as run

    recipe = settings(ImitateRecipe, keys)
    finish(run(recipe, watching(examine, recipe)))


@app.command()
def reward(keys: Keys = None) -> None:
    """Train a reward model: a model that says how good a response is. The same command again continues where it stopped."""
    from veridical.recipe import RewardRecipe
    from veridical.train.reward.loop import train_reward as run

    finish(run(settings(RewardRecipe, keys)))


def watching(examine: Path | None, recipe: Any) -> Any:
    """What a training run watches beside its own held-out records: benchmarks, whose results lie in the run's directory under `looks`. None where none are named."""
    if examine is None:
        return None
    from veridical.recipe import EvaluateRecipe, load
    from veridical.study.watching import watch_benchmarks

    return watch_benchmarks(load(EvaluateRecipe, examine, [f"model={recipe.model}", f"run={Path(recipe.run) / 'looks'}"]))


@app.command()
def rounds(keys: Keys = None, as_json: AsJson = False) -> None:
    """Align in rounds: sample with the current model, grade, pair, align, and again."""
    from veridical.recipe import RoundsRecipe
    from veridical.study.rounds import rounds as run, table as lines

    found = run(settings(RoundsRecipe, keys), say_to_stderr if as_json else print)
    if found is None:
        print("stopped; the same command continues", file=sys.stderr)
        raise typer.Exit(130)
    answer([vars(one) for one in found], lines(found), as_json)


@app.command()
def smoke(keys: Annotated[list[str], typer.Argument(help="model=DIR [data=FILE]", metavar="KEY=VALUE...")], as_json: AsJson = False) -> None:
    """Ten steps on your own model and data: a certificate of what works."""
    from veridical.study.smoke import smoke as run, text

    found = run(**pairs_of(keys), say=say_to_stderr)
    answer(found.model_dump(mode="json"), text(found), as_json)
    if not found.passed:
        raise typer.Exit(1)
