"""What kind of question a row is (its subject, its level, its subtask): kept as facts of the record, and counted by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from veridical.evaluate.measure import Measure, Tally, accuracy, cluster, quotient, where
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Record
from veridical.records.result import Row

MARK = "label:"
"""Before the kind of a fact that is a label, and before the name of its count in a graded row."""


def facts_of(labels: Mapping[str, str | Iterable[str]]) -> list[tuple[str, str]]:
    """Labels as (kind, text) of facts: {"subject": "algebra", "skill": ("a", "b")}."""
    return [(f"{MARK}{kind}", text) for kind, found in labels.items() for text in ([found] if isinstance(found, str) else found) if text]


def labelled(grader: Grader) -> Grader:
    """The grader; the record's labels join the counts, so that measures can tell rows apart."""

    def grade(record: Record, response: str) -> Grade:
        found = grader(record, response)
        return Grade(found.value, found.answer, found.why, {**found.counts, **counts_of(record)}, found.wrong)

    return grade


def counts_of(record: Record) -> dict[str, float]:
    """The record's labels as counts of its grade."""
    return {f"{one.kind}={one.text}": 1.0 for one in record.facts if one.kind.startswith(MARK)}


def by_label(grader: Grader) -> Callable[[Path, Sequence[Record]], Grader]:
    """A convention's grade for a grader without settings whose rows are counted by label."""
    return lambda data, records: labelled(grader)


def is_labelled(row: Row, kind: str, text: str) -> bool:
    """Whether a row has a label."""
    return f"{MARK}{kind}={text}" in row.counts


def labels_of(row: Row, kind: str) -> list[str]:
    """A row's labels of one kind."""
    start = f"{MARK}{kind}="
    return [name[len(start) :] for name in row.counts if name.startswith(start)]


def each(kind: str, texts: Iterable[str], measure: Measure | None = None) -> tuple[Measure, ...]:
    """The measure (accuracy) over the rows of each label, called "kind.text"."""
    chosen = measure or accuracy()
    return tuple(where(chosen, lambda row, text=text: is_labelled(row, kind, text), f"{kind}.{text}") for text in texts)


def macro(name: str, kind: str, holds: Callable[[Row], bool] = lambda row: True) -> Measure:
    """The unweighted mean over the labels of a kind, whichever there are, of the share of rows that earned 1; rows that are not scored have no part."""

    def tally(rows: Sequence[Row]) -> Tally:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            for text in labels_of(row, kind) if row.value is not None and holds(row) else ():
                groups[text].append(row)
        lines = [(cluster(row), place, row.value) for place, text in enumerate(sorted(groups)) for row in groups[text]]
        sums = np.zeros((len(lines), 2 * len(groups)))
        for line, (_, place, value) in enumerate(lines):
            sums[line, 2 * place : 2 * place + 2] = value, 1.0
        return Tally(tuple(group for group, _, _ in lines), sums)

    def averaged(sums: np.ndarray) -> np.ndarray:
        pairs = np.asarray(sums).reshape(*np.shape(sums)[:-1], -1, 2)
        means = quotient(pairs[..., 0], pairs[..., 1])
        found = np.isfinite(means)
        return 100 * quotient(np.where(found, means, 0).sum(-1), found.sum(-1))

    return Measure(name, tally, averaged)
