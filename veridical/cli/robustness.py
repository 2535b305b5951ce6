"""Commands that put a model under attack."""

from __future__ import annotations

from veridical.cli.terminal import answer, app, AsJson, Keys, say_to_stderr, settings


@app.command()
def robust(keys: Keys = None, as_json: AsJson = False) -> None:
    """Benchmarks as they are and under attack: attacked pixels, written words, common corruptions, red-team wording; what is left of the score."""
    from veridical.recipe import RobustRecipe
    from veridical.study.robust import robust as run

    found = run(settings(RobustRecipe, keys), say_to_stderr)
    answer(found.numbers, f"{found.text}\n{found.folder / 'robust.json'}", as_json)
