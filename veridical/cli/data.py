"""Commands that make, check and change data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from veridical.cli.terminal import answer, app, AsJson, Keys, pairs_of, say_to_stderr, settings


@app.command()
def curate(keys: Keys = None, as_json: AsJson = False) -> None:
    """Build preference data: sample responses from a model, grade them, pair them."""
    from veridical.curate.curate import curate as run
    from veridical.recipe import CurateRecipe

    found = run(settings(CurateRecipe, keys), say_to_stderr if as_json else print)
    answer({"path": str(found.path), "prompts": found.prompts, "responses": found.responses, "pairs": found.pairs, "dropped": dict(found.dropped), "left_out": list(map(str, found.left_out))}, "", as_json)


@app.command()
def build(keys: Keys = None, as_json: AsJson = False) -> None:
    """Build preference data in a published way (veridical list builders). The same command again continues."""
    from veridical.curate.build import build as run
    from veridical.recipe import BuildRecipe

    found = run(settings(BuildRecipe, keys), say_to_stderr if as_json else print)
    answer(json.loads((found.path.parent / "built.json").read_text()), "", as_json)


@app.command()
def judge(
    data: Annotated[str, typer.Argument(help="A data file or folder with responses, in any known format")],
    out: Annotated[Path, typer.Argument(help="The file to write; beside it: .unjudged, .report.json, .asked.jsonl (answers, by request)")],
    url: Annotated[str, typer.Option(help="An OpenAI-compatible address, as http://127.0.0.1:8000/v1")],
    model: Annotated[str, typer.Option(help="The judge's name there")],
    what: Annotated[Literal["pairs", "scores", "ranking", "claims"], typer.Option(help="What is judged")] = "pairs",
    votes: Annotated[int, typer.Option(help="Times that each order of a pair is asked")] = 1,
    swap: Annotated[bool, typer.Option(help="Ask in both orders")] = True,
    disagreement: Annotated[Literal["tie", "unjudged"], typer.Option(help="What a pair is on which the orders disagree")] = "tie",
    probabilities: Annotated[bool, typer.Option(help="Ask for log-probabilities (claims)")] = False,
    check: Annotated[int, typer.Option(help="Pairs that are asked four times: whether the judge says the same")] = 0,
    people: Annotated[str, typer.Option(help="People's labels of a random part of the records: the win rate is corrected by them")] = "",
    price_read: Annotated[float, typer.Option(help="Price of a million tokens that the judge reads")] = 0.0,
    price_written: Annotated[float, typer.Option(help="Price of a million tokens that it writes")] = 0.0,
    most_cost: Annotated[float | None, typer.Option(help="Stop before this is spent")] = None,
    per_minute: Annotated[float, typer.Option(help="Most requests a minute; 0: no limit")] = 0.0,
    at_once: Annotated[int, typer.Option(help="Requests that are under way together")] = 8,
    tries: Annotated[int, typer.Option(help="Requests for one answer where the server fails")] = 5,
    seconds: Annotated[float, typer.Option(help="To wait for one answer")] = 60.0,
    longest: Annotated[int, typer.Option(help="Tokens of an answer")] = 512,
    key: Annotated[str, typer.Option(help="Environment variable with the key")] = "OPENAI_API_KEY",
    to: Annotated[str, typer.Option(help="Format to write (veridical list formats)")] = "veridical",
    media: Annotated[str | None, typer.Option(help="Folder that relative picture paths start from")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first records")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a model behind an address judge responses: every pair is judged, or unjudged with the reason. The same command again continues."""
    from veridical.curate.judged import Task, judge_file
    from veridical.grade.judging.asker import Endpoint
    from veridical.grade.judging.both import How
    from veridical.records.load import Source

    cache = out.with_name(f"{out.stem}.asked.jsonl")
    money = {"price_read": price_read, "price_written": price_written, "most_cost": most_cost}
    endpoint = Endpoint(url, model, key, seconds, tries, at_once=at_once, per_minute=per_minute, longest=longest, cache=cache, **money)
    task = Task(what, How(votes, swap, disagreement), probabilities=probabilities, check=check, people=people)
    found = judge_file(Source(path=data, media_root=media, limit=limit), out, endpoint, task, to, say_to_stderr if as_json else print)
    answer(found, "", as_json)


