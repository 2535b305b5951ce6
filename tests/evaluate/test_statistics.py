"""What changed between two results."""

import random

import pytest
from graded_rows import row

from veridical.evaluate.benchmark import Benchmark, Convention
from veridical.evaluate.measure import accuracy, f1, measured, precision, ratio
from veridical.evaluate.statistics import NotComparable, compare
from veridical.records.result import Result

PLAIN = Benchmark("plain", "", "test", (), "", "", lambda data, root: [], {"official": Convention(lambda data, records: None, (accuracy(), f1("yes"), precision("yes"), ratio("bad", "bad", "all", "lower")))}, "accuracy")


def result(rows, **changes) -> Result:
    """A result of `PLAIN`."""
    return Result(**{"benchmark": "plain", "rows": tuple(rows), "settings": {"judge": "a"}, "data": "d", **changes})


def answered(right: list[bool], group=lambda number: "") -> list:
    """Rows whose truth is yes."""
    return [row(str(number), float(held), gold="yes", answer="yes" if held else "no", group=group(number)) for number, held in enumerate(right)]


def test_rows_that_stand_alone_are_tested_with_mcnemar():
    before = result(answered([True] * 10 + [False] * 6 + [True]))
    after = result(answered([True] * 10 + [True] * 5 + [False] * 2))
    change = compare(before, after, PLAIN)["accuracy"]
    # of 6 rows that changed 5 became right: p = 14/64
    assert (change.test, change.p, change.n) == ("McNemar, exact", pytest.approx(14 / 64), 17)
    assert change.difference == pytest.approx(100 * 4 / 17) and change.low < change.difference < change.high


def test_rows_of_one_picture_are_tested_with_the_paired_bootstrap():
    draw = random.Random(1)
    before = [draw.random() < 0.5 for _ in range(300)]
    after = [held or draw.random() < 0.3 for held in before]
    change = compare(result(answered(before, lambda n: str(n // 3))), result(answered(after, lambda n: str(n // 3))), PLAIN)["accuracy"]
    assert change.test == "paired bootstrap (10000, 100 clusters)"
    assert change.p < 0.001 and 0 < change.low < change.difference < change.high


def test_identical_results_have_no_change_and_p_1():
    rows = answered([True, False, True, True], lambda n: str(n // 2))
    for change in compare(result(rows), result(rows), PLAIN).values():
        assert (change.difference, change.low, change.high, change.p, change.adjusted) == (0.0, 0.0, 0.0, 1.0, 1.0)


def test_noise_alone_is_rarely_called_a_change():
    draw, alarms = random.Random(2), 0
    for _ in range(60):
        before, after = ([draw.random() < 0.7 for _ in range(120)] for _ in range(2))
        change = compare(result(answered(before, lambda n: str(n // 2))), result(answered(after, lambda n: str(n // 2))), PLAIN, resamples=500)["accuracy"]
        alarms += change.p < 0.05
        assert (change.p < 0.05) == (not change.low <= 0 <= change.high) or abs(change.p - 0.05) < 0.02
    assert alarms <= 9


def test_a_change_is_the_difference_of_the_two_metrics():
    draw = random.Random(3)
    rows = [[row(str(number), group=str(number // 4), bad=draw.randrange(3), all=3) for number in range(80)] for _ in range(2)]
    change = compare(result(rows[0]), result(rows[1]), PLAIN)["bad"]
    first, second = (measured(one, [ratio("bad", "bad", "all", "lower")])["bad"].value for one in rows)
    assert (change.before, change.after, change.difference) == pytest.approx((first, second, second - first))
    assert change.better == "lower"


def test_the_order_of_the_rows_changes_nothing():
    before, after = answered([True, False] * 8, lambda n: str(n // 4)), answered([True, True, False, True] * 4, lambda n: str(n // 4))
    assert compare(result(before), result(after), PLAIN) == compare(result(before), result(after[::-1]), PLAIN)


def test_the_smallest_p_is_multiplied_by_the_number_of_metrics():
    changes = compare(result(answered([False] * 12)), result(answered([True] * 12)), PLAIN)
    smallest = min(changes.values(), key=lambda change: change.p)
    assert len(changes) == 2 and smallest.adjusted == pytest.approx(2 * smallest.p)


def test_a_metric_that_is_undefined_on_one_side_is_left_out():
    changes = compare(result(answered([False] * 5)), result(answered([True] * 5)), PLAIN)
    assert "precision" not in changes and "accuracy" in changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"benchmark": "other"}, "different benchmarks"),
        ({"convention": "vlm"}, "different conventions"),
        ({"data": "e"}, "different data"),
        ({"settings": {"judge": "b"}}, "judge: 'a' and 'b'"),
        ({"settings": {}}, "judge: 'a' and 'not said'"),
    ],
)
def test_results_made_differently_are_refused(changes, message):
    rows = answered([True])
    with pytest.raises(NotComparable, match=message):
        compare(result(rows), result(rows, **changes), PLAIN)


def test_a_setting_may_differ_when_it_is_named():
    rows = answered([True, False])
    assert compare(result(rows), result(rows, settings={"judge": "b"}), PLAIN, may_differ=["judge"])["accuracy"].p == 1.0


def test_missing_extra_repeated_and_changed_records_are_named():
    rows = answered([True, True, False])
    for other, message in ((rows[:2], "2 only before, none only after"), ([*rows, row("9", 1.0)], "none only before, 9 only after"), ([*rows, rows[0]], "graded more than once: 0")):
        with pytest.raises(NotComparable, match=message):
            compare(result(rows), result(other), PLAIN)
    with pytest.raises(NotComparable, match="record 0: the truth is 'yes'"):
        compare(result(rows), result([rows[0].replace(gold="no"), *rows[1:]]), PLAIN)
