"""The settings of a run under attack."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from veridical.recipe.evaluate import BenchmarkChoice
from veridical.recipe.settings import Generation, JudgeServer, Server, Settings, Step


class AttackChoice(Settings):
    """One attack with its settings; it may stand for several conditions (strengths, kinds)."""

    attack: str
    label: str = ""
    """Before the names of its conditions, where an attack occurs twice."""
    settings: dict[str, Any] = {}


class RobustRecipe(Settings):
    """`veridical robust`: benchmarks as they are, and under attack."""

    model: str = ""
    """A model directory; default: the world's."""
    adapter: str | None = None
    benchmarks: list[BenchmarkChoice] = []
    """Default: POPE of held-out world scenes."""
    suite: str = ""
    """In place of `benchmarks`: a suite's name (six), with the folder of its files as `data`."""
    data: str = ""
    size: int | None = Field(None, ge=1)
    """About so many questions of each benchmark that names no size of its own."""
    judge: JudgeServer | None = None
    """Asked by every benchmark that needs a judge and names none."""
    scenes: int = Field(40, ge=1)
    """World scenes, where `benchmarks` names none."""
    attacks: list[AttackChoice]
    match: Literal["contains", "exact"] = "contains"
    """How a response is told to say what an attacker wants: it contains the text, or is the text."""
    surrogate: str | None = None
    """A model directory through which pixels are attacked; default: the model itself (white box)."""
    server: Server | None = None
    """What answers in place of `model`, which then only names it."""
    generation: Generation = Generation()
    precision: Literal["float32", "bfloat16"] = "float32"
    step: Step = Step()
    executor: Literal["auto", "plain", "mask", "state"] = "auto"
    seed: int = 0
    run: str = "runs/robust"