@app.command()
def annotate(
    data: Annotated[str, typer.Argument(help="A data file or folder with responses, in any known format")],
    db: Annotated[str, typer.Option(help="Where judgements are kept: a file (SQLite), or postgresql://USER@HOST/NAME")] = "annotations.db",
    people: Annotated[str, typer.Option(help="Who is invited, as ann,bo; each gets a link")] = "",
    again: Annotated[str, typer.Option(help="Who gets a new link; the old one ends")] = "",
    each: Annotated[int, typer.Option(help="People who are given the same item")] = 1,
    aspects: Annotated[str, typer.Option(help="Marks from 1 to 5, as helpfulness,faithfulness,ethics or clarity=easy to read")] = "",
    labels: Annotated[str, typer.Option(help="What a marked stretch can be, as hallucination,unsafe")] = "hallucination",
    correct: Annotated[bool, typer.Option(help="Responses may be corrected")] = True,
    guide: Annotated[Path | None, typer.Option(help="A text file that is shown before the first item")] = None,
    gold: Annotated[str, typer.Option(help="A data file of questions with a known answer")] = "",
    gold_every: Annotated[int, typer.Option(help="One item in so many is a gold question")] = 10,
    language: Annotated[Literal["en", "zh"], typer.Option(help="In which the page begins")] = "en",
    title: Annotated[str, typer.Option(help="Headline of the page")] = "veridical",
    media: Annotated[list[str] | None, typer.Option(help="Folder from which media may be shown, beside the data's own")] = None,
    root: Annotated[str | None, typer.Option(help="Folder that relative picture paths start from")] = None,
    worth_first: Annotated[bool, typer.Option("--worth-first", help="First the items where a judge is unsure, judges disagree, tasks are rare")] = False,
    judged: Annotated[list[str] | None, typer.Option(help="With --worth-first: what judges made of the data (veridical judge); each file once")] = None,
    random_part: Annotated[int, typer.Option(help="First so many items drawn by chance, for correcting a judge's win rate")] = 0,
    limit: Annotated[int | None, typer.Option(help="Only the first records")] = None,
    export: Annotated[Path | None, typer.Option(help="Write what was said to this file, and end")] = None,
    to: Annotated[str, typer.Option(help="Format to write (veridical list formats)")] = "veridical",
    progress: Annotated[bool, typer.Option("--progress", help="Print how the work stands, and end")] = False,
    host: Annotated[str, typer.Option(help="Address to serve on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on")] = 8765,
    as_json: AsJson = False,
) -> None:
    """Let people compare, rank, score, correct and mark responses on a web page; export what they say as records."""
    from veridical.annotate.ask import Ask
    from veridical.annotate.serve import Work, aspects_of, export as write, serve, standing
    from veridical.records.load import Source

    parts = lambda text: tuple(part.strip() for part in text.split(",") if part.strip())  # noqa: E731
    words = guide.read_text(encoding="utf-8") if guide else ""
    ask = Ask(aspects_of(aspects), correct=correct, labels=parts(labels), guide=words, each=each, gold_every=gold_every, language=language, title=title)
    work = Work(Source(path=data, media_root=root, limit=limit), db, ask, gold, media or (), worth_first, judged or (), random_part)
    if export:
        found = write(work, export, to)
        lost = "".join(f"\n  not in {to}: {name} ({number} records)" for name, number in sorted(found.lost.items()))
        answer({"written": found.written, "lost": dict(found.lost), "left_out": list(map(str, found.left_out))}, f"{export}: {found.written} records{lost}", as_json)
    elif progress:
        numbers, lines = standing(work)
        answer(numbers, "\n".join(lines), as_json)
    else:
        serve(work, parts(people), parts(again), host, port)


@app.command()
def render(
    kind: Annotated[str, typer.Argument(help="What is drawn (veridical list rendered): a kind, a family (charts, documents, geometry, screens), or all")],
    out: Annotated[Path, typer.Argument(help="The file to write: .jsonl, .json or .parquet")],
    count: Annotated[int, typer.Option(help="Records")] = 400,
    split: Annotated[Literal["train", "test"], typer.Option(help="Which part; no picture is in both")] = "train",
    seed: Annotated[int, typer.Option(help="0 to 999; each stands for a million records of its own")] = 0,
    sheet: Annotated[Path | None, typer.Option(help="Also write a contact sheet of the first 48 pictures: a .png file")] = None,
    setting: Annotated[list[str] | None, typer.Option("--set", help="difficulty=1 to 3, size=256 to 1024, rejected=most wrong responses, fonts=FILE or folder")] = None,
    to: Annotated[str, typer.Option(help="Format to write (veridical list formats)")] = "veridical",
    as_json: AsJson = False,
) -> None:
    """Draw charts, documents, geometry figures and screens with questions, certain answers and minimally wrong responses."""
    from veridical.curate.rendered.file import render_file

    found = render_file(kind, out, count, split, seed, pairs_of(setting), to, sheet, say_to_stderr)
    answer(found.numbers, found.text, as_json)


