"""Ratings of battles against hand arithmetic and the identity of the star."""

import math

import numpy as np
import pytest

from veridical.evaluate.preference.bradley_terry import Battle, ratings, rounds, star, win_probability
from veridical.evaluate.preference.logistic import NoFit

# released counts of gpt-4o on WildVision-Bench: better much, better, tie, worse, much worse
GPT_4O = [Battle("gpt-4o", "sonnet", points, weight) for count, points, weight in ((255, 1, 3), (148, 1, 1), (14, 0.5, 1), (72, 0, 1), (11, 0, 3)) for _ in range(count)]


def test_released_counts_give_the_published_win_rate():
    # (3·255 + 148 + 14/2) / (3·255 + 148 + 14 + 72 + 3·11) = 920 / 1032
    assert star(GPT_4O, "sonnet")["gpt-4o"] == pytest.approx(920 / 1032)
    found = ratings(GPT_4O, "sonnet")
    assert 100 * win_probability(found["gpt-4o"], found["sonnet"]) == pytest.approx(89.15, abs=0.005)


def test_in_a_star_the_fit_is_the_weighted_mean_whatever_the_side_that_is_named_first():
    turned = [Battle(one.second, one.first, 1 - one.points, one.weight) for one in GPT_4O[::2]] + GPT_4O[1::2]
    assert star(turned, "sonnet") == pytest.approx(star(GPT_4O, "sonnet"))
    assert ratings(turned, "sonnet") == pytest.approx(ratings(GPT_4O, "sonnet"))


def test_three_who_beat_each_other_twice_of_three_times_stand_on_a_line():
    # a beats b 2:1, b beats c 2:1, a beats c 4:1: odds 2, 2 and 2·2 fit exactly; 400·log10(2) points a step
    battles = [Battle("a", "b", 2 / 3, 3), Battle("b", "c", 2 / 3, 3), Battle("a", "c", 4 / 5, 5)]
    step = 400 * math.log10(2)
    assert ratings(battles, "b") == pytest.approx({"a": 1000 + step, "b": 1000, "c": 1000 - step})


def test_who_won_everything_has_a_win_rate_and_no_rating():
    battles = [Battle("a", "b", 1), Battle("b", "c", 0.5)]
    with pytest.raises(NoFit, match="no chain of wins leads from b to a and back"):
        ratings(battles, "b")
    assert star(battles, "b") == {"a": 1.0, "c": 0.5}
    with pytest.raises(ValueError, match="b met c, neither is a"):
        star(battles, "a")


def test_draws_scatter_round_the_rating_and_a_seed_gives_the_same_again():
    battles = [Battle("m", "base", points) for points in (1, 1, 0.5, 0) * 25]
    drawn = rounds(battles, "base", count=200)["m"]
    assert np.array_equal(drawn, rounds(battles, "base", count=200)["m"])
    rating = ratings(battles, "base")["m"]
    # mean score 0.625, variance of one 0.1719: standard error 0.0415 in probability, 0.177 in log-odds, 30.7 points
    assert drawn.mean() == pytest.approx(rating, abs=8) and drawn.std() == pytest.approx(30.7, rel=0.2)
