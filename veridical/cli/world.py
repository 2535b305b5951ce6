"""Commands of the embedded world."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from veridical.cli.terminal import Keys, settings, world


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


@world.command(name="benchmarks")
def world_benchmarks(
    folder: Path,
    captions: Annotated[int, typer.Option(help="Scenes that CHAIR has described")] = 300,
    questions: Annotated[int, typer.Option(help="Scenes with POPE's questions; each gives about five in each of three splits")] = 150,
    amber: Annotated[int, typer.Option(help="Scenes with AMBER's description and questions")] = 100,
    scenes: Annotated[int, typer.Option(help="Scenes of each other benchmark")] = 60,
) -> None:
    """Write small files for benchmarks of every dimension in their official formats: veridical evaluate suite=six data=FOLDER."""
    from veridical.world.files import write_all
    from veridical.world.published import write_published

    write_all(folder, captions, questions, amber)
    print(write_published(folder, scenes))


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
