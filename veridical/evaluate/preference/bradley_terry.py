"""Ratings from battles: Bradley and Terry's model, its fit, and how sure it is.

    P(a beats b) = 1 / (1 + 10^((rating of b − rating of a) / 400))
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from veridical.evaluate.preference.logistic import NoFit, fitted

SCALE = 400.0
ANCHOR = 1000.0
"""The rating of whom the others are compared with."""


@dataclass(frozen=True)
class Battle:
    """One comparison of two."""

    first: str
    second: str
    points: float
    """What `first` earns: 1 it won, 0 it lost, 0.5 neither."""
    weight: float = 1.0
    """How many plain battles it counts for: 3 for a clear win in Arena-Hard and WildVision."""


def ratings(battles: Sequence[Battle], anchor: str) -> dict[str, float]:
    """The ratings that make the battles likeliest, with `anchor` at 1000. A tie is half a win of each.

    Source: R. A. Bradley and M. E. Terry, 1952. Follows: lmarena/arena-hard-auto at e4248e0, utils_math.py, whose regression has no penalty.
    Errors: NoFit where somebody won, lost or met nobody, so that no finite rating is best (L. R. Ford, 1957): `star` still has the win rates.
    """
    check_connected(battles, anchor)
    columns = {name: place for place, name in enumerate(name for name in names_of(battles, anchor) if name != anchor)}
    features = np.zeros((len(battles), len(columns)))
    for row, battle in enumerate(battles):
        for name, sign in ((battle.first, 1.0), (battle.second, -1.0)):
            if name != anchor:
                features[row, columns[name]] += sign
    fit = fitted(features, np.array([battle.points for battle in battles]), np.array([battle.weight for battle in battles]))
    return {anchor: ANCHOR} | {name: ANCHOR + SCALE / math.log(10) * float(fit.coefficients[place]) for name, place in columns.items()}


def names_of(battles: Sequence[Battle], anchor: str) -> list[str]:
    """Everybody, in alphabetical order."""
    return sorted({name for battle in battles for name in (battle.first, battle.second)} | {anchor})


def check_connected(battles: Sequence[Battle], anchor: str) -> None:
    """Errors: NoFit unless from everyone a chain of wins or ties leads to everyone else."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names = names_of(battles, anchor)
    places = {name: place for place, name in enumerate(names)}
    wins = [(places[one], places[other]) for battle in battles for one, other in beaten(battle)]
    rows, columns = zip(*wins) if wins else ((), ())
    count, labels = connected_components(coo_array((np.ones(len(wins)), (rows, columns)), shape=(len(names), len(names))), connection="strong")
    if count > 1:
        apart = [name for name in names if labels[places[name]] != labels[places[anchor]]]
        raise NoFit(f"no chain of wins leads from {anchor} to {', '.join(apart)} and back (they won everything, lost everything, or never met), so no finite rating fits")


def beaten(battle: Battle) -> Iterator[tuple[str, str]]:
    """(winner, loser); both ways of a tie; nothing of a battle without weight."""
    if battle.weight and battle.points > 0:
        yield battle.first, battle.second
    if battle.weight and battle.points < 1:
        yield battle.second, battle.first


def win_probability(rating: float, other: float) -> float:
    """P(whoever has `rating` beats whoever has `other`)."""
    return 1 / (1 + 10 ** ((other - rating) / SCALE))


def star(battles: Sequence[Battle], anchor: str) -> dict[str, float]:
    """The fitted probability that each beats `anchor`, where nobody meets anybody else: the weighted mean of its points, also where no rating is finite.

        p = sum of weight · points / sum of weight

    Errors: ValueError for a battle without the anchor.
    """
    sums: dict[str, list[float]] = {}
    for battle in battles:
        if anchor not in (battle.first, battle.second):
            raise ValueError(f"{battle.first} met {battle.second}, neither is {anchor}; fit ratings instead")
        name, points = (battle.second, 1 - battle.points) if battle.first == anchor else (battle.first, battle.points)
        total = sums.setdefault(name, [0.0, 0.0])
        total[0] += battle.weight * points
        total[1] += battle.weight
    return {name: points / weight for name, (points, weight) in sums.items() if weight}


def rounds(battles: Sequence[Battle], anchor: str, count: int = 100, seed: int = 42) -> dict[str, np.ndarray]:
    """Ratings in `count` draws of the battles with replacement, drawn as the published program draws them: a battle of weight 3 is three battles.

    A draw in which somebody has no finite rating leaves that draw out. Its 2.5 and 97.5 percentiles are the published interval; they ignore that battles share prompts.
    """
    single = [Battle(one.first, one.second, one.points) for one in battles for _ in range(round(one.weight))]
    stream = np.random.RandomState(seed)
    found: dict[str, list[float]] = {}
    for _ in range(count):
        drawn = [single[place] for place in stream.choice(len(single), len(single), replace=True)]
        for name, rating in rated(drawn, anchor).items():
            found.setdefault(name, []).append(rating)
    return {name: np.array(values) for name, values in found.items()}


def rated(battles: Sequence[Battle], anchor: str) -> Mapping[str, float]:
    """Ratings, or nothing where there are none."""
    try:
        return ratings(counted(battles), anchor)
    except NoFit:
        return {}


def counted(battles: Sequence[Battle]) -> list[Battle]:
    """Equal battles as one with the sum of their weights: the fit is the same, and quick."""
    weights: dict[tuple[str, str, float], float] = {}
    for one in battles:
        key = (one.first, one.second, one.points)
        weights[key] = weights.get(key, 0.0) + one.weight
    return [Battle(first, second, points, weight) for (first, second, points), weight in weights.items()]
