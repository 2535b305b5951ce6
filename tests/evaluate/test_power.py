"""How many rows are needed."""

import numpy as np
import pytest

from veridical.evaluate.power import needed, reach, rows_by_error, rows_paired, rows_unpaired
from veridical.evaluate.statistics import Change
from veridical.evaluate.uncertainty import mcnemar
from veridical.records.result import Metric, Result


def test_rows_by_hand():
    # z(0.975) + z(0.8) = 1.959964 + 0.841621
    assert reach() == pytest.approx(2.801585, abs=1e-6)
    # every row changed, all in one direction but those that cancel: (1.959964 * 1 + 0.841621 * sqrt(1 - 0.25))^2 / 0.25
    assert rows_paired(50, 1.0) == 29
    # 2 points of a half: 2.801585^2 / 0.0004 * (0.25 + 0.2496)
    assert rows_unpaired(2, 50) == 9804
    # an error of 1 point on 100 rows, 2 points to be seen: 100 * (2.801585 / 2)^2
    assert rows_by_error(2, 1.0, 100) == 197 and rows_by_error(2, 0.5, 100) == 50


def test_so_many_rows_see_the_difference_four_times_in_five():
    rng, rows = np.random.default_rng(0), rows_paired(5, 0.1)
    fixed = rng.binomial(rows, 0.075, 800)
    broke = rng.binomial(rows - fixed, 0.025 / 0.925)
    seen = np.mean([mcnemar(int(one), int(other)) < 0.05 for one, other in zip(fixed, broke, strict=True)])
    assert 0.74 < seen < 0.86


def test_pairing_saves_rows_where_few_answers_change():
    assert rows_paired(2, 0.05) < rows_unpaired(2, 80) / 4
    with pytest.raises(ValueError, match="at least that share"):
        rows_paired(5, 0.02)


def test_a_change_between_results_says_what_it_needs():
    # half-widths of 1.96 points: errors of 1 for each model, sqrt(2) for their difference without pairing, 0.5 with it, on 400 rows
    before, after = (Result(benchmark="b", metrics={"accuracy": Metric(value=50, low=50 - 1.959964, high=50 + 1.959964, n=400)}) for _ in range(2))
    found = needed(before, after, "accuracy", Change(50, 50, 0, -0.979982, 0.979982, 1, "", 400))
    assert (found.paired, found.unpaired) == (197, 1570)
