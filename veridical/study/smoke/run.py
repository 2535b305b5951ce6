"""The probes one after the other: each ends as a check, whatever the others did."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from veridical.models.load import Opened, first_line
from veridical.recipe import RecipeError, check_keys
from veridical.records.run import versions
from veridical.study.machine import machine
from veridical.study.smoke import computing, fitting, learning, opening, reading, speaking
from veridical.study.smoke.bench import Bench, Material, NotApplicable, Probe, SmokeRecipe
from veridical.study.smoke.certificate import MARKS, Certificate, Check

PROBES: tuple[Probe, ...] = (*opening.PROBES, *reading.PROBES, *computing.PROBES, *learning.PROBES, *fitting.PROBES, *speaking.PROBES)
"""In the order in which they run; saving drops the model and comes last."""


def smoke(model: str | Path | None = None, data: str | Path | None = None, say: Callable[[str], None] | None = None, **settings: Any) -> Certificate:
    """A certificate of what works with a model directory and preference data on this machine.

    Without `data` pictures of the embedded world are used. `settings` are keys of `SmokeRecipe`; `say` hears of each
    check when it ends. A check that fails never keeps the others from running. Errors: RecipeError for an unknown key, and
    without a model.
    """
    named = {name: str(path) for name, path in (("model", model), ("data", data)) if path is not None}
    bench = Bench(chosen({**named, **settings}))
    start, checks, known = time.perf_counter(), [], {"data": bench.recipe.data or "none"}
    for probe in PROBES:
        checks.append(judge(probe, bench))
        known |= facts(bench, known)
        if say:
            say(f"{MARKS[checks[-1].outcome]:<5}{probe.name}: {checks[-1].evidence}")
    recipe, seconds = bench.recipe, time.perf_counter() - start
    return Certificate(
        model=recipe.model, precision=recipe.precision, attention=recipe.attention, versions=versions(), machine=machine(), checks=tuple(checks), seconds=seconds, **known
    )


def chosen(given: dict[str, Any]) -> SmokeRecipe:
    """The settings. Errors: RecipeError naming the nearest key, or the value that does not fit."""
    check_keys(SmokeRecipe, given, "smoke")
    try:
        return SmokeRecipe.model_validate(given)
    except ValidationError as error:
        raise RecipeError("smoke: " + "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']} (got {part['input']!r})" for part in error.errors())) from error


def judge(probe: Probe, bench: Bench) -> Check:
    """How a probe ends; an error of any kind is a failed check with its reason."""
    start = time.perf_counter()
    try:
        found = probe.run(bench)
        advice = "" if found.passed else probe.advice
        known = {"outcome": "passed" if found.passed else "failed", "evidence": found.evidence, "details": found.details, "figures": dict(found.figures), "advice": advice}
    except NotApplicable as reason:
        known = {"outcome": "not applicable", "evidence": str(reason)}
    except Exception as error:  # noqa: BLE001 - a foreign model may fail in any way; the certificate says how
        known = {"outcome": "failed", "evidence": first_line(error), "advice": probe.advice}
    return Check(name=probe.name, claim=probe.claim, seconds=time.perf_counter() - start, **known)


def facts(bench: Bench, known: dict[str, Any]) -> dict[str, Any]:
    """What the certificate says of model and data, as soon as it is known."""
    found: dict[str, Any] = {}
    if Opened in bench.made and "parts" not in known:
        model = bench.opened.model
        found |= {"model_type": model.config.model_type, "architecture": type(model).__name__, "parts": opening.parts_of(bench.opened)}
    if Material in bench.made:
        found["data"] = bench.material.source
    return found
