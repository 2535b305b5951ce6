"""What all commands share: the application, its arguments, recipes from the command line, and how answers are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Post-training for multimodal language models: build preference data, align, evaluate, report. Every key of a recipe can be overridden as key.sub=value.",
)
world = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The embedded world: its pairs, its benchmark files, its model.")
app.add_typer(world, name="world")

Keys = Annotated[list[str] | None, typer.Argument(help="A recipe file (or the name of a shipped one), then overrides", metavar="[RECIPE] [KEY=VALUE]...")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, for programs.")]


def settings(kind: type, keys: Sequence[str] | None) -> Any:
    """Settings of a recipe kind from a recipe's name and overrides."""
    from veridical.recipe import load

    given = list(keys or [])
    path = given.pop(0) if given and "=" not in given[0] else None
    return load(kind, path, given)


def settings_of_one(kinds: Sequence[type], keys: Sequence[str] | None) -> Any:
    """Settings of the first kind that has all of the recipe's keys; of the first where none has."""
    from veridical.recipe import read

    path = keys[0] if keys and "=" not in keys[0] else None
    content = read(path) if path else {}
    kind = next((kind for kind in kinds if set(content) <= set(kind.model_fields)), kinds[0])
    return settings(kind, keys)


def pairs_of(keys: Sequence[str] | None) -> dict[str, Any]:
    """key=value arguments as a mapping. Errors: RecipeError for one without "="."""
    from veridical.recipe import RecipeError, parse

    found = {}
    for key in keys or []:
        name, separator, value = key.partition("=")
        if not separator:
            raise RecipeError(f"{key!r}: expected key=value")
        found[name] = parse(value)
    return found


def results_of(folder: Path) -> Path:
    """The folder that holds result files: itself, or `results` in an evaluation's run."""
    return folder / "results" if (folder / "results").is_dir() else folder


def table(result: Any) -> str:
    """A result's metrics with intervals, one per line."""
    lines = [f"{result.benchmark} ({result.convention}) {result.model}: {len(result.rows)} rows, {result.unparsed} unparsed"]
    for name, metric in result.metrics.items():
        lines.append(f"  {name:<28} {metric.value:8.2f}{metric.unit:<6} [{metric.low:.2f}, {metric.high:.2f}]  n={metric.n}")
    return "\n".join(lines)


def answer(content: Any, text: str, as_json: bool) -> None:
    """The answer for a program or for a person."""
    shown = json.dumps(content, indent=1, ensure_ascii=False, default=str) if as_json else text
    if shown:
        print(shown)


def finish(outcome: Any) -> None:
    """Where a training run is; exit status 130 when it was stopped before its end."""
    print(f"{outcome.run}: {outcome.steps} steps" if outcome.finished else f"{outcome.run}: stopped; the same command continues")
    if not outcome.finished:
        raise typer.Exit(130)


def say_to_stderr(line: str) -> None:
    """Progress lines that leave standard output to the answer."""
    print(line, file=sys.stderr)
