"""The gate's rates of error on models whose difference is known, made of numbers alone."""

import numpy as np
import pytest
from gate import Suite, answers, suites, trials

from veridical.evaluate.measure import accuracy

QUESTIONS, MODELS, PAIRS = 8000, 8, 120
LIMIT = 10.0


def suite() -> Suite:
    """Eight equal models and a weaker one: of six questions one is hard (right in 70 of 100), the others are not (995 of 1,000); the last model is always wrong."""
    rng = np.random.default_rng(3)
    hard = rng.random(QUESTIONS) < 1 / 6
    chance = np.where(hard, 0.7, 0.995) - np.array([0.0] * MODELS + [0.08])[:, None]
    right = np.concatenate([rng.random((MODELS + 1, QUESTIONS)) < chance, np.zeros((1, QUESTIONS), dtype=bool)])
    return Suite(accuracy(), 1.0, np.stack([right.astype(float), np.ones_like(right, dtype=float)], -1), np.arange(QUESTIONS) // 5)


def test_a_tenth_of_the_questions_seldom_fails_an_equal_model_and_mostly_one_that_lost_two_points():
    found = trials([suite()], [0.0] * MODELS + [0.5, 1.0], PAIRS)
    for way in ("chosen", "uniform"):
        # at most 5 of 100 are wrong either way; the limit lies two and a half standard errors beyond, for so few pairs
        assert found[f"no loss, {way}"]["fail"][0] <= LIMIT and found[f"2 points lost, {way}"]["pass"][0] <= LIMIT and found[f"2 points lost, elsewhere, {way}"]["pass"][0] <= LIMIT
    # where earlier models tell what is hard, the same number of questions sees more; where they do not, it is no worse
    chosen, uniform = ([found[f"{condition}, {way}"]["root mean square error"] for condition in ("no loss", "2 points lost", "2 points lost, elsewhere")] for way in ("chosen", "uniform"))
    assert chosen[0] < 0.85 * uniform[0] and max(np.divide(chosen, uniform)) < 1.05
    assert found["2 points lost, chosen"]["fail"][0] > found["2 points lost, uniform"]["fail"][0] and found["2 points lost, chosen"]["fail"][0] > 65
    assert all(abs(one["bias"]) < 3 * one["root mean square error"] / np.sqrt(PAIRS) for one in found.values())


@pytest.mark.slow
def test_world_models_that_differ_by_nothing_or_by_two_points_are_told_apart(tmp_path):
    answers(tmp_path, 150, (0.1, 0.15, 0.25, 0.1, 0.15, 0.05), lambda line: None)
    noise, found = suites(tmp_path)
    rates = trials(found, noise, PAIRS, 0.3)
    assert rates["no loss, chosen"]["fail"][0] <= LIMIT and rates["2 points lost, chosen"]["pass"][0] <= LIMIT
    assert rates["2 points lost, chosen"]["fail"][0] >= 80 - LIMIT
    assert rates["no loss, chosen"]["root mean square error"] < rates["no loss, uniform"]["root mean square error"]
