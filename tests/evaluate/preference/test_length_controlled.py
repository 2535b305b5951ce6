"""The win rate at equal length on models whose true win rate is known."""

import numpy as np
import pytest

from veridical.evaluate.preference.length_controlled import Gamed, against, length_controlled, standardised
from veridical.evaluate.preference.logistic import fitted, logistic


def drawn(length, difficulty, model, rows=4000, seed=1):
    """Preferences without noise of a model with these coefficients, lengths and difficulties."""
    stream = np.random.default_rng(seed)
    difference, hard = stream.normal(-300, 800, rows), stream.normal(0, 1, rows)
    return logistic(length * np.tanh(standardised(difference)) + difficulty * hard + model), difference, hard


def test_a_model_that_wins_by_length_alone_wins_half_at_equal_length():
    preference, difference, hard = drawn(-2.0, 0.0, 0.0)
    assert preference.mean() > 0.58
    assert 100 * length_controlled(preference, difference, hard).predicted.mean() == pytest.approx(50, abs=0.3)


def test_the_coefficients_that_made_the_data_are_found():
    found = length_controlled(*drawn(-1.5, 0.7, 0.4)).coefficients
    assert found == pytest.approx({"length": -1.5, "difficulty": 0.7, "model": 0.4}, abs=0.02)


def test_an_instruction_without_preference_is_predicted_and_not_fitted():
    preference, difference, hard = drawn(-1.0, 1.0, 0.2)
    preference[hard > 1] = np.nan
    found = length_controlled(preference, difference, hard)
    assert len(found.predicted) == len(preference) and found.coefficients["difficulty"] == pytest.approx(1.0, abs=0.03)
    # hard ones are preferred more often: leaving them out of the mean would lower it
    assert found.predicted.mean() > found.predicted[np.isfinite(preference)].mean() + 0.02


def test_gamed_baselines_pin_what_length_does():
    preference, difference, hard = drawn(0.0, 0.0, 0.3, rows=60)
    s = np.linspace(-2, 2, 20_000)
    gamed = Gamed(s, np.zeros(20_000), logistic(-3.0 * np.tanh(s)))
    assert length_controlled(preference, difference, hard, gamed).coefficients["length"] < -2
    assert abs(length_controlled(preference, difference, hard).coefficients["length"]) < 0.1


def test_the_fit_is_near_the_plain_weighted_one():
    # the published simplification: without a penalty the number is the same within a few hundredths
    stream = np.random.default_rng(9)
    preference, difference, hard = drawn(-1.2, 0.5, -0.3, rows=805)
    preference = np.clip(preference + stream.normal(0, 0.2, 805), 0, 1)
    x = np.stack([np.tanh(standardised(difference)), hard, np.ones(805)], 1)
    b = fitted(x, preference).coefficients
    assert 100 * length_controlled(preference, difference, hard).predicted.mean() == pytest.approx(100 * logistic(b[1] * hard + b[2]).mean(), abs=0.1)


def test_influence_is_what_leaving_an_instruction_out_does():
    stream = np.random.default_rng(3)
    preference, difference, hard = drawn(-1.0, 0.5, 0.0, rows=400)
    preference = (stream.random(400) < preference).astype(float)
    found = length_controlled(preference, difference, hard)
    mean = found.predicted.mean()
    assert found.influence.mean() == pytest.approx(mean)
    places = np.argsort(found.influence)[[0, 1, 60, 200, 340, 398, 399]]
    # with lengths standardised as before, and without a penalty, whose strength may jump from one level to the next
    x, means = np.stack([np.tanh(standardised(difference)), hard, np.ones(400)], 1), []
    for left_out in (None, *places):
        kept = np.arange(400) != left_out
        b = fitted(x[kept], preference[kept]).coefficients
        means.append(logistic(b[1] * hard[kept] + b[2]).mean())
    assert (means[0] - np.array(means[1:])) * 399 == pytest.approx(found.influence[places] - mean, abs=0.05)
    # the published standard error holds the fit fixed, and is much smaller
    assert found.predicted.std() < 0.5 * found.influence.std()


def test_two_models_are_compared_by_their_coefficients():
    one, other = {"model": 1.0, "difficulty": 0.5, "length": 9.0}, {"model": 0.0, "difficulty": 0.5, "length": -9.0}
    assert against(one, other, np.array([-1.0, 0.0, 5.0])) == pytest.approx(1 / (1 + np.exp(-1)))
    assert against(one, one, np.array([1.0])) == 0.5


def test_nothing_judged_is_an_error_and_everything_won_is_a_number():
    with pytest.raises(ValueError, match="no instruction has a preference"):
        length_controlled(np.array([np.nan]), np.array([1.0]))
    assert length_controlled(np.ones(50), np.arange(50.0)).predicted.min() > 0.99
