"""How far annotators agree beyond chance: Cohen's kappa for two of them, Krippendorff's alpha for any number with gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import combinations

Unit = Mapping[str, Hashable]
"""One thing that was judged: annotator to value."""


def cohen(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> float | None:
    """Kappa of two annotators' labels of the same things.

        kappa = (observed - expected) / (1 - expected)

    None where nothing is shared, or both always say the same one thing: then agreement cannot be told from habit.
    """
    total = len(ours)
    if not total or total != len(theirs):
        return None
    observed = sum(one == other for one, other in zip(ours, theirs, strict=True)) / total
    mine, their = Counter(ours), Counter(theirs)
    expected = sum(mine[value] * their[value] for value in mine) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def nominal(one: Hashable, other: Hashable) -> float:
    """Distance of labels: 0 or 1."""
    return float(one != other)


def interval(one: float, other: float) -> float:
    """Distance of marks: squared."""
    return float(one - other) ** 2


def krippendorff(units: Sequence[Unit], distance: Callable = nominal) -> float | None:
    """Alpha over units that at least two annotators judged.

        alpha = 1 - (n - 1) · Σ_units Σ_{pairs} d / (m_unit - 1) / Σ_{all pairs} d

    with n values in all such units; pairs are ordered. None where there are none, or all values are the same.
    """
    shared = [list(unit.values()) for unit in units if len(unit) > 1]
    values = Counter(value for unit in shared for value in unit)
    total = sum(values.values())
    within = sum(2 * sum(distance(one, other) for one, other in combinations(unit, 2)) / (len(unit) - 1) for unit in shared)
    across = sum(2 * values[one] * values[other] * distance(one, other) for one, other in combinations(values, 2))
    return None if not across else 1 - (total - 1) * within / across


def kappas(units: Sequence[Unit]) -> dict[tuple[str, str], tuple[float | None, int]]:
    """Kappa, and the number of shared units, of every two annotators that share any."""
    people = sorted({person for unit in units for person in unit})
    found = {}
    for two in combinations(people, 2):
        both = [(unit[two[0]], unit[two[1]]) for unit in units if two[0] in unit and two[1] in unit]
        if both:
            found[two] = (cohen([one for one, _ in both], [other for _, other in both]), len(both))
    return found
