"""The command line. Commands import what they need when they run, so that help is immediate."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from veridical import __version__

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
def align(keys: Keys = None) -> None:
    """Align a model directory with preference data. The same command again continues where it stopped."""
    from veridical.recipe import AlignRecipe
    from veridical.train.preference import align as run

    finish(run(settings(AlignRecipe, keys)))


@app.command()
def online(keys: Keys = None) -> None:
    """Align a model directory with rewards: it answers, its answers are graded, and it learns from them."""
    from veridical.recipe import OnlineRecipe
    from veridical.train.online import online as run

    finish(run(settings(OnlineRecipe, keys)))


@app.command()
def imitate(keys: Keys = None) -> None:
    """Supervised training on the assistant's turns."""
    from veridical.recipe import ImitateRecipe
    from veridical.train.imitate import imitate as run

    finish(run(settings(ImitateRecipe, keys)))


@app.command()
def reward(keys: Keys = None) -> None:
    """Train a reward model: a model that says how good a response is. The same command again continues where it stopped."""
    from veridical.recipe import RewardRecipe
    from veridical.train.reward.loop import train_reward as run

    finish(run(settings(RewardRecipe, keys)))


@app.command()
def curate(keys: Keys = None, as_json: AsJson = False) -> None:
    """Build preference data: sample responses from a model, grade them, pair them."""
    from veridical.curate.curate import curate as run
    from veridical.recipe import CurateRecipe

    found = run(settings(CurateRecipe, keys), say_to_stderr if as_json else print)
    answer({"path": str(found.path), "prompts": found.prompts, "responses": found.responses, "pairs": found.pairs, "dropped": dict(found.dropped), "left_out": list(map(str, found.left_out))}, "", as_json)


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
def build(keys: Keys = None, as_json: AsJson = False) -> None:
    """Build preference data in a published way (veridical list builders). The same command again continues."""
    from veridical.curate.build import build as run
    from veridical.recipe import BuildRecipe

    found = run(settings(BuildRecipe, keys), say_to_stderr if as_json else print)
    answer(json.loads((found.path.parent / "built.json").read_text()), "", as_json)


@app.command()
def evaluate(keys: Keys = None, as_json: AsJson = False) -> None:
    """Ask a model the questions of benchmarks and grade its responses."""
    from veridical.recipe import EvaluateRecipe
    from veridical.study.evaluation import run_evaluation

    found = run_evaluation(settings(EvaluateRecipe, keys), say_to_stderr)
    answer({name: result.model_dump(exclude={"rows"}) for name, result in found.items()}, "\n\n".join(map(table, found.values())), as_json)


@app.command()
def score(
    benchmark: Annotated[str, typer.Argument(help="A benchmark's name (veridical list benchmarks)")],
    responses: Annotated[Path, typer.Argument(help="Stored responses: JSON or JSON lines, or a folder of them")],
    data: Annotated[Path, typer.Option(help="Folder (or file) with the benchmark's published files")],
    convention: Annotated[str, typer.Option(help="Whose rules: official, vlm or lmms")] = "official",
    media: Annotated[Path | None, typer.Option(help="Folder of the pictures; not needed for grading")] = None,
    limit: Annotated[int | None, typer.Option(help="About so many records, the same share of every split")] = None,
    grading: Annotated[list[str] | None, typer.Option("--set", help="A grading setting, as tagger=lexicon")] = None,
    model: Annotated[str, typer.Option(help="Name of the model, for the result")] = "",
    out: Annotated[Path | None, typer.Option(help="Where to write the result with every graded row")] = None,
    as_json: AsJson = False,
) -> None:
    """Grade stored responses without a model."""
    from veridical.evaluate.run import score_file

    result = score_file(benchmark, responses, data, convention, media_root=media, limit=limit, grading=pairs_of(grading), model_name=model)
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
def report(
    before: Annotated[Path, typer.Argument(help="Folder of results before (an evaluation's run or its results folder)")],
    after: Annotated[Path, typer.Argument(help="Folder of results after")],
    training: Annotated[Path | None, typer.Option(help="The training run in between: curves, first batch, recipe")] = None,
    out: Annotated[Path, typer.Option(help="The page")] = Path("report.html"),
    title: Annotated[str, typer.Option(help="Headline of the page")] = "Before and after alignment",
    may_differ: Annotated[list[str] | None, typer.Option(help="A setting in which results may differ and still be compared (temperature, max_new_tokens ...)")] = None,
    as_json: AsJson = False,
) -> None:
    """One self-contained page that shows what changed, from stored results."""
    from veridical.records.result import write_json
    from veridical.report.page import write
    from veridical.report.summary import summary

    first, second = results_of(before), results_of(after)
    changes = summary(first, second, may_differ or ())
    page = write(out, first, second, training, title=title, numbers=changes)
    write_json(out.with_suffix(".json"), changes)
    answer(changes, f"{page}\n{out.with_suffix('.json')}", as_json)


