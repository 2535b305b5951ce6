"""How far judges agree beyond chance: Cohen's, Fleiss' and Krippendorff's measures, Kendall's for rankings, and raw shares beside them.

Kappa is low at high raw agreement where labels are skewed, so both are always given together with the number of things judged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from math import sqrt
from typing import Any

from veridical.records.record import Frozen, Record

Unit = Mapping[str, Any]
"""One thing that was judged: annotator to value."""
Distance = Callable[[Any, Any], float]


class Agreement(Frozen):
    """What several annotators say on one scale."""

    scale: str
    units: int
    """Things that at least two of them judged."""
    annotators: int
    raw: float
    """Share of equal values among all pairs of judgements of one thing."""
    alpha: float | None
    """Krippendorff's, by the order of values where they are numbers."""
    two: dict[str, tuple[float | None, int]]
    """Cohen's kappa (quadratic where values are numbers) of every two, with what both judged."""


def cohen(ours: Sequence[Hashable], theirs: Sequence[Hashable], weighted: bool = False) -> float | None:
    """Kappa of two annotators' values of the same things.

        kappa = 1 - Σ w·observed / Σ w·expected,    w = [i ≠ j], or (i - j)² of numbers (`weighted`)

    Without weights it is (observed - expected) / (1 - expected) agreement. None where nothing is shared or nothing varies:
    then agreement cannot be told from habit.
    """
    total = len(ours)
    if not total or total != len(theirs):
        return None
    distance = interval if weighted else nominal
    mine, their = Counter(ours), Counter(theirs)
    observed = sum(distance(one, other) for one, other in zip(ours, theirs, strict=True)) / total
    expected = sum(mine[one] * their[other] * distance(one, other) for one in mine for other in their) / total**2
    return None if not expected else 1 - observed / expected


def fleiss(counts: Sequence[Mapping[Hashable, int]]) -> float | None:
    """Kappa of things that were each judged by the same number of annotators, from how many gave each value.

        P_i = (Σ_j n_ij² - n) / (n (n - 1)),    P_e = Σ_j p_j²,    kappa = (mean P_i - P_e) / (1 - P_e)

    Errors: ValueError where numbers of judgements differ (use `krippendorff`). None where nothing varies.
    """
    sizes = {sum(one.values()) for one in counts}
    if len(sizes) != 1 or min(sizes) < 2:
        raise ValueError(f"fleiss needs the same number of judgements, at least 2, of each thing; found {sorted(sizes)}. krippendorff takes any number")
    n, totals = sizes.pop(), Counter()
    for one in counts:
        totals.update(one)
    inside = sum((sum(count**2 for count in one.values()) - n) / (n * (n - 1)) for one in counts) / len(counts)
    chance = sum((count / (n * len(counts))) ** 2 for count in totals.values())
    return None if chance == 1 else (inside - chance) / (1 - chance)


def nominal(one: Hashable, other: Hashable) -> float:
    """Distance of labels: 0 or 1."""
    return float(one != other)


def interval(one: float, other: float) -> float:
    """Distance of marks: squared."""
    return float(one - other) ** 2


def ordinal(values: Mapping[Any, int]) -> Distance:
    """Distance of ranks by how many values lie between them: (Σ n_g from one to other - (n_one + n_other) / 2)²."""

    def distance(one: Any, other: Any) -> float:
        """Of two values that occur."""
        low, high = sorted((one, other))
        return 0.0 if low == high else (sum(count for value, count in values.items() if low <= value <= high) - (values[low] + values[high]) / 2) ** 2

    return distance


def krippendorff(units: Sequence[Unit], distance: Distance = nominal) -> float | None:
    """Alpha over the units that at least two annotators judged; any number of them, with gaps.

        alpha = 1 - (n - 1) Σ_units Σ_pairs d / (m_unit - 1) / Σ_all_pairs d

    with n values in all such units; pairs are ordered. None where there are none, or all values are the same.
    """
    shared = [list(unit.values()) for unit in units if len(unit) > 1]
    values = Counter(value for unit in shared for value in unit)
    within = sum(2 * sum(distance(one, other) for one, other in combinations(unit, 2)) / (len(unit) - 1) for unit in shared)
    across = sum(2 * values[one] * values[other] * distance(one, other) for one, other in combinations(values, 2))
    return None if not across else 1 - (sum(values.values()) - 1) * within / across


def by_order(units: Sequence[Unit]) -> float | None:
    """Krippendorff's alpha for values that have an order."""
    return krippendorff(units, ordinal(Counter(value for unit in units if len(unit) > 1 for value in unit.values())))


def kendall(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """Tau-b of two rankings of the same things, ties allowed.

        tau = (concordant - discordant) / √((pairs - ties in ours) (pairs - ties in theirs))
    """
    pairs = list(combinations(zip(ours, theirs, strict=True), 2))
    signs = [(sign(one[0] - other[0]), sign(one[1] - other[1])) for one, other in pairs]
    untied = [sum(value[side] != 0 for value in signs) for side in (0, 1)]
    return None if not all(untied) else sum(one * other for one, other in signs) / sqrt(untied[0] * untied[1])


def sign(value: float) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def raw_agreement(units: Iterable[Unit]) -> float:
    """Share of equal values among all pairs of judgements of one thing; 0 where no two judged the same."""
    pairs = [one == other for unit in units for one, other in combinations(unit.values(), 2)]
    return sum(pairs) / len(pairs) if pairs else 0.0


def agreement_on(scale: str, units: Sequence[Unit]) -> Agreement:
    """Everything about one scale."""
    shared = [unit for unit in units if len(unit) > 1]
    people = sorted({person for unit in shared for person in unit})
    numbers = all(isinstance(value, (int, float)) for unit in shared for value in unit.values())
    two = {}
    for one, other in combinations(people, 2):
        both = [(unit[one], unit[other]) for unit in shared if one in unit and other in unit]
        if both:
            two[f"{one} and {other}"] = (cohen([first for first, _ in both], [second for _, second in both], numbers), len(both))
    return Agreement(scale=scale, units=len(shared), annotators=len(people), raw=raw_agreement(shared), alpha=by_order(shared) if numbers else krippendorff(shared), two=two)


def agreements(records: Sequence[Record]) -> tuple[Agreement, ...]:
    """Agreement on every aspect that several annotators (people or judges) rated of the same responses."""
    scales: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        for response in record.responses:
            units: dict[str, dict[str, Any]] = defaultdict(dict)
            for aspect in response.aspects:
                if aspect.score is not None or aspect.raw:
                    units[aspect.name][aspect.annotator or "unnamed"] = aspect.raw if aspect.score is None else aspect.score
            for name, unit in units.items():
                scales[name].append(unit)
    found = (agreement_on(name, units) for name, units in scales.items())
    return tuple(one for one in found if one.units)
