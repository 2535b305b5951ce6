"""Questions that say nothing about sight, or whose truth is doubtful: marked, and never asked by a chosen subset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from veridical.evaluate.benchmark import Benchmark
from veridical.records.result import Result, Row

LUCK = 0.05
"""Guessing may be right so often in all blind runs together; more, and being right without the picture proves nothing."""
WITNESSES = 3
"""Models that must agree against the truth."""


def marked(benchmark: Benchmark, seen: Sequence[Result], blind: Sequence[Result]) -> dict[str, str]:
    """Record id to what is wrong with the question, from results with the picture and results of blind runs."""
    return {**blind_solvable(benchmark, blind), **doubtful(seen)}


def blind_solvable(benchmark: Benchmark, blind: Sequence[Result]) -> dict[str, str]:
    """Questions that every blind run answers rightly, where guessing would do so in fewer than 5 of 100 (chance to the power of the number of runs)."""
    luck = max([benchmark.chance.get(name, 0.0) / 100 for name in (benchmark.headline, "accuracy")], default=0.0)
    if not blind or luck ** len(blind) > LUCK:
        return {}
    said = f"answered rightly without the picture in {len(blind)} of {len(blind)} runs"
    return {name: said for name, rows in together(blind).items() if len(rows) == len(blind) and all(row.value == 1 for row in rows)}


def doubtful(seen: Sequence[Result]) -> dict[str, str]:
    """Questions to which all of three or more models give one and the same answer that is not the truth."""
    if len(seen) < WITNESSES:
        return {}
    found = {}
    for name, rows in together(seen).items():
        answers = {row.answer for row in rows}
        if len(rows) == len(seen) and len(answers) == 1 and None not in answers and all(row.value == 0 for row in rows):
            found[name] = f"all {len(rows)} models answer {rows[0].answer!r}; the truth is said to be {rows[0].gold!r}"
    return found


def together(results: Sequence[Result]) -> Mapping[str, list[Row]]:
    """Rows of all results by record."""
    found: dict[str, list[Row]] = {}
    for row in (row for result in results for row in result.rows):
        found.setdefault(row.record_id, []).append(row)
    return found
