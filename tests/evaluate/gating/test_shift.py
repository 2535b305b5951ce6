"""How far a candidate lies from a base, from a part of the questions."""

import math
from itertools import combinations

import numpy as np
import pytest
from graded_rows import row

from veridical.evaluate.benchmarks import find
from veridical.evaluate.benchmarks.general.mme import PERCEPTION
from veridical.evaluate.gating.shift import shift
from veridical.evaluate.gating.subset import Chosen, Stratum
from veridical.evaluate.gating.units import adds_up, headline, slope, unit_of
from veridical.evaluate.measure import Measure, accuracy, measured
from veridical.evaluate.statistics import NotComparable
from veridical.records.result import Result


def result(benchmark: str, rows: list, **changes) -> Result:
    """A result with every metric of its official convention."""
    one = find(benchmark)
    metrics = measured(rows, one.conventions["official"].measures, 10)
    return Result(**{"benchmark": benchmark, "dimension": one.dimension, "data": "d", "rows": tuple(rows), "metrics": metrics, **changes})


def right(values: str, benchmark: str = "mmstar", **changes) -> Result:
    """A result of "110": right, right, wrong."""
    return result(benchmark, [row(f"q{place}", float(value), gold="A", answer="A" if value == "1" else "B") for place, value in enumerate(values)], **changes)


def part(size_and_records: list[tuple[int, list[int]]], unit: str = "record", **changes) -> Chosen:
    """A chosen part by places of questions."""
    strata = tuple(Stratum(size=size, records=tuple(f"q{place}" for place in places)) for size, places in size_and_records)
    return Chosen(convention="official", data="d", unit=unit, strata=strata, **changes)


def test_of_all_questions_the_shift_is_the_difference_and_its_error_that_of_pairs():
    base, candidate = right("1" * 80 + "0" * 20), right("1" * 74 + "0" * 6 + "1" * 2 + "0" * 18)
    found = shift(base, candidate)
    assert (found.base, found.candidate, found.points) == (80.0, 76.0, pytest.approx(-4.0))
    assert (found.asked, found.of, found.changed) == (100, 100, 8)
    # effects are -1 six times, +1 twice, 0 else: n/(n-1) * sum of squares about the mean
    assert found.error == pytest.approx(math.sqrt(100 / 99 * (8 - 100 * 0.04**2)))


def test_all_parts_together_give_the_truth():
    base, candidate = right("110110"), right("101100")
    chosen = [part([(3, [0, *two[:1]]), (3, [3, *two[1:]])]) for two in ([1, 4],)]
    assert shift(base, candidate, part([(3, [0, 1, 2]), (3, [3, 4, 5])])).points == pytest.approx(-100 / 6)
    every = [shift(base, candidate, part([(4, list(four)), (2, [4, 5])])).points for four in combinations(range(4), 2)]
    assert np.mean(every) == pytest.approx(-100 / 6) and len(set(every)) > 1
    assert shift(base, candidate, chosen[0]).asked == 4


def test_what_the_base_answered_elsewhere_adds_no_error():
    base = right("1" * 50 + "0" * 50)
    same = shift(base, base, part([(100, [0, 1, 2, 60])]))
    # three of four asked are right, and the estimate still is that of all questions; only the change that was not seen is allowed for: one, of weight 25
    assert (same.base, same.candidate, same.points, same.changed) == (50.0, 50.0, 0.0, 0)
    assert same.error == pytest.approx(25.0)


def test_a_base_that_was_asked_only_the_part_is_weighed_too():
    chosen = part([(30, [0, 1]), (10, [2, 3])])
    found = shift(right("1101"), right("0101"), chosen)
    # 15 for each of the first two, 5 for each of the others: 35 of 40 before, 20 after
    assert (found.base, found.candidate, found.of) == (pytest.approx(87.5), pytest.approx(50.0), 40)


def test_questions_of_a_picture_move_together():
    alone = [row(f"q{place}", float(place < 8), gold="A", answer="A") for place in range(40)]
    pictured = [one.replace(group=f"p{place // 4}") for place, one in enumerate(alone)]
    none = lambda rows: result("mmstar", [one.replace(value=0.0) for one in rows])  # noqa: E731
    single, together = (shift(result("mmstar", rows), none(rows)) for rows in (alone, pictured))
    # 8 losses of 2.5 points: apart 64 of them (8 questions, each alone), together 2 pictures of 4
    assert together.error > 1.7 * single.error and together.points == single.points == -20.0


def test_less_hallucination_is_more_points():
    base, candidate = (result("chair", [row(f"q{place}", mentions=4, hallucinated=bad, objects=1, hit=1, words=9, mentioned=4) for place in range(20)]) for bad in (2, 1))
    assert "chair_i" in base.metrics
    found = shift(base, candidate)
    assert (found.base, found.candidate, found.points) == (50.0, 25.0, 25.0)


def test_a_metric_that_needs_all_questions_of_a_picture_is_drawn_by_pictures():
    mme = find("mme")
    rows = [row(f"{task}/{place // 2}/{place % 2}", float(place % 3 > 0), gold="yes", answer="yes", group=f"{task}{place // 2}") for task in PERCEPTION for place in range(40)]
    filled = result("mme", rows)
    measure = headline(mme, filled)
    assert filled.metrics["perception"].n
    assert not adds_up(measure, rows, "record") and unit_of(measure, rows) == "picture"
    assert unit_of(headline(find("mmstar"), right("110")), right("1101").rows) == "record"


def test_what_cannot_be_paired_says_what_to_do():
    base = right("110")
    for other, chosen, said in (
        (right("110", data="other"), None, "name the subset"),
        (right("11"), part([(3, [0, 2])]), "the candidate did not answer record q2"),
        (right("110", settings={"judge": "b"}), None, "judge"),
        (result("mmstar", [row(f"q{place}", 1.0, gold="C", answer="C") for place in range(3)]), None, "another truth"),
    ):
        with pytest.raises(NotComparable, match=said):
            shift(base, other, chosen)
    assert shift(base, right("110", settings={"subset": "a", "size": 3})).points == 0.0


def test_a_metric_that_is_rounded_still_moves():
    rounded = Measure("rounded", accuracy().tally, lambda sums: np.round(100 * sums[..., 0] / sums[..., 1], 1))
    # 100 / 1,000 points for one right answer more, and 50 / 1,000 fewer for one question more
    assert slope(rounded, np.array([500.0, 1000.0])) == pytest.approx([0.1, -0.05], rel=0.02)
