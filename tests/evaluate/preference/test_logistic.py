"""The regression against fits that can be done by hand."""

import numpy as np
import pytest

from veridical.evaluate.preference.descent import below, descended
from veridical.evaluate.preference.logistic import NoFit, fitted
from veridical.evaluate.preference.sparse import SEEDS, folds, sparse


def test_a_column_of_ones_gets_the_log_odds_of_the_weighted_mean():
    # (3·1 + 1·0.5) / 4 = 0.875, odds 7
    fit = fitted(np.ones((2, 1)), np.array([1.0, 0.5]), np.array([3.0, 1.0]))
    assert fit.coefficients == pytest.approx([np.log(7)])


def test_influence_is_what_one_more_copy_of_a_row_does():
    stream = np.random.default_rng(1)
    x, y = stream.normal(size=(300, 3)), stream.random(300)
    fit = fitted(x, y)
    weights = np.ones(300)
    weights[17] = 1.001
    assert (fitted(x, y, weights).coefficients - fit.coefficients) / 0.001 == pytest.approx(fit.influence[17], rel=1e-2)


def test_a_penalty_holds_what_would_be_infinite():
    x, y = np.ones((4, 1)), np.ones(4)
    with pytest.raises(NoFit, match="somebody won, or lost, everything"):
        fitted(x, y)
    b = fitted(x, y, penalty=1.0).coefficients[0]
    # where the slope of b²/2 is that of the loss: b = 4 · (1 − p)
    assert b == pytest.approx(4 / (1 + np.exp(b)))


def test_columns_that_are_alike_have_no_single_fit():
    with pytest.raises(NoFit, match="depend on each other"):
        fitted(np.ones((4, 2)), np.array([1, 0, 1, 1.0]))


def test_a_strong_l1_penalty_leaves_nothing_and_a_weak_one_the_plain_fit():
    stream = np.random.default_rng(2)
    x, y, w = stream.normal(size=(400, 3)), stream.random(400), stream.random(400)
    assert sparse(x, y, w, 1e-4).coefficients == pytest.approx([0, 0, 0])
    assert sparse(x, y, w, 1e4).coefficients == pytest.approx(fitted(x, y, w).coefficients, abs=1e-3)


def test_the_descent_stops_where_no_coefficient_wants_to_move():
    stream = np.random.default_rng(3)
    x, y = stream.normal(size=(500, 2)), stream.random(500)
    b = descended(x, y, np.full(500, 0.3), seed=5)
    slope = x.T @ (0.3 * (1 / (1 + np.exp(-x @ b)) - y))
    for value, each in zip(b, slope):
        # the penalty's slope is 1: it balances the loss's, or outweighs it at 0
        assert abs(each) <= 1 + 1e-3 if value == 0 else each == pytest.approx(-np.sign(value), abs=0.02)


def test_the_descent_ends_where_liblinear_ends():
    # scikit-learn 1.5.2: LogisticRegression(penalty="l1", solver="liblinear", C=0.7, fit_intercept=False, random_state=123) on these rows
    stream = np.random.RandomState(6)
    x = np.round(stream.normal(size=(80, 6)), 2)
    y = (stream.rand(80) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    printed = [1.4162990724995084, 0.20395229062256565, -0.49541234861344874, -0.31955934820878634, -0.3707644183690315, 0.015044353222248353]
    assert descended(x, y, np.full(80, 0.7), SEEDS[0]) == pytest.approx(printed, abs=1e-9)


def test_shuffling_numbers_are_below_their_limit_and_even():
    numbers = iter(np.random.default_rng(4).integers(0, 2**32, 4000).tolist())
    counts = np.bincount([below(3, numbers) for _ in range(3000)], minlength=3)
    assert len(counts) == 3 and counts.min() > 900


def test_folds_are_dealt_from_the_last_row_on():
    assert folds(7).tolist() == [1, 0, 4, 3, 2, 1, 0]
