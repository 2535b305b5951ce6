"""Logistic regression of soft outcomes with weights, by Newton's method: what every statistic of preferences is fitted with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

STEPS = 100
TOLERANCE = 1e-10
LARGEST = 30.0
"""Beyond this much the log-odds of a row say that there is no finite fit."""


class NoFit(ValueError):
    """The data have no finite maximum of likelihood; the message says why and what to do."""


class Fit(NamedTuple):
    """A fit, and how much of it each row made."""

    coefficients: np.ndarray
    """[K]."""
    influence: np.ndarray
    """[N, K]: by how much one more copy of a row moves the coefficients, to first order."""


def logistic(values: np.ndarray) -> np.ndarray:
    """1 / (1 + e^−x), without overflow."""
    return np.exp(-np.logaddexp(0.0, -np.asarray(values, dtype=float)))


def fitted(features: np.ndarray, outcomes: np.ndarray, weights: np.ndarray | None = None, penalty: float = 0.0) -> Fit:
    """Coefficients b that minimise, over rows i with features x, outcome y in [0, 1] and weight w,

        sum wᵢ · (−yᵢ log pᵢ − (1 − yᵢ) log(1 − pᵢ)) + penalty · |b|² / 2,      pᵢ = 1 / (1 + e^(−b·xᵢ))

    There is no intercept; a column of ones is one. Errors: NoFit where the outcomes can be told apart without error, or columns depend on each other.
    """
    x, y = np.asarray(features, dtype=float), np.asarray(outcomes, dtype=float)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=float)
    b = np.zeros(x.shape[1])
    for _ in range(STEPS):
        step = newton(x, y, w, b, penalty)
        b, moved = shortened(x, y, w, b, step, penalty)
        if np.abs(moved).max(initial=0.0) < TOLERANCE * max(1.0, np.abs(b).max(initial=0.0)):
            return Fit(b, w[:, None] * (y - logistic(x @ b))[:, None] * x @ np.linalg.inv(curvature(x, w, b, penalty)))
        if not penalty and np.abs(x @ b).max(initial=0.0) > LARGEST:
            break
    raise NoFit("the outcomes are told apart without error (somebody won, or lost, everything), so no finite number fits; compare on more rows, or with a penalty")


def newton(x: np.ndarray, y: np.ndarray, w: np.ndarray, b: np.ndarray, penalty: float) -> np.ndarray:
    """The step to the minimum of the parabola at b. Errors: NoFit where there is none."""
    try:
        return np.linalg.solve(curvature(x, w, b, penalty), x.T @ (w * (y - logistic(x @ b))) - penalty * b)
    except np.linalg.LinAlgError as error:
        raise NoFit("the features depend on each other (one of them is constant, or two are alike), so no single fit is best; leave one out") from error


def curvature(x: np.ndarray, w: np.ndarray, b: np.ndarray, penalty: float) -> np.ndarray:
    """Second derivatives of the loss at b, [K, K]."""
    p = logistic(x @ b)
    return (x * (w * p * (1 - p))[:, None]).T @ x + penalty * np.eye(len(b))


def shortened(x: np.ndarray, y: np.ndarray, w: np.ndarray, b: np.ndarray, step: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """(b after the step, the step), halved until the loss does not rise."""
    before = loss(x, y, w, b, penalty)
    for _ in range(30):
        if loss(x, y, w, b + step, penalty) <= before + 1e-12 * abs(before):
            break
        step = step / 2
    return b + step, step


def loss(x: np.ndarray, y: np.ndarray, w: np.ndarray, b: np.ndarray, penalty: float) -> float:
    """What is minimised."""
    scores = x @ b
    return float(w @ (np.logaddexp(0.0, scores) - y * scores) + penalty * (b @ b) / 2)
