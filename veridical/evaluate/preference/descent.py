"""The descent of liblinear to the minimum of a logistic loss with an L1 penalty, and its stopping short of it.

    |b|₁ + sum w · (−y log p − (1 − y) log(1 − p)),      p = 1 / (1 + e^(−b·x))

Source: Yuan, Ho and Lin, An improved GLMNET for L1-regularized logistic regression, JMLR 13, 2012. Differs from the paper as liblinear in scikit-learn 1.5 does:
coordinates are shuffled with its generator and seed. A soft outcome is a row with outcome 1 and a row with outcome 0 there; here it is one row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

NEWTON_STEPS = 100
SWEEPS = 1000
HALVINGS = 20
RIDGE = 1e-12
DECREASE = 0.01
SMALLEST, LARGEST = 1e-12, 10.0
"""Moves of one coordinate."""
TOLERANCE = 1e-4


@dataclass
class Problem:
    """Rows, and where the descent is. Life cycle: of one descent."""

    x: np.ndarray
    """[N, K]."""
    y: np.ndarray
    w: np.ndarray
    b: np.ndarray
    count: int
    """Rows with an outcome of 0 or 1 that the weights stand for."""

    @property
    def gradient(self) -> np.ndarray:
        """Of the loss, without the penalty, [K]."""
        return -(self.x.T @ (self.w / (1 + self.odds))) + self.x.T @ (self.w * (1 - self.y))

    @property
    def odds(self) -> np.ndarray:
        """e^(b·x), [N]."""
        return np.exp(self.x @ self.b)

    @property
    def bend(self) -> np.ndarray:
        """w · p · (1 − p), [N]."""
        odds = self.odds
        return self.w * odds / (1 + odds) ** 2


def descended(features: np.ndarray, outcomes: np.ndarray, weights: np.ndarray, seed: int) -> np.ndarray:
    """The coefficients at which the descent stops, [K]: where violations have shrunk to a small part of those at 0; `seed` shuffles the coordinates."""
    up, down = int(np.count_nonzero(weights * outcomes)), int(np.count_nonzero(weights * (1 - outcomes)))
    problem = Problem(np.asarray(features, dtype=float), np.asarray(outcomes, dtype=float), np.asarray(weights, dtype=float), np.zeros(features.shape[1]), up + down)
    enough, inner, first, largest = TOLERANCE * max(min(up, down), 1) / max(up + down, 1), 1.0, 0.0, np.inf
    draw, order = shuffles(seed), list(range(len(problem.b)))
    for step in range(NEWTON_STEPS):
        slope = problem.gradient
        active, violations = looked_over(problem, slope, order, largest)
        first = first if step else sum(violations)
        if sum(violations) <= enough * first:
            break
        moved, sweeps = parabola(problem, slope, order, active, inner * first, draw)
        problem.b = accepted(problem, slope, moved)
        inner *= 0.25 if sweeps == 1 else 1.0
        largest = max(violations, default=0.0)
    return problem.b


def shuffles(seed: int) -> Iterator[int]:
    """32-bit numbers of the Mersenne twister."""
    stream = np.random.RandomState(seed)
    while True:
        yield from (int(each) for each in stream.randint(0, 2**32, 1024, dtype=np.uint32))


def below(limit: int, draw: Iterator[int]) -> int:
    """A number below a limit, without bias (D. Lemire, 2019)."""
    product = next(draw) * limit
    if product % 2**32 < limit:
        while product % 2**32 < (2**32 - limit) % limit:
            product = next(draw) * limit
    return product >> 32


def violation(value: float, slope: float) -> float:
    """By how much a coefficient is from where it may rest."""
    if value == 0:
        return max(-(slope + 1), slope - 1, 0.0)
    return abs(slope + 1) if value > 0 else abs(slope - 1)


def rests(value: float, slope: float, margin: float) -> bool:
    """Whether a coefficient of 0 is left alone for now: its slope is well within the penalty's."""
    return value == 0 and violation(value, slope) == 0 and slope + 1 > margin and slope - 1 < -margin


def looked_over(problem: Problem, slope: np.ndarray, order: list[int], largest: float) -> tuple[int, list[float]]:
    """(how many coefficients in front of `order` are to be moved, their violations); those that rest go behind them."""
    active, place, found = len(order), 0, []
    while place < active:
        column = order[place]
        if rests(problem.b[column], slope[column], largest / problem.count):
            active -= 1
            order[place], order[active] = order[active], order[place]
            continue
        found.append(violation(problem.b[column], slope[column]))
        place += 1
    return active, found


def parabola(problem: Problem, slope: np.ndarray, order: list[int], active: int, enough: float, draw: Iterator[int]) -> tuple[np.ndarray, int]:
    """(the minimum of the parabola at b with the penalty, by one coefficient after the other, sweeps that it took)."""
    curved = (problem.x * problem.bend[:, None]).T @ problem.x
    z, size, largest = problem.b.copy(), active, np.inf
    for sweep in range(1, SWEEPS + 1):
        for place in range(size):
            other = place + below(size - place, draw)
            order[other], order[place] = order[place], order[other]
        size, violations = swept(problem, slope, curved, z, order, size, largest)
        if sum(violations) > enough:
            largest = max(violations, default=0.0)
        elif size == active:
            return z, sweep
        else:
            size, largest = active, np.inf
    return z, SWEEPS


def swept(problem: Problem, slope: np.ndarray, curved: np.ndarray, z: np.ndarray, order: list[int], size: int, largest: float) -> tuple[int, list[float]]:
    """Move each coefficient of z once, in order; (how many are still to be moved, their violations)."""
    place, found = 0, []
    while place < size:
        column = order[place]
        steep = slope[column] + (z[column] - problem.b[column]) * RIDGE + curved[column] @ (z - problem.b)
        if rests(z[column], steep, largest / problem.count):
            size -= 1
            order[place], order[size] = order[size], order[place]
            continue
        found.append(violation(z[column], steep))
        move = least(z[column], steep, curved[column, column] + RIDGE)
        if abs(move) >= SMALLEST:
            z[column] += min(max(move, -LARGEST), LARGEST)
        place += 1
    return size, found


def least(value: float, slope: float, bend: float) -> float:
    """The move to the minimum of slope · d + bend · d² / 2 + |value + d|."""
    if slope + 1 < bend * value:
        return -(slope + 1) / bend
    return -(slope - 1) / bend if slope - 1 > bend * value else -value


def accepted(problem: Problem, slope: np.ndarray, z: np.ndarray) -> np.ndarray:
    """z, drawn nearer to b by halves until the objective falls enough; b where it never does."""
    norm, across = float(np.abs(problem.b).sum()), problem.x @ (z - problem.b)
    gain = float(slope @ (z - problem.b)) + float(np.abs(z).sum()) - norm
    below_zero, odds = float((problem.w * (1 - problem.y)) @ across), problem.odds
    for _ in range(HALVINGS):
        raised = np.exp(across)
        change = float(np.abs(z).sum()) - norm + below_zero - DECREASE * gain + float(problem.w @ np.log((1 + odds * raised) / (raised + odds * raised)))
        if change <= 0:
            return z
        z, gain, below_zero, across = (problem.b + z) / 2, gain / 2, below_zero / 2, across / 2
    return problem.b
