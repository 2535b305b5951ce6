"""Measures of a benchmark by hand arithmetic."""

import pytest

from veridical.evaluate.preference.quality import agreement, pair_rank_brier, separability

OURS = {"a": (0, 1), "b": (2, 3), "c": (2.5, 4)}


def test_two_of_three_pairs_do_not_overlap():
    assert separability(OURS) == pytest.approx(2 / 3)


def test_agreement_counts_against_who_is_sure_and_wrong():
    # a-b both tell apart and agree (+1), a-c the people see the other way round (-1), b-c cannot be told (0)
    assert agreement(OURS, {"a": (5, 6), "b": (7, 8), "c": (1, 2)}) == pytest.approx(0.0)
    assert agreement(OURS, OURS) == pytest.approx(2 / 3)


def test_brier_of_a_coin_and_of_the_truth():
    assert pair_rank_brier({"a": [1, 2, 3], "b": [1, 2, 3]}, {"a": 1, "b": 2}) == pytest.approx(0.25)
    assert pair_rank_brier({"a": [1, 1], "b": [2, 2]}, {"a": 1, "b": 2}) == 0.0
    assert pair_rank_brier({"a": [3, 3], "b": [2, 2]}, {"a": 1, "b": 2}) == 1.0
