"""Where several models stand on the dimensions: means of centred headlines, over the benchmarks that all of them answered alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from veridical.evaluate.centred import SIX, Centred, best_of, guess_of, known_benchmark, mean, standing
from veridical.evaluate.statistics import NotComparable, check_settings
from veridical.records.result import Result
from veridical.report.across.entrants import Entrant
from veridical.report.wording import defined

UNLIKE = ("attack", "blind")
"""Settings that make a result one of another question."""
NEVER = 3
"""What was seen in none of n rows happens in at most so many of n, with 95% confidence (Hanley and Lippman-Hand, 1983)."""


class Difference(NamedTuple):
    """A headline's change from the baseline, with the ends of its paired interval, on n rows; None where it was not compared."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0


def standings(entrants: Sequence[Entrant], differences: Mapping[str, Mapping[str, Difference]], may_differ: Collection[str] = ()) -> dict[str, Any]:
    """Standing of every model, over shared benchmarks only: a mean over other benchmarks would be another number.

    `differences` are of the headlines: label -> file name -> difference from the first model. Keys: over (benchmarks), left_out (file name -> reason),
    dimensions (name -> label -> place), mean (label -> place), changes (the same two, from the first model), of (dimensions of the mean). A place is
    {value, low, high}, or None.
    """
    shared, left_out = shared_results(entrants, may_differ)
    shared, off = on_the_scale(entrants, shared)
    found = {one.label: standing([one.side.results[name] for name in shared]) for one in entrants}
    order = [*SIX, *sorted({name for one in found.values() for name in one.dimensions} - set(SIX))]
    measured = [name for name in order if any(name in one.dimensions for one in found.values())]
    counted = {name: entrants[0].side.results[name] for name in shared}
    moved = {label: changed(counted, own) for label, own in differences.items()}
    return {
        "over": shared,
        "left_out": left_out | off,
        "dimensions": {name: {label: place(one.dimensions.get(name)) for label, one in found.items()} for name in measured},
        "mean": {label: place(one.six) for label, one in found.items()},
        "changes": {
            "dimensions": {name: {label: place(one.get(name)) for label, one in moved.items()} for name in measured},
            "mean": {label: place(mean_of_six(one, measured)) for label, one in moved.items()},
        },
        "of": next((list(one.six.of) for one in found.values() if one.six), []),
    }


def on_the_scale(entrants: Sequence[Entrant], names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Those of the named results that have a place on the common scale for every model, and why the others have none."""
    off: dict[str, str] = {}
    for name in names:
        for one in entrants:
            if reasons := standing([one.side.results[name]]).left_out:
                off[name] = f"{one.label}: {next(iter(reasons.values()))}"
    return [name for name in names if name not in off], off


def changed(counted: Mapping[str, Result], differences: Mapping[str, Difference]) -> dict[str, Centred]:
    """How far a model moved on each dimension: the mean of its headlines' changes on the common scale; none where one of them was not compared."""
    members: dict[str, list[Centred | None]] = {}
    for name, result in counted.items():
        members.setdefault(result.dimension, []).append(on_scale(result, differences.get(name, Difference())))
    return {name: mean(own, ()) for name, own in members.items() if None not in own}


def on_scale(result: Result, difference: Difference) -> Centred | None:
    """A headline's change in points of the common scale, where more is better; None where it is not known.

    Rows that all changed alike (not at all) draw an interval of no width; it becomes what so many rows can exclude.
    """
    if not all(map(defined, difference[:3])):
        return None
    benchmark = known_benchmark(result)
    metric = benchmark.headline
    best, guess = best_of(benchmark, metric, result), guess_of(benchmark, metric, result)
    points = 100 / (best - guess) * (-1 if result.metrics[metric].better == "lower" else 1)
    reach = best * min(1.0, NEVER / max(1, difference.n)) if difference.low == difference.high else 0.0
    ends = points * (difference.low - reach), points * (difference.high + reach)
    return Centred(points * difference.value, min(ends), max(ends))


def mean_of_six(moved: Mapping[str, Centred], measured: Sequence[str]) -> Centred | None:
    """The mean of the dimensions' changes; None where one of those that were measured has none."""
    names = [name for name in SIX if name in measured]
    return mean([moved[name] for name in names], ()) if names and all(name in moved for name in names) else None


def place(score: Centred | None) -> dict[str, float | None] | None:
    """A score on the common scale; an end of the interval that is not known is None."""
    if score is None or not defined(score.value):
        return None
    return {"value": score.value, **{end: value if defined(value := getattr(score, end)) else None for end in ("low", "high")}}


def shared_results(entrants: Sequence[Entrant], may_differ: Collection[str]) -> tuple[list[str], dict[str, str]]:
    """File names of results that count, and why the others do not. A benchmark counts once, by the file that bears its name."""
    own = {(name, result.benchmark) for one in entrants for name, result in one.side.results.items()}
    names = sorted({name for name, _ in own}, key=lambda name: ((name, name) not in own, name))
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
