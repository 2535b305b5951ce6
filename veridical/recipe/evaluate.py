"""The settings of an evaluation: which benchmarks are asked, of what, and how much of them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from veridical.recipe.settings import Generation, JudgeServer, RewardChoice, Server, Settings, Step


class Implicit(Settings):
    """A model's own likelihood as a reward."""

    gather: Literal["sum", "mean"] = "sum"
    """Over the tokens of a response."""
    reference: str | None = None
    """A model directory whose log-probability is taken away."""
    beta: float = 1.0


class BenchmarkChoice(Settings):
    """One benchmark with its files."""

    name: str
    data: str
    """The folder (or file) with the benchmark's published files; hub:NAME reads a dataset of the hub, or a saved one."""
    media_root: str | None = None
    """Folder of the pictures; default: beside the data."""
    convention: str = "official"
    size: int | None = Field(None, ge=1)
    """About so many questions, drawn with the recipe's seed: of every split and category its share, whole pictures at a time."""
    label: str = ""
    """Name of its result; default: the benchmark's."""
    settings: dict[str, Any] = {}
    """Of its grader."""
    implicit: Implicit | None = None
    """It is answered by how likely the model finds each candidate response (convention=scalar), whatever the others are asked."""


class EvaluateRecipe(Settings):
    """`veridical evaluate`."""

    model: str
    adapter: str | None = None
    benchmarks: list[BenchmarkChoice] = []
    suite: str = ""
    """In place of `benchmarks`: a suite's name (six). It takes those benchmarks whose files are in `data`."""
    data: str = ""
    """With a suite: a folder that has a folder for each benchmark, under its name; a suite.json in it says what the files need ({benchmark: {settings, size ...}})."""
    size: int | None = Field(None, ge=1)
    """Size of every benchmark that has none of its own."""
    seed: int = 0
    """Which questions are drawn."""
    subset: str = ""
    """A file {benchmark: [record ids]}: only these questions are asked."""
    blind: bool = False
    """Ask without the pictures: what is answered right all the same was known, guessed, or seen in training."""
    estimate: bool = False
    """Ask one batch of each benchmark, say what the rest costs, and stop. What was asked is kept."""
    judge: JudgeServer | None = None
    """Asked by every benchmark that needs a judge and names none."""
    generation: Generation = Generation()
    server: Server | None = None
    """What answers in place of `model`, which then only names it."""
    reward: RewardChoice | None = None
    """A grader that gives each candidate response a number in place of `model`, which then only names it: for reward benchmarks (convention=scalar). A `model` that is a
    reward model's directory, or a grader's name, does so without it."""
    implicit: Implicit | None = None
    """The same by how likely `model` finds each candidate response."""
    precision: Literal["float32", "bfloat16"] = "float32"
    step: Step = Step()
    executor: Literal["auto", "plain", "mask", "state"] = "auto"
    run: str = "runs/evaluate"
