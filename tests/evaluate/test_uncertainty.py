"""Intervals and tests against known values, hand arithmetic and simulation."""

import numpy as np
import pytest

from veridical.evaluate.uncertainty import bootstrap, holm, mcnemar, paired_bootstrap, resampled, wilson


def share(sums: np.ndarray) -> np.ndarray:
    """First column over second."""
    return sums[..., 0] / sums[..., 1]


def test_wilson_gives_the_published_interval():
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611; 15 of 148 gives 0.0624 to 0.1605
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_wilson_of_nothing_is_everything_and_it_mirrors():
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(3, 10)
    assert wilson(7, 10) == pytest.approx((1 - high, 1 - low))


def test_mcnemar_is_the_sign_test_of_the_rows_that_changed():
    # 1 of 6 changes against: 2 · (C(6,0) + C(6,1)) / 2^6 = 2 · 7 / 64
    assert mcnemar(5, 1) == mcnemar(1, 5) == pytest.approx(14 / 64)
    assert mcnemar(8, 0) == pytest.approx(2 / 256)
    assert mcnemar(4, 4) == 1.0 and mcnemar(0, 0) == 1.0


def test_holm_multiplies_the_smallest_most_and_never_reorders():
    # 0.01 · 4, then max(0.04, 0.015 · 3), then 0.03 · 2, then 0.04 · 1 raised to what came before
    assert holm({"a": 0.04, "b": 0.01, "c": 0.03, "d": 0.015}) == pytest.approx({"a": 0.06, "b": 0.04, "c": 0.06, "d": 0.045})
    assert holm({"a": 0.9, "b": 0.8}) == pytest.approx({"a": 1.0, "b": 1.0})


def test_the_same_seed_draws_the_same_clusters_and_another_one_others():
    sums = np.arange(20.0)[:, None]
    first, again, other = (np.concatenate(list(resampled(sums, 50, seed))) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_every_draw_takes_as_many_clusters_as_there_are():
    counts = np.concatenate(list(resampled(np.ones((37, 1)), 500)))
    assert (counts == 37).all()


def test_the_bootstrap_of_a_mean_has_the_textbook_width():
    # standard error of the mean of 400 draws with deviation 2 is 0.1; the interval is 1.96 standard errors to each side
    values = np.random.default_rng(3).normal(0, 2, 400)
    low, high = bootstrap(np.stack([values, np.ones(400)], 1), share)
    error = values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.01)


def test_about_95_of_100_intervals_hold_the_truth():
    rng, held = np.random.default_rng(4), 0
    for seed in range(200):
        values = rng.exponential(1.0, 150)
        low, high = bootstrap(np.stack([values, np.ones(150)], 1), share, resamples=1000, seed=seed)
        held += low <= 1.0 <= high
    assert 180 <= held <= 198


def test_rows_of_one_cluster_are_no_independent_evidence():
    # 50 pictures, each with 10 equal answers: as uncertain as 50 rows, not as 500
    hits = np.random.default_rng(5).integers(0, 2, 50).astype(float)
    single = np.stack([hits, np.ones(50)], 1)
    assert bootstrap(10 * single, share) == pytest.approx(bootstrap(single, share))
    low, high = bootstrap(np.repeat(single, 10, axis=0), share)
    clustered = bootstrap(10 * single, share)
    assert (clustered.high - clustered.low) / (high - low) == pytest.approx(np.sqrt(10), rel=0.15)


def test_identical_results_have_no_difference_and_p_1():
    sums = np.random.default_rng(6).integers(0, 5, (80, 2)).astype(float) + 1
    interval, p = paired_bootstrap(sums, sums, share)
    assert interval == (0.0, 0.0) and p == 1.0


def test_pairing_sees_a_small_change_that_unpaired_intervals_hide():
    rng = np.random.default_rng(7)
    before = np.stack([rng.normal(10, 5, 200), np.ones(200)], 1)
    after = before + np.stack([rng.normal(0.5, 0.2, 200), np.zeros(200)], 1)
    interval, p = paired_bootstrap(before, after, share)
    assert 0.4 < interval.low < 0.5 < interval.high < 0.6 and p < 0.001
    assert bootstrap(before, share).high > bootstrap(after, share).low


def test_swapping_before_and_after_turns_the_interval_around():
    rng = np.random.default_rng(8)
    before, after = (np.stack([rng.normal(mean, 1, 60), np.ones(60)], 1) for mean in (0, 0.3))
    (low, high), p = paired_bootstrap(before, after, share)
    (low_back, high_back), p_back = paired_bootstrap(after, before, share)
    assert (low_back, high_back) == pytest.approx((-high, -low)) and p == pytest.approx(p_back)
