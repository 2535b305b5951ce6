"""Commands that decide: whether a candidate may take a base's place, and which of two models people prefer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from veridical.cli.terminal import answer, app, AsJson, pairs_of, say_to_stderr


@app.command()
def gate(
    base: Annotated[Path, typer.Argument(help="Folder of the base's results (an evaluation's run)")],
    candidate: Annotated[Path, typer.Argument(help="Folder of the candidate's results, or a model directory, which is then asked what the base was asked")],
    keys: Annotated[list[str] | None, typer.Argument(help="margin=2 (points every dimension may lose), margin.text=1 ..., level=0.05, power=0.8", metavar="[KEY=VALUE]...")] = None,
    subset: Annotated[Path | None, typer.Option(help="The part that the candidate is asked (veridical subset)")] = None,
    may_differ: Annotated[list[str] | None, typer.Option(help="A setting in which results may differ and still be compared")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide whether a candidate may take a base's place: no dimension loses its margin. Exit status 0: pass, 1: fail, 3: undecided."""
    from veridical.study.gate import gate as run

    found = run(base, candidate, pairs_of(keys), subset, may_differ or (), say_to_stderr)
    answer(found.numbers, found.text, as_json)
    raise typer.Exit(found.verdict.outcome.value)


@app.command()
def subset(
    results: Annotated[list[Path], typer.Argument(help="Folders of results on the whole suite: the base's, then those of earlier models (two to six are plenty)")],
    out: Annotated[Path, typer.Option(help="The file to write; `veridical evaluate subset=FILE` and `veridical gate --subset FILE` read it")] = Path("subset.json"),
    share: Annotated[float, typer.Option(help="Part of all questions")] = 0.1,
    blind: Annotated[list[Path] | None, typer.Option(help="A folder of results without pictures: what they solve is left out")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws other questions")] = 0,
    as_json: AsJson = False,
) -> None:
    """Choose the questions that tell models apart, and how many others each stands for."""
    from veridical.study.gate import choose_subset, subset_text

    found = choose_subset(results, blind or (), share, seed, out)
    answer(found.model_dump(), f"{subset_text(found)}\n{out}", as_json)


@app.command()
def chat(
    first: Annotated[str, typer.Argument(help="A model directory, an adapter's directory, or a server as http://HOST:PORT/v1#MODEL")],
    second: Annotated[str, typer.Argument(help="The other one")],
    pictures: Annotated[list[Path] | None, typer.Argument(help="Pictures, or folders of pictures")] = None,
    db: Annotated[str, typer.Option(help="Where votes are kept: a file (SQLite), or postgresql://USER@HOST/NAME")] = "chat.db",
    people: Annotated[str, typer.Option(help="Who is invited, as ann,bo; each gets a link")] = "guest",
    again: Annotated[str, typer.Option(help="Who gets a new link; the old one ends")] = "",
    reveal: Annotated[bool, typer.Option(help="Tell the models' names after each vote")] = True,
    longest: Annotated[int, typer.Option(help="Tokens of an answer")] = 256,
    temperature: Annotated[float, typer.Option(help="0 takes the likeliest token")] = 0.0,
    language: Annotated[Literal["en", "zh"], typer.Option(help="In which the page begins")] = "en",
    title: Annotated[str, typer.Option(help="Headline of the page")] = "veridical",
    export: Annotated[Path | None, typer.Option(help="Write what was voted to this file, and end")] = None,
    to: Annotated[str, typer.Option(help="Format to write (veridical list formats)")] = "veridical",
    progress: Annotated[bool, typer.Option("--progress", help="Print who won how often, and end")] = False,
    host: Annotated[str, typer.Option(help="Address to serve on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on")] = 8766,
    as_json: AsJson = False,
) -> None:
    """Let people ask two models side by side on a web page, blind, and vote; votes are kept as records."""
    from veridical.models.sample import Generation
    from veridical.study.chat import Chat, export as write, serve, standing

    names = lambda text: tuple(part.strip() for part in text.split(",") if part.strip())  # noqa: E731
    both = Chat((first, second), pictures or (), db, reveal, Generation(longest, temperature), language, title)
    if export:
        found = write(both, export, to)
        answer({"written": found.written, "lost": dict(found.lost)}, f"{export}: {found.written} records", as_json)
    elif progress:
        numbers, lines = standing(both)
        answer(numbers, "\n".join(lines), as_json)
    else:
        serve(both, names(people), names(again), host, port)
