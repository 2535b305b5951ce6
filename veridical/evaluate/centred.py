"""Scores of unlike benchmarks on one scale: 0 is what can be had without looking, 100 the best there is. Their means by dimension, and the mean of the dimensions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from veridical.evaluate.benchmark import Benchmark, BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.records.result import Result

SIX = ("general", "hallucination", "safety", "conversation", "reward", "alignment")
"""The dimensions on which methods are compared; "text" says what alignment cost, and is no part of the mean."""
OF = re.compile(r"of (\d+(?:\.\d+)?)")
"""A unit that says its own best value."""


class NotCentred(ValueError):
    """A score that has no place on the scale; the message says why."""


@dataclass(frozen=True)
class Centred:
    """A score on the scale, with its 95% interval. Below 0: worse than guessing."""

    value: float
    low: float
    high: float
    of: tuple[str, ...] = ()
    """What it is the score, or the mean, of: "pope.f1", or dimensions."""


@dataclass(frozen=True)
class Standing:
    """Where a model stands."""

    benchmarks: dict[str, Centred]
    dimensions: dict[str, Centred]
    six: Centred | None
    """Mean of those of the six dimensions that were measured (`six.of` names them); None where none was."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Results without a place on the scale, with the reason."""


def standing(results: Iterable[Result]) -> Standing:
    """The headline of every result on the scale, means by dimension, and the mean of the six. A benchmark counts once in its dimension, whatever its size."""
    placed, left_out, members = {}, {}, {}
    for result in results:
        try:
            placed[result.benchmark] = centred(result)
            members.setdefault(result.dimension, []).append(placed[result.benchmark])
        except NotCentred as error:
            left_out[result.benchmark] = str(error)
    dimensions = {name: mean(own, tuple(one.of[0] for one in own)) for name, own in members.items()}
    six = [name for name in SIX if name in dimensions]
    return Standing(placed, dimensions, mean([dimensions[name] for name in six], tuple(six)) if six else None, left_out)


def centred(result: Result, metric: str = "", benchmark: Benchmark | None = None) -> Centred:
    """A metric (default: the headline) between chance c and the best value b; for one of which less is better, between b and 0.

        100 · (x − c) / (b − c)

    Errors: NotCentred where the metric was not measured, is undefined, or its best value is not known.
    """
    known = benchmark or known_benchmark(result)
    name = metric or known.headline
    if name not in result.metrics or not result.metrics[name].n:
        raise NotCentred(f"{result.benchmark}: {name} was not measured")
    found, best, guess = result.metrics[name], best_of(known, name, result), guess_of(known, name, result)
    if found.better == "lower":
        values = [best - value for value in (found.value, found.high, found.low)]
    else:
        values = [found.value, found.low, found.high]
    value, low, high = (100 * (one - guess) / (best - guess) for one in values)
    return Centred(value, low, high, (f"{result.benchmark}.{name}",))


def known_benchmark(result: Result) -> Benchmark:
    """The benchmark of a result. Errors: NotCentred where this program does not know it."""
    try:
        return find(result.benchmark)
    except BenchmarkError as error:
        raise NotCentred(f"{error}; its chance and best value are not known") from error


def best_of(benchmark: Benchmark, metric: str, result: Result) -> float:
    """The metric's best value (of one of which less is better: its worst): the benchmark's own word, else by its unit. Errors: NotCentred."""
    unit = result.metrics[metric].unit
    if metric in benchmark.best:
        return benchmark.best[metric]
    if told := OF.fullmatch(unit):
        return float(told[1])
    if unit not in ("%", ""):
        raise NotCentred(f"{benchmark.name}: the best value of {metric} ({unit}) is not known; add it to the benchmark's `best`")
    return 100.0 if unit == "%" else 1.0


def guess_of(benchmark: Benchmark, metric: str, result: Result) -> float:
    """What can be had without looking: chance, else the best that one and the same answer to everything earns, else 0; on a scale where more is better.

    Silence does not count: no false word is the best value of a rate of false words.
    """
    best, found = best_of(benchmark, metric, result), result.metrics[metric]
    if metric in benchmark.chance:
        guess = best - benchmark.chance[metric] if found.better == "lower" else benchmark.chance[metric]
    else:
        same = [values[metric] for said, values in benchmark.degenerate.items() if said.strip() and metric in values]
        guess = max(same, default=0.0) if found.better != "lower" else 0.0
    if guess >= best:
        raise NotCentred(f"{benchmark.name}: {metric} reaches its best value {best:g} without looking, so it separates nothing")
    return guess


def mean(scores: Sequence[Centred], of: tuple[str, ...]) -> Centred:
    """The mean of independent scores; distances to either end of the interval add up in squares.

    Source: G. Y. Zou and A. Donner, Construction of confidence limits about effect measures, 2008.
    """
    value = sum(one.value for one in scores) / len(scores)
    down, up = (math.sqrt(sum(gap * gap for gap in gaps)) / len(scores) for gaps in ([one.value - one.low for one in scores], [one.high - one.value for one in scores]))
    return Centred(value, value - down, value + up, of)
