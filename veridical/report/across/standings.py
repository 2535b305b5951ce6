"""Where several models stand on the dimensions: means of centred headlines, over the benchmarks that all of them answered alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from veridical.evaluate.centred import SIX, Centred, standing
from veridical.evaluate.statistics import NotComparable, check_settings
from veridical.records.result import Result
from veridical.report.across.entrants import Entrant
from veridical.report.wording import defined

UNLIKE = ("attack", "blind")
"""Settings that make a result one of another question."""


def standings(entrants: Sequence[Entrant], may_differ: Collection[str] = ()) -> dict[str, Any]:
    """Standing of every model, over shared benchmarks only: a mean over other benchmarks would be another number.

    Keys: over (benchmarks), left_out (file name -> reason), dimensions (name -> label -> place), mean (label -> place), of (dimensions of the mean).
    A place is {value, low, high}, or None.
    """
    shared, left_out = shared_results(entrants, may_differ)
    found = {one.label: standing([one.side.results[name] for name in shared]) for one in entrants}
    for one in found.values():
        left_out |= one.left_out
    order = [*SIX, *sorted({name for one in found.values() for name in one.dimensions} - set(SIX))]
    measured = [name for name in order if any(name in one.dimensions for one in found.values())]
    return {
        "over": [name for name in shared if name not in left_out],
        "left_out": left_out,
        "dimensions": {name: {label: place(one.dimensions.get(name)) for label, one in found.items()} for name in measured},
        "mean": {label: place(one.six) for label, one in found.items()},
        "of": next((list(one.six.of) for one in found.values() if one.six), []),
    }


def place(score: Centred | None) -> dict[str, float | None] | None:
    """A score on the common scale; an end of the interval that is not known is None."""
    if score is None or not defined(score.value):
        return None
    return {"value": score.value, **{end: value if defined(value := getattr(score, end)) else None for end in ("low", "high")}}


def shared_results(entrants: Sequence[Entrant], may_differ: Collection[str]) -> tuple[list[str], dict[str, str]]:
    """File names of results that count, and why the others do not. A benchmark counts once, by the file that bears its name."""
    names = sorted({name for one in entrants for name in one.side.results}, key=lambda name: (all(name != result.benchmark for result in results_of(entrants, name).values()), name))
    shared: list[str] = []
    left_out: dict[str, str] = {}
    taken: dict[str, str] = {}
    for name in names:
        results = results_of(entrants, name)
        reason = unlike(entrants, results, may_differ)
        benchmark = next(iter(results.values())).benchmark
        if not reason and benchmark in taken:
            reason = f"{benchmark} counts once, as {taken[benchmark]}"
        if reason:
            left_out[name] = reason
        else:
            shared.append(name)
            taken[benchmark] = name
    return shared, left_out


def results_of(entrants: Sequence[Entrant], name: str) -> dict[str, Result]:
    """Results of one file name by model."""
    return {one.label: one.side.results[name] for one in entrants if name in one.side.results}


def unlike(entrants: Sequence[Entrant], results: Mapping[str, Result], may_differ: Collection[str]) -> str:
    """Why results must not enter one mean; "" where they may."""
    if missing := [one.label for one in entrants if one.label not in results]:
        return f"not measured for {', '.join(missing)}"
    first, *others = results.values()
    if not first.dimension:
        return "of no known dimension"
    if told := [name for name in UNLIKE if first.settings.get(name)]:
        return f"asked otherwise ({told[0]})"
    for other in others:
        if (first.benchmark, first.convention, first.data) != (other.benchmark, other.convention, other.data):
            return "convention or data differ between the models"
        try:
            check_settings(first, other, may_differ)
        except NotComparable as error:
            return str(error)
    return ""
