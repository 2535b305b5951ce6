"""Commands that compare and measure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veridical import __version__
from veridical.cli.terminal import answer, app, AsJson, Keys, pairs_of, say_to_stderr, settings, settings_of_one, table


@app.command()
def evaluate(
    keys: Keys = None,
    suite: Annotated[str, typer.Option(help="A suite's name (six); its files are in data=FOLDER, a folder for each benchmark")] = "",
    as_json: AsJson = False,
) -> None:
    """Ask a model the questions of benchmarks and grade its responses. estimate=true says what it would cost; blind=true asks without the pictures."""
    import dataclasses

    from veridical.recipe import EvaluateRecipe
    from veridical.study.evaluation import estimate_evaluation, run_evaluation

    recipe = settings(EvaluateRecipe, [*(keys or []), *([f"suite={suite}"] if suite else [])])
    try:
        if recipe.estimate:
            return answer([dataclasses.asdict(one) for one in estimate_evaluation(recipe, say_to_stderr)], "", as_json)
        found = run_evaluation(recipe, say_to_stderr)
    except KeyboardInterrupt:
        say_to_stderr(f"{recipe.run}: stopped; every batch that was answered is kept, and the same command goes on")
        raise typer.Exit(130) from None
    if found:
        answer({name: result.model_dump(exclude={"rows"}) for name, result in found.items()}, "\n\n".join(map(table, found.values())), as_json)


@app.command()
def score(
    benchmark: Annotated[str, typer.Argument(help="A benchmark's name (veridical list benchmarks)")],
    responses: Annotated[Path, typer.Argument(help="Stored responses: JSON or JSON lines, or a folder of them")],
    data: Annotated[Path, typer.Option(help="Folder (or file) with the benchmark's published files")],
    convention: Annotated[str, typer.Option(help="Whose rules: official, vlm or lmms")] = "official",
    media: Annotated[Path | None, typer.Option(help="Folder of the pictures; not needed for grading")] = None,
    size: Annotated[int | None, typer.Option(help="About so many records, drawn with the seed: the same share of every split and category")] = None,
    seed: Annotated[int, typer.Option(help="Which records are drawn")] = 0,
    grading: Annotated[list[str] | None, typer.Option("--set", help="A grading setting, as tagger=lexicon")] = None,
    model: Annotated[str, typer.Option(help="Name of the model, for the result")] = "",
    out: Annotated[Path | None, typer.Option(help="Where to write the result with every graded row")] = None,
    as_json: AsJson = False,
) -> None:
    """Grade stored responses without a model."""
    from veridical.evaluate.run import score_file

    result = score_file(benchmark, responses, data, convention, media_root=media, size=size, seed=seed, grading=pairs_of(grading), model_name=model)
    if out:
        result.save(out)
    answer(result.model_dump(exclude={"rows"}), table(result), as_json)


@app.command()
def rewards(
    name: Annotated[str, typer.Argument(help="A grader's name, FILE.py:function of your own, or a recipe with rewards")],
    data: Annotated[str, typer.Argument(help="A data file or folder with verifiable answers")],
    setting: Annotated[list[str] | None, typer.Option("--set", help="A setting of the grader, as rule=vlm_r1; or an override of the recipe")] = None,
    limit: Annotated[int, typer.Option(help="Only the first records")] = 100,
    deadline: Annotated[float, typer.Option(help="Seconds for one response")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Try rewards before training on them: what gold answers earn, and what empty, echoed, wrong and garbage responses earn."""
    from veridical.study.rewards import try_rewards as run

    found = run(name, data, setting or [], limit, deadline)
    answer({"rewards": found.numbers, "concerns": found.concerns}, found.text, as_json)
    if found.concerns:
        raise typer.Exit(1)


@app.command()
def lab(keys: Keys = None, as_json: AsJson = False) -> None:
    """Compare methods on the same pairs (recipes lab, lab_axes), ways to build pairs (builders), or watch the truth while a reward model is pursued (overoptimise)."""
    from veridical.recipe import BuildersRecipe, LabRecipe, OveroptimiseRecipe
    from veridical.study.built import compare_builders
    from veridical.study.lab import lab as run
    from veridical.study.overoptimise import overoptimise

    given, say = settings_of_one((LabRecipe, OveroptimiseRecipe, BuildersRecipe), keys), say_to_stderr if as_json else print
    if isinstance(given, BuildersRecipe):
        compared = compare_builders(given, say)
        return answer(compared.numbers, compared.text, as_json)
    if isinstance(given, OveroptimiseRecipe):
        pursued = overoptimise(given, say)
        return answer(pursued.numbers, f"{pursued.text}\n{pursued.folder / 'curves.svg'}", as_json)
    found = run(given, say)
    answer(found.board.numbers, f"{found.page}\n{found.numbers}", as_json)


@app.command()
def curves(keys: Keys = None, as_json: AsJson = False) -> None:
    """Learning curves of every online algorithm on a question of the world."""
    from veridical.recipe import CurvesRecipe
    from veridical.study.curves import curves as run
    from veridical.study.curves.run import table as lines

    found = run(settings(CurvesRecipe, keys), say_to_stderr if as_json else print)
    answer([vars(one) | {"gain": one.gain} for one in found], lines(found), as_json)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """What this machine can do, and what to install."""
    from veridical.study.doctor import doctor as run, text

    found = run()
    answer(found.model_dump(mode="json"), text(found), as_json)


@app.command(name="list")
def list_(what: Annotated[str, typer.Argument(help="methods, algorithms, builders, judges, benchmarks, formats, corruptions, attacks, rendered, graders or recipes")], as_json: AsJson = False) -> None:
    """What there is: each entry derived from the value that the program uses."""
    from veridical.study.listing import listing

    found = listing(what)
    answer(found, "\n\n".join("\n".join(f"{key if place else ''}{': ' if place else ''}{value}" for place, (key, value) in enumerate(entry.items()) if value) for entry in found), as_json)


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="The version.")] = False) -> None:
    """Answers `--version`."""
    if show:
        print(__version__)
        raise typer.Exit
