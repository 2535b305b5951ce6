"""Commands that make pages and result files out of stored results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veridical.cli.terminal import answer, app, AsJson, results_of


@app.command()
def report(
    folders: Annotated[list[str], typer.Argument(help="Folders of results (or evaluation runs), the baseline first; NAME=FOLDER names a model", metavar="[NAME=]FOLDER")],
    training: Annotated[Path | None, typer.Option(help="Of two folders: the training run in between, with its curves, first batch and recipe")] = None,
    out: Annotated[Path, typer.Option(help="The page")] = Path("report.html"),
    title: Annotated[str, typer.Option(help="Headline of the page")] = "",
    may_differ: Annotated[list[str] | None, typer.Option(help="A setting in which results may differ and still be compared (temperature, max_new_tokens ...)")] = None,
    side_by_side: Annotated[bool, typer.Option("--side-by-side", help="Two folders as two models among others, not as before and after")] = False,
    as_json: AsJson = False,
) -> None:
    """One self-contained page from stored results: what changed between two folders, or several models side by side with filters."""
    from veridical.records.result import write_json

    if len(folders) == 2 and not side_by_side and not any(map(is_named, folders)):
        page, numbers = before_and_after(Path(folders[0]), Path(folders[1]), training, out, title or "Before and after alignment", may_differ or ())
    else:
        from veridical.report.across.page import write

        if training is not None:
            raise typer.BadParameter("a training run belongs between two folders, before and after", param_hint="--training")
        page, numbers = write(out, folders, title or "Several models", may_differ=may_differ or ())
    write_json(out.with_suffix(".json"), numbers)
    answer(numbers, f"{page}\n{out.with_suffix('.json')}", as_json)


def is_named(place: str) -> bool:
    """Whether a folder comes with a model's name."""
    return "=" in place and not Path(place).exists()


def before_and_after(before: Path, after: Path, training: Path | None, out: Path, title: str, may_differ: list[str] | tuple[()]) -> tuple[Path, dict]:
    """The page of two folders, and its numbers."""
    from veridical.report.page import write
    from veridical.report.summary import summary

    first, second = results_of(before), results_of(after)
    changes = summary(first, second, may_differ)
    return write(out, first, second, training, title=title, numbers=changes), changes


@app.command(name="import-results")
def import_results(
    folder: Annotated[Path, typer.Argument(help="What lmms-eval (--output_path) or VLMEvalKit (--work-dir) wrote, of any number of models")],
    out: Annotated[Path, typer.Option(help="Where to write OUT/MODEL/TASK.json")] = Path("imported"),
    as_json: AsJson = False,
) -> None:
    """Result files of what other harnesses measured, for `veridical report`; what cannot be taken over is listed."""
    from veridical.evaluate.imported.build import import_results as run

    found = run(folder, out)
    first = {path: [f"{name} {metric.value:.4g}{metric.unit}" for name, metric in result.metrics.items()][:3] for path, result in found.results.items()}
    lines = [f"{path}: {len(result.rows)} rows; {', '.join(first[path])}" for path, result in found.results.items()]
    left = [f"  {one.file}: {one.reason}" for one in found.left]
    told = "\n".join([*lines, *(["not taken over:", *left] if left else [])])
    answer({"results": list(map(str, found.results)), "left": [vars(one) for one in found.left]}, told, as_json)
