"""Means of means (of subsets, of sections, of languages), with weights: every row has the weight that such a mean gives it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from veridical.evaluate.labels import labels_of
from veridical.evaluate.measure import Measure, Tally, cluster, percent
from veridical.records.result import Row

Level = Callable[[Row], tuple[str, float] | None]
"""A row's group on one level with the group's weight; None: the row takes no part."""


def equal(kind: str) -> Level:
    """A level of the groups that the rows' labels of a kind name, all of one weight."""
    return lambda row: (found[0], 1.0) if (found := labels_of(row, kind)) else None


def counted(kind: str, weights: Mapping[str, float]) -> Level:
    """A level of the groups that have a weight; rows of others take no part."""
    return lambda row: (found[0], weights[found[0]]) if (found := labels_of(row, kind)) and found[0] in weights else None


def scored(row: Row) -> float | None:
    """What a row earned."""
    return row.value


def nested(name: str, levels: Sequence[Level], number: Callable[[Row], float | None] = scored, better: str = "higher") -> Measure:
    """The mean over the groups of the first level of the mean over those of the second ... of the mean over rows; groups without rows have no part.

        weight of a row = product over levels of (its group's weight / that of all its group's siblings that have rows) / rows of its last group

    The value is exact; in resamples the weights stay as they are.
    """

    def tally(rows: Sequence[Row]) -> Tally:
        known = [(row, value, path) for row in rows if (value := number(row)) is not None and (path := path_of(row, levels)) is not None]
        size, siblings = Counter(names(path) for _, _, path in known), sibling_weights([path for _, _, path in known])
        weights = [weight_of(path, siblings) / size[names(path)] for _, _, path in known]
        sums = np.array([(weight * value, weight) for weight, (_, value, _) in zip(weights, known)], dtype=float).reshape(len(known), 2)
        return Tally(tuple(cluster(row) for row, _, _ in known), sums)

    return Measure(name, tally, lambda sums: percent(sums[..., 0], sums[..., 1]), better)


Path = tuple[tuple[str, float], ...]


def path_of(row: Row, levels: Sequence[Level]) -> Path | None:
    """The row's group on each level."""
    found = tuple(level(row) for level in levels)
    return None if None in found else found


def names(path: Path) -> tuple[str, ...]:
    """The groups' names."""
    return tuple(name for name, _ in path)


def sibling_weights(paths: Sequence[Path]) -> dict[tuple[str, ...], float]:
    """By the groups above: the weights of all groups that have rows, added up."""
    found: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for path in paths:
        for depth, (name, weight) in enumerate(path):
            found[names(path[:depth])][name] = weight
    return {above: sum(groups.values()) for above, groups in found.items()}


def weight_of(path: Path, siblings: Mapping[tuple[str, ...], float]) -> float:
    """The share of a path's last group in the whole."""
    return float(np.prod([weight / siblings[names(path[:depth])] for depth, (_, weight) in enumerate(path)]))
