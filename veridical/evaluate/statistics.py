"""What changed between two results of one benchmark: paired by record, drawn by picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from veridical.evaluate.benchmark import Benchmark
from veridical.evaluate.benchmarks import find
from veridical.evaluate.measure import Measure, Tally, by_cluster, cluster, single_trials
from veridical.evaluate.uncertainty import RESAMPLES, SEED, holm, mcnemar, percentiles, resampled, two_sided
from veridical.records.result import Result, Row

WHEREABOUTS = ("judge_url", "judge_key", "judge_cache", "judge_at_once")
"""Settings that say where a judge is and how fast it is asked, not which one it is."""


@dataclass(frozen=True)
class Change:
    """One metric, before and after."""

    before: float
    after: float
    difference: float
    """after − before, in the metric's unit."""
    low: float
    """The difference's 95% interval."""
    high: float
    p: float
    """Of the hypothesis that nothing changed."""
    test: str
    n: int
    """Rows that both results have."""
    adjusted: float = 1.0
    """p after Holm's correction for the number of metrics compared."""
    better: str = ""
    unit: str = "%"


class NotComparable(ValueError):
    """Two results that must not be compared; the message says what differs."""


def compare(before: Result, after: Result, benchmark: Benchmark | None = None, may_differ: Collection[str] = (), resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Change]:
    """Every metric that both results define, by name, with the paired interval and p of its change.

    Rows are paired by `record_id`; pictures are drawn with replacement, the same for both. A share of rows that stand
    alone is tested with McNemar's exact test. `may_differ` names settings that may differ. `benchmark` is looked up
    by the result's name when it is not given. Errors: NotComparable.
    """
    rows_before, rows_after = paired(before, after, may_differ)
    measures = (benchmark or find(before.benchmark)).convention(before.convention).measures
    names = sorted({cluster(row) for row in rows_before})
    tallies = [(one, one.tally(rows_before), one.tally(rows_after)) for one in measures]
    tallies = [(one, first, second) for one, first, second in tallies if len(first.sums) and len(second.sums)]
    sums = [np.concatenate([by_cluster(first, names), by_cluster(second, names)], axis=1) for _, first, second in tallies]
    if not sums:
        return {}
    cuts = np.cumsum([one.shape[1] for one in sums])[:-1]
    drawn = [np.split(piece, cuts, axis=-1) for piece in resampled(np.concatenate(sums, axis=1), resamples, seed)]
    changes = {}
    for place, (measure, first, second) in enumerate(tallies):
        found = change(measure, first, second, sums[place], [piece[place] for piece in drawn], len(rows_before))
        changes.update({measure.name: found} if found else {})
    adjusted = holm({name: one.p for name, one in changes.items()})
    return {name: replace(one, adjusted=adjusted[name]) for name, one in changes.items()}


def change(measure: Measure, first: Tally, second: Tally, sums: np.ndarray, drawn: Sequence[np.ndarray], n: int) -> Change | None:
    """The change of one measure; None where it is undefined before or after."""
    width = sums.shape[1] // 2
    before, after = (float(measure.value(half)) for half in np.split(sums.sum(0), 2))
    if not np.isfinite(before) or not np.isfinite(after):
        return None
    differences = np.concatenate([measure.value(piece[:, width:]) - measure.value(piece[:, :width]) for piece in drawn])
    low, high = percentiles(differences)
    p, test = two_sided(differences), f"paired bootstrap ({len(differences)}, {len(sums)} clusters)"
    if paired_trials(measure, first, second):
        gained = second.sums[:, 0] - first.sums[:, 0]
        p, test = mcnemar(int((gained > 0).sum()), int((gained < 0).sum())), "McNemar, exact"
    return Change(before, after, after - before, low, high, p, test, n, better=measure.better, unit=measure.unit)


def paired_trials(measure: Measure, first: Tally, second: Tally) -> bool:
    """Whether the same single rows are right or wrong in both."""
    same = first.clusters == second.clusters and np.array_equal(first.sums[:, -1], second.sums[:, -1])
    return same and single_trials(measure, first) and single_trials(measure, second)


def paired(before: Result, after: Result, may_differ: Collection[str] = ()) -> tuple[list[Row], list[Row]]:
    """Rows of both in the order of the first. Errors: NotComparable where benchmark, convention, data, settings or records differ."""
    for name, what in (("benchmark", "benchmarks"), ("convention", "conventions"), ("data", "data")):
        if getattr(before, name) != getattr(after, name):
            raise NotComparable(f"results of different {what} cannot be compared: {getattr(before, name)!r} and {getattr(after, name)!r}; score both on the same one")
    check_settings(before, after, may_differ)
    first, second = ({row.record_id: row for row in unique(result)} for result in (before, after))
    if first.keys() != second.keys():
        missing, extra = sorted(first.keys() - second.keys()), sorted(second.keys() - first.keys())
        raise NotComparable(f"the results do not hold the same records: {told(missing)} only before, {told(extra)} only after; score both on the same records")
    for name, row in first.items():
        if row.gold != second[name].gold or cluster(row) != cluster(second[name]):
            other = second[name]
            told_apart = f"{row.gold!r} ({row.group}) before and {other.gold!r} ({other.group}) after"
            raise NotComparable(f"record {name}: the truth is {told_apart}; score both on the same data")
    return list(first.values()), [second[name] for name in first]


def check_settings(before: Result, after: Result, may_differ: Collection[str]) -> None:
    """Errors: NotComparable naming the settings (judge, singularizer, max_new_tokens ...) that differ."""
    keys = sorted((before.settings.keys() | after.settings.keys()) - set(may_differ) - set(WHEREABOUTS))
    unlike = [key for key in keys if before.settings.get(key) != after.settings.get(key)]
    if unlike:
        shown = "; ".join(f"{key}: {before.settings.get(key, 'not said')!r} and {after.settings.get(key, 'not said')!r}" for key in unlike)
        raise NotComparable(f"{before.benchmark}: settings that move the number differ ({shown}); score both alike, or allow it with --may-differ {unlike[0]}")


def unique(result: Result) -> Sequence[Row]:
    """The rows. Errors: NotComparable where a record occurs twice."""
    twice = sorted(name for name, times in Counter(row.record_id for row in result.rows).items() if times > 1)
    if twice:
        raise NotComparable(f"{result.model or 'result'} on {result.benchmark}: graded more than once: {told(twice)}; score it again from its responses")
    return result.rows


def told(names: Sequence[str], most: int = 5) -> str:
    """The first few names and how many there are."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) + rest) if names else "none"
