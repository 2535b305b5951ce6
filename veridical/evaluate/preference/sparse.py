"""Logistic regression with an L1 penalty whose strength is chosen on held-out rows: the fit behind AlpacaEval's length-controlled win rate.

Two strengths often foretell held-out rows equally well to seven digits, and then what decides between them, by up to 0.03 points of the win rate, is where the
descent stops. So it goes the way of the program's, draw by draw, and stops where that stops.
"""

from __future__ import annotations

import numpy as np

from veridical.evaluate.preference.descent import descended
from veridical.evaluate.preference.logistic import Fit, curvature, logistic

STRENGTHS = tuple(float(each) for each in np.logspace(-4, 4, 10))
"""What the data weigh against the penalty: the published candidates."""
FOLDS = 5
CLIP = 1e-15
SEEDS = tuple(int(each) for each in np.random.RandomState(123).randint(np.iinfo(np.int32).max, size=len(STRENGTHS)))
"""Of the descents of one fold, one for each strength; the final fit takes the first."""


def chosen(features: np.ndarray, outcomes: np.ndarray, weights: np.ndarray) -> Fit:
    """The fit with the strength whose fits to four fifths of the rows foretell the other fifth best, the first of equals; with the last strength below five rows.

        score = − mean over folds of the mean over their rows of w · (−y log p − (1 − y) log(1 − p))

    Follows: scikit-learn 1.5, LogisticRegressionCV with GroupKFold(5) over rows, as alpaca_eval 0.6.6 calls it.
    """
    if len(outcomes) < FOLDS:
        return sparse(features, outcomes, weights, STRENGTHS[-1])
    fold = folds(len(outcomes))
    scores = np.zeros((FOLDS, len(STRENGTHS)))
    for number in range(FOLDS):
        held = fold == number
        for place, (strength, seed) in enumerate(zip(STRENGTHS, SEEDS)):
            scores[number, place] = score(features[held], outcomes[held], weights[held], descended(features[~held], outcomes[~held], strength * weights[~held], seed))
    return sparse(features, outcomes, weights, STRENGTHS[int(np.argmax(scores.mean(0)))])


def folds(rows: int) -> np.ndarray:
    """The fold of each row, dealt out in turn from the last row on.

    scikit-learn sorts rows of equal weight first; numpy 2.4 leaves equal numbers in their order, older ones shuffle them on some processors, which moves what
    alpaca_eval prints by up to 0.03 points.
    """
    return np.arange(rows)[::-1] % FOLDS


def score(features: np.ndarray, outcomes: np.ndarray, weights: np.ndarray, coefficients: np.ndarray) -> float:
    """How well coefficients foretell rows: higher is better."""
    p = np.clip(logistic(features @ coefficients), CLIP, 1 - CLIP)
    return float(np.mean(weights * (outcomes * np.log(p) + (1 - outcomes) * np.log(1 - p))))


def sparse(features: np.ndarray, outcomes: np.ndarray, weights: np.ndarray, strength: float) -> Fit:
    """The fit of one strength, and by how much one more copy of a row moves those coefficients that are not 0, to first order."""
    b = descended(features, outcomes, strength * weights, SEEDS[0])
    used = b != 0
    moves = np.zeros(features.shape)
    if used.any():
        residual = weights * (outcomes - logistic(features @ b))
        moves[:, used] = residual[:, None] * features[:, used] @ np.linalg.pinv(curvature(features[:, used], weights, b[used], 0.0))
    return Fit(b, moves)
