"""Arena-Hard's second scorer with style as its program fits it: the descent is stopped after 50 short steps, before it has arrived.

On made judgments the printed probabilities lie up to 0.3 points nearer to 50 than those of the finished fit (`style_control.rounds`). Kept to reproduce printed tables.

Follows: lmarena/arena-hard-auto at 196f6b8, utils/math_utils.py.
"""

from __future__ import annotations

import numpy as np

from veridical.evaluate.preference.logistic import logistic
from veridical.evaluate.preference.style_control import Games, drawn_weights, models_of, one_hot, standard

STEPS = 50
RATE = 0.1
START = 0.5
TOLERANCE = 1e-9


def published_rounds(games: Games, count: int = 100, seed: int = 42) -> dict[str, np.ndarray]:
    """Each model's win probabilities in `count` draws of games; median, 5 and 95 percentiles are what is printed. The baseline has a column of its own."""
    own = one_hot(games)
    matrix = np.concatenate([own, -own.sum(1, keepdims=True), standard(games, 1)], 1)
    fits = np.stack([descended(matrix, games.points, weight) for weight in drawn_weights(games, count, seed)])
    baseline = fits[:, own.shape[1]]
    return {name: logistic(fits[:, place] - baseline) for place, name in enumerate(models_of(games))}


def descended(features: np.ndarray, outcomes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Coefficients after the program's steps, [K]."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    x, y, w = (torch.tensor(each, dtype=torch.float32) for each in (features, outcomes, weights))
    coefficients = torch.full((x.shape[1],), START, requires_grad=True)
    descent = torch.optim.LBFGS([coefficients], lr=RATE, max_iter=STEPS, tolerance_grad=TOLERANCE, tolerance_change=TOLERANCE)

    def loss() -> float:
        descent.zero_grad()
        value = binary_cross_entropy_with_logits(x @ coefficients, y, weight=w, reduction="sum")
        value.backward()
        return value

    descent.step(loss)
    return coefficients.detach().double().numpy()