@app.command()
def inspect(
    data: Annotated[str, typer.Argument(help="A data file or folder")],
    model: Annotated[Path | None, typer.Option(help="A model directory: what every record costs it in tokens")] = None,
    format: Annotated[str, typer.Option(help="The data's format, where it is not recognised")] = "auto",
    media: Annotated[str | None, typer.Option(help="Folder that relative picture paths start from")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first records")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page")] = None,
    against: Annotated[list[str] | None, typer.Option(help="A benchmark file: what the data share with it (pictures, questions)")] = None,
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


@app.command()
def smoke(keys: Annotated[list[str], typer.Argument(help="model=DIR [data=FILE]", metavar="KEY=VALUE...")], as_json: AsJson = False) -> None:
    """Ten steps on your own model and data: a certificate of what works."""
    from veridical.study.smoke import smoke as run, text

    found = run(**pairs_of(keys), say=say_to_stderr)
    answer(found.model_dump(mode="json"), text(found), as_json)
    if not found.passed:
        raise typer.Exit(1)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """What this machine can do, and what to install."""
    from veridical.study.doctor import doctor as run, text

    found = run()
    answer(found.model_dump(mode="json"), text(found), as_json)


@app.command(name="list")
def list_(what: Annotated[str, typer.Argument(help="methods, algorithms, judges, benchmarks, formats, corruptions, rendered, graders or recipes")], as_json: AsJson = False) -> None:
    """What there is: each entry derived from the value that the program uses."""
    from veridical.study.listing import listing

    found = listing(what)
    answer(found, "\n\n".join("\n".join(f"{key if place else ''}{': ' if place else ''}{value}" for place, (key, value) in enumerate(entry.items()) if value) for entry in found), as_json)


@world.command(name="pairs")
def world_pairs(
    target: Path,
    count: int = 400,
    first: int = 0,
    split: Annotated[Literal["train", "test"], typer.Option(help="Scenes of which part; those of test are held out by what trains")] = "train",
    misread: Annotated[bool, typer.Option(help="The error is another name for one thing, in its place, size and colour: nothing but the picture tells")] = False,
) -> None:
    """Write the world's default pair file."""
    from veridical.records.load import save
    from veridical.world.cause import MISREAD
    from veridical.world.records import USUAL, pairs

    print(f"{target}: {save(pairs(count, first, split, cause=MISREAD if misread else USUAL), target).written} records")


@world.command(name="files")
def world_files(folder: Path, captions: int = 300, questions: int = 200, amber: int = 100) -> None:
    """Write POPE, CHAIR and AMBER of held-out scenes in their official formats."""
    from veridical.world.files import write_all

    print(write_all(folder, captions, questions, amber))


@world.command(name="task")
def world_task(name: str, target: Path, count: int = 400, first: int = 0, split: str = "train") -> None:
    """Write questions with a verifiable answer: count, box."""
    from veridical.records.load import save
    from veridical.world.tasks import task

    print(f"{target}: {save(task(name, count, first, split), target).written} records")


@world.command(name="scenes")
def world_scenes(target: Path, count: int = 300, first: int = 0, split: str = "train") -> None:
    """Write scenes to describe, with what is there and a true description of each: prompts for builders."""
    from veridical.records.load import save
    from veridical.world.records import prompts

    print(f"{target}: {save(prompts(count, first, split), target).written} records")


@world.command(name="towers")
def world_towers(directory: Path, steps: int = 400, seed: int = 0) -> None:
    """Train a small CLIP of the world: for builders and rewards that compare texts with pictures."""
    from veridical.world.towers import make_towers

    print(make_towers(directory, steps, seed=seed))


@world.command(name="judge")
def world_judge(
    port: int = 8099,
    error: Annotated[float, typer.Option(help="How often it is wrong about whether a thing is there")] = 0.1,
    scenes: Annotated[int, typer.Option(help="Scenes of each split that it knows by their pictures")] = 2000,
    seed: int = 0,
) -> None:
    """Serve a judge who knows the world's truth and errs as told, as an OpenAI-compatible server."""
    import uvicorn

    from veridical.study.world_judge import WorldJudge, app as served

    print(f"http://127.0.0.1:{port}/v1", flush=True)
    uvicorn.run(served(WorldJudge(scenes, error, seed)), host="127.0.0.1", port=port, log_level="warning")


@world.command(name="model")
def world_model(keys: Keys = None) -> None:
    """Train the world's model again (about half an hour on two cores)."""
    from veridical.recipe import WorldRecipe
    from veridical.study.world import make

    found = make(settings(WorldRecipe, keys))
    print(found or "stopped; the same command continues")
    raise typer.Exit(0 if found else 130)


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="The version.")] = False) -> None:
    """Answers `--version`."""
    if show:
        print(__version__)
        raise typer.Exit


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


def is_ours(error: BaseException) -> bool:
    """Whether an error is a message of this program to its user, and not a fault."""
    if type(error).__module__.startswith("veridical."):
        return True
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, ValueError) and bool(frames) and Path(frames[-1].filename).is_relative_to(Path(__file__).parent)


def main() -> None:
    """The entry point: errors with a message for the user are shown without a traceback (unless VERIDICAL_DEBUG is set)."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the edge of the program: what is not ours is raised again
        if os.environ.get("VERIDICAL_DEBUG") or not is_ours(error):
            raise
        print(f"veridical: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
