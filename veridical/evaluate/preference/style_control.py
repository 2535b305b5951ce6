"""Arena-Hard's win rate with style held equal: Bradley and Terry's model with four more columns, in the ways of both published scorers.

    logit P(model beats baseline) = rating of the model − rating of the baseline + β · z        z: differences of style, standardised
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from veridical.evaluate.preference.logistic import Fit, fitted, logistic

TEN = math.log(10)


class Games(NamedTuple):
    """Games of models against one baseline; equal games may be one line with a weight."""

    model: Sequence[str]
    points: np.ndarray
    """[N]: what the model earned, in [0, 1]."""
    weight: np.ndarray
    """[N]."""
    style: np.ndarray
    """[N, 4]: differences, model less baseline."""


class Scores(NamedTuple):
    """Every model's probability to beat the baseline at equal style."""

    win: dict[str, float]
    style: np.ndarray
    """[4]: what each difference adds to the log-odds, by its standard deviation."""
    influence: dict[str, np.ndarray]
    """Of each model's log-odds, [N]."""


def models_of(games: Games) -> list[str]:
    """Whose scores there are."""
    return sorted(set(games.model))


def standard(games: Games, freedom: int) -> np.ndarray:
    """[N, 4]: the differences less their mean, over their standard deviation, each line as often as it weighs. A difference that never differs is 0."""
    total = games.weight.sum()
    centred = games.style - games.weight @ games.style / total
    spread = np.sqrt(games.weight @ centred**2 / (total - freedom))
    return centred / np.where(spread > 0, spread, 1.0)


def one_hot(games: Games) -> np.ndarray:
    """[N, M]: 1 in the model's column."""
    return (np.array(games.model)[:, None] == np.array(models_of(games))).astype(float)


def first_scorer(games: Games) -> Scores:
    """The scores of version 0.1 with style: a penalty |b|² / 2 on every coefficient, the baseline's too, in units in which 10 times the odds are 1, each game twice.

    Follows: lmarena/arena-hard-auto at e4248e0, utils_math.py.
    """
    own = one_hot(games) * TEN
    fit = fitted(np.concatenate([own, -own.sum(1, keepdims=True), standard(games, 0)], 1), games.points, 2 * games.weight, penalty=1.0)
    count = own.shape[1]
    return scores(games, fit, lambda values: TEN * (values[..., :count] - values[..., count : count + 1]), count + 1)


def second_scorer(games: Games) -> Scores:
    """The scores of version 2 with style, without a penalty. Columns are named, not counted, so that one of them may be left out.

    Follows: lmarena/arena-hard-auto at 196f6b8, show_result.py and utils/math_utils.py. Differs: the program prints the median over 100 draws of the games;
    this is the fit to all of them, about which the draws scatter.
    """
    return scores(games, fitted(design(games), games.points, games.weight), lambda values: values[..., : len(models_of(games))], len(models_of(games)))


def design(games: Games) -> np.ndarray:
    """[N, M + K]: models, and those differences of style that differ."""
    return np.concatenate([one_hot(games), differing(standard(games, 1))], 1)


def differing(columns: np.ndarray) -> np.ndarray:
    """The columns that are not 0 everywhere: the others teach nothing, and a fit without a penalty is not unique with them."""
    return columns[:, np.any(columns != 0, 0)]


def scores(games: Games, fit: Fit, odds: Callable[[np.ndarray], np.ndarray], styles: int) -> Scores:
    """The scores of a fit; `odds` gives the models' log-odds of coefficients, of which those of style begin at `styles`."""
    values, moves = odds(fit.coefficients), odds(fit.influence)
    names = models_of(games)
    win = {name: float(logistic(values[place])) for place, name in enumerate(names)}
    return Scores(win, fit.coefficients[styles:], {name: moves[:, place] for place, name in enumerate(names)})


def rounds(games: Games, count: int = 100, seed: int = 42) -> dict[str, np.ndarray]:
    """Each model's win probabilities in `count` draws of games with replacement, as the second program draws them; it prints their median, 5 and 95 percentiles.

    Each draw is fitted to the end; `stopped_early.published_rounds` stops where the program stops. Differences are standardised once, before the draws.
    """
    matrix = design(games)
    fits = np.stack([fitted(matrix, games.points, weight).coefficients for weight in drawn_weights(games, count, seed)])
    return {name: logistic(fits[:, place]) for place, name in enumerate(models_of(games))}


def drawn_weights(games: Games, count: int, seed: int) -> Iterator[np.ndarray]:
    """How often each line was drawn, for every draw; a line of weight 3 is three games. The program itself sets no seed."""
    single = np.repeat(np.arange(len(games.points)), games.weight.round().astype(int))
    for places in np.random.RandomState(seed).randint(0, len(single), (count, len(single))):
        yield np.bincount(single[places], minlength=len(games.points)).astype(float)
