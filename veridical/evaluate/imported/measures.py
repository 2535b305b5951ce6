"""What the rows of an imported result still tell: which of the harness's numbers are means of them, and how those change between two models."""

from __future__ import annotations

import math
from collections.abc import Sequence

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention
from veridical.evaluate.benchmarks import find
from veridical.evaluate.blind import SUFFIX
from veridical.evaluate.imported.known import LMMS, VLM
from veridical.evaluate.labels import each, labels_of
from veridical.evaluate.measure import Measure, per_row, percent, quotient
from veridical.grade.grade import Grade
from veridical.records.record import Record
from veridical.records.result import Result, Row

HARNESSES = (LMMS, VLM)
"""Conventions of imported results."""
SCORE = "score:"
"""Before the name of a number in the counts of the rows whose mean it is."""
TIMES = "times:"
"""Before the name of a number in which the row counts several times."""
MOST = 60
"""Kinds of one sort that are counted apart; a label of more kinds is a name."""


def known_benchmark(result: Result) -> Benchmark | None:
    """The benchmark of a result, also of one whose questions were asked without pictures; for an imported one, with the measures that its rows
    still give. None where this program does not know it.
    """
    try:
        ours = find(result.benchmark.removesuffix(SUFFIX))
    except BenchmarkError:
        ours = None
    return imported(result, ours) if result.convention in HARNESSES else ours


def imported(result: Result, ours: Benchmark | None) -> Benchmark:
    """A benchmark that counts as the harness did, as far as its rows tell; nothing can be asked or graded with it."""
    rule = Convention(grade=lambda data, records: ungraded, measures=measures(result), follows=f"{result.convention}'s own numbers")
    headline = ours.headline if ours and ours.headline in result.metrics else next(iter(result.metrics), "")
    return Benchmark(
        name=result.benchmark, paper=ours.paper if ours else "", dimension=result.dimension, files=(), published=result.convention, license="", load=lambda path, root: [],
        conventions={result.convention: rule}, headline=headline, chance=ours.chance if ours else {}, shape=ours.shape if ours else "",
        note=f"Imported from {result.convention}, which asked, graded and counted.",
    )  # fmt: skip


def ungraded(record: Record, response: str) -> Grade:
    """An imported benchmark grades nothing."""
    return Grade(None, None, "imported: the harness graded")


def measures(result: Result) -> tuple[Measure, ...]:
    """Means of the rows that make up a number, and the share of right rows of each kind of question."""
    names = [name for name in result.metrics if any(f"{SCORE}{name}" in row.counts for row in result.rows)]
    return (*(of_number(name, result.metrics[name].unit, result.metrics[name].better) for name in names), *of_kinds(result.rows))


def of_number(name: str, unit: str, better: str) -> Measure:
    """The mean of the rows' scores under one name; a share where the unit is percent."""

    def count(row: Row) -> tuple[float, float] | None:
        times = row.counts.get(f"{TIMES}{name}", 1.0)
        return (times * row.counts[f"{SCORE}{name}"], times) if f"{SCORE}{name}" in row.counts else None

    share = unit == "%"
    return Measure(name, per_row(count, 2), lambda sums: (percent if share else quotient)(sums[..., 0], sums[..., 1]), better, unit, proportion=share)


def of_kinds(rows: Sequence[Row]) -> tuple[Measure, ...]:
    """Accuracy of each kind of question, where rows are scored; called "category.count"."""
    sorts = dict.fromkeys(name.removeprefix("label:").partition("=")[0] for row in rows for name in row.counts if name.startswith("label:"))
    found: list[Measure] = []
    for sort in sorts:
        texts = sorted({text for row in rows if row.value is not None for text in labels_of(row, sort)})
        found += each(sort, texts) if 1 < len(texts) <= MOST else ()
    return tuple(found)


def is_mean(value: float, scores: Sequence[float], times: Sequence[float]) -> bool:
    """Whether a printed number, a share or percent, is the mean of scores that count so many times, up to rounding at the fourth digit."""
    if not scores:
        return False
    found = sum(score * often for score, often in zip(scores, times)) / sum(times)
    return any(math.isclose(scale * found, value, rel_tol=0, abs_tol=1e-4 * scale) for scale in (1, 100))
