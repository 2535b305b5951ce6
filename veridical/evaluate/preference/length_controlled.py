"""AlpacaEval's win rate at equal length: what the judge would prefer if the responses were as long as the baseline's.

A response's probability of being preferred is modelled as

    P = logistic(β_length · tanh(s) + β_difficulty · g + β_model)        s = (characters of the baseline's − of the response) / their standard deviation

and the length-controlled win rate is the mean over instructions with s = 0. The baseline itself, told to be brief and told to be verbose, joins with a
small weight and without β_model, which pins what length alone does.

Source: arXiv 2404.04475. Follows: tatsu-lab/alpaca_eval 0.6.6, metrics/glm_winrate.py. Differs: the fit is carried to its end, where liblinear stops at a loose
tolerance; the numbers agree within 0.01 points, except where two penalties foretell held-out rows equally well to seven digits and the tolerance decides between them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from veridical.evaluate.preference.logistic import logistic
from veridical.evaluate.preference.sparse import chosen

GAMED_WEIGHT = 0.1
"""0.2, divided by two gamed baselines."""


class Gamed(NamedTuple):
    """Comparisons of the brief and the verbose baseline with the baseline: one line each."""

    length: np.ndarray
    """The published standardised differences of length."""
    difficulty: np.ndarray
    preference: np.ndarray
    """Of the gamed one, in [0, 1]."""


NONE = Gamed(np.zeros(0), np.zeros(0), np.zeros(0))


class Controlled(NamedTuple):
    """The result of one model."""

    predicted: np.ndarray
    """[N]: for every instruction, the probability of being preferred at equal length; the length-controlled win rate is its mean."""
    influence: np.ndarray
    """[N]: `predicted`, with how each instruction moves the fit: of the same mean, and of the spread that refitting on other instructions has."""
    coefficients: dict[str, float]


def standardised(differences: np.ndarray) -> np.ndarray:
    """Differences over their sample standard deviation, not centred; as they are where all are equal."""
    spread = np.std(differences, ddof=1) if len(differences) > 1 else 0.0
    return np.asarray(differences, dtype=float) / (spread or 1.0)


def length_controlled(preference: np.ndarray, difference: np.ndarray, difficulty: np.ndarray | None = None, gamed: Gamed = NONE) -> Controlled:
    """The win rate at equal length, from each instruction's preference for the model in [0, 1] (nan: none), characters of the baseline's response less those of
    the model's, and difficulty (None: left out of the fit). An instruction without preference has no part in the fit, and one in the mean.

    Errors: ValueError where no instruction has a preference.
    """
    preference, ones = np.asarray(preference, dtype=float), np.ones(len(preference))
    if not np.isfinite(preference).any():
        raise ValueError("no instruction has a preference, so there is nothing to fit")
    own = {"length": np.tanh(standardised(difference)), **({} if difficulty is None else {"difficulty": np.asarray(difficulty, dtype=float)}), "model": ones}
    baseline = {"length": np.tanh(gamed.length), "difficulty": gamed.difficulty, "model": np.zeros(len(gamed.length))}
    features = np.concatenate([np.stack([each[name] for name in own], 1) for each in (baseline, own)])
    outcomes = np.concatenate([gamed.preference, preference])
    known = np.isfinite(outcomes)
    weights = np.concatenate([np.full(len(gamed.length), GAMED_WEIGHT), ones])
    fit = chosen(features[known], outcomes[known], weights[known])
    moves = np.zeros((len(known), len(own)))
    moves[known] = fit.influence
    start = len(gamed.length)
    return controlled(features[start:], moves[start:], fit.coefficients, tuple(own))


def controlled(features: np.ndarray, moves: np.ndarray, coefficients: np.ndarray, names: tuple[str, ...]) -> Controlled:
    """Predictions at equal length, and what each row adds to them through the fit."""
    level = features.copy()
    level[:, 0] = 0.0
    predicted = logistic(level @ coefficients)
    slope = (predicted * (1 - predicted)) @ level
    return Controlled(predicted, predicted + (moves - moves.mean(0)) @ slope, {name: float(value) for name, value in zip(names, coefficients)})


def against(one: dict[str, float], other: dict[str, float], difficulty: np.ndarray) -> float:
    """The length-controlled win rate of one model over another, of whom neither is the baseline, from the coefficients of both: in [0, 1]."""
    model, slope = one["model"] - other["model"], one["difficulty"] - other["difficulty"]
    return float(logistic(model + slope * np.asarray(difficulty)).mean())