@app.command()
def inspect(
    data: Annotated[str, typer.Argument(help="A data file or folder")],
    model: Annotated[Path | None, typer.Option(help="A model directory: what every record costs it in tokens")] = None,
    format: Annotated[str, typer.Option(help="The data's format, where it is not recognised")] = "auto",
    media: Annotated[str | None, typer.Option(help="Folder that relative picture paths start from")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first records")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page")] = None,
    against: Annotated[list[str] | None, typer.Option(help="A benchmark file, or NAME=FOLDER of its published files: what the data share with it (pictures, questions)")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a data file and draw it: counts, tasks, lengths, style, ties, agreement, duplicates, media, tokens, contamination."""
    from veridical.records.load import Source
    from veridical.study.inspection import inspect as run

    found = run(Source(path=data, format=format, media_root=media, limit=limit), model, against or ())
    if html:
        html.write_text(found.page)
    answer(found.numbers, found.text, as_json)
    if not found.usable:
        raise typer.Exit(1)


@app.command()
def select(
    source: Annotated[str, typer.Argument(help="A data file or folder, in any known format")],
    target: Annotated[Path, typer.Argument(help="The file to write: .json, .jsonl or .parquet")],
    most: Annotated[int | None, typer.Option(min=1, help="Only so many records: good ones that differ")] = None,
    balance: Annotated[list[str] | None, typer.Option(help="A bias to take out of the pairs: length, style")] = None,
    against: Annotated[list[str] | None, typer.Option(help="A benchmark file whose pictures and questions must not be in it")] = None,
    quality: Annotated[list[str] | None, typer.Option(help="A signal of quality: margin, score, rank, written, precise, substance, specific (default: all)")] = None,
    to: Annotated[str, typer.Option(help="Format to write (veridical list formats)")] = "veridical",
    format: Annotated[str, typer.Option(help="Format to read, where it is not recognised")] = "auto",
    media: Annotated[str | None, typer.Option(help="Folder that relative picture paths start from")] = None,
    as_json: AsJson = False,
) -> None:
    """Choose from a data set: without contamination, balanced, or few records that are good and differ. Writes TARGET and TARGET.report.json."""
    from veridical.records.load import Source
    from veridical.records.select.choose import Wish, select as run, text
    from veridical.records.select.quality import SIGNALS

    wish = Wish(most, tuple(balance or ()), tuple(against or ()), tuple(quality or SIGNALS))
    report = run(Source(path=source, format=format, media_root=media), target, wish, to)
    answer(report, text(report), as_json)


@app.command()
def negatives(
    data: Annotated[str, typer.Argument(help="A data file whose records bring negatives of their pictures")],
    out: Annotated[Path, typer.Option(help="Folder for what is measured")] = Path("runs/negatives"),
    model: Annotated[str, typer.Option(help="A model directory: whether the answer changes for it")] = "",
    url: Annotated[str, typer.Option(help="A judge's address: whether the answer should change")] = "",
    judge_model: Annotated[str, typer.Option(help="The judge's name there")] = "judge",
    media: Annotated[str | None, typer.Option(help="Folder that relative picture paths start from")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first records")] = None,
    as_json: AsJson = False,
) -> None:
    """How good visual negatives are: how far from the picture, and whether the answer changes, and should."""
    from veridical.grade.judging.asker import Endpoint
    from veridical.records.load import Source
    from veridical.study.negatives import measure

    judge = Endpoint(url, judge_model, cache=out / "asked.jsonl") if url else None
    found = measure(Source(path=data, media_root=media), out, model, judge, limit, say_to_stderr if as_json else print)
    answer(found, "", as_json)


@app.command()
def convert(
    source: Annotated[str, typer.Argument(help="A data file or folder, in any known format")],
    target: Annotated[Path, typer.Argument(help="The file to write: .json, .jsonl or .parquet")],
    to: Annotated[str, typer.Option(help="Format to write (veridical list formats)")] = "veridical",
    format: Annotated[str, typer.Option(help="Format to read, where it is not recognised")] = "auto",
    media: Annotated[str | None, typer.Option(help="Folder that relative picture paths start from")] = None,
    as_json: AsJson = False,
) -> None:
    """Read one data format, write another; what the other cannot hold is listed."""
    from veridical.records.load import Source, convert as run, summary_of

    found = run(Source(path=source, format=format, media_root=media), target, to)
    lost = [f"  not in {to}: {name} ({number} records)" for name, number in sorted(found.lost.items())]
    lines = [f"{target}: {found.written} records", *lost, *summary_of(found.left_out)]
    answer({"written": found.written, "lost": dict(found.lost), "left_out": list(map(str, found.left_out))}, "\n".join(lines), as_json)
