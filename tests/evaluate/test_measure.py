"""Metrics of few rows, by hand."""

import numpy as np
import pytest
from graded_rows import row

from veridical.evaluate.measure import accuracy, all_of, answer_ratio, combination, f1, in_parts, mean, mean_of, measured, precision, ratio, recall, share

# two right yes, one false yes, one missed yes, one right no, one unparsed (a missed no)
ROWS = [
    row("a/1", 1, gold="yes", answer="yes", group="x"),
    row("a/2", 1, gold="yes", answer="yes", group="x"),
    row("a/3", 0, gold="no", answer="yes", group="y"),
    row("b/1", 0, gold="yes", answer="no", group="y"),
    row("b/2", 1, gold="no", answer="no", group="z"),
    row("b/3", 0, gold="no", answer=None, group="z"),
]


def values(*measures, rows=ROWS) -> dict[str, float]:
    """The numbers alone."""
    return {name: one.value for name, one in measured(rows, measures, resamples=200).items()}


def test_the_confusion_counts_are_those_of_the_hand_count():
    found = values(accuracy(), precision("yes"), recall("yes"), f1("yes"), answer_ratio("yes", "yes_ratio"))
    assert found == pytest.approx({"accuracy": 50.0, "precision": 200 / 3, "recall": 200 / 3, "f1": 200 / 3, "yes_ratio": 50.0})


def test_parts_are_taken_from_the_ids_and_averaged_without_weights():
    found = values(in_parts(accuracy(), "a"), in_parts(accuracy(), "b"), in_parts(accuracy(), "c"), mean_of("both", [in_parts(accuracy(), name) for name in "abc"]), rows=ROWS[:5])
    assert found == pytest.approx({"a.accuracy": 200 / 3, "b.accuracy": 50.0, "both": (200 / 3 + 50) / 2})


def test_a_ratio_of_sums_is_no_mean_of_ratios():
    rows = [row("1", group="x", wrong_words=1, words=1), row("2", group="y", wrong_words=0, words=9), row("3", group="z")]
    assert values(ratio("rate", "wrong_words", "words", "lower"), rows=rows) == pytest.approx({"rate": 10.0})


def test_all_of_needs_every_row_of_a_group():
    assert values(all_of("pairs", lambda one: one.group)) == pytest.approx({"pairs": 100 / 3})


def test_a_combination_needs_all_its_parts():
    both = combination("sum", (in_parts(accuracy(), "a"), in_parts(recall("yes"), "b")), lambda one, other: one + other)
    assert values(both) == pytest.approx({"sum": 200 / 3 + 0.0})
    assert values(both, rows=ROWS[:3]) == {}


def test_a_ratio_without_denominator_is_shown_as_undefined():
    rows = [row(str(number), 0, gold="yes", answer="no") for number in range(4)]
    found = measured(rows, [precision("yes")], resamples=100)["precision"]
    assert (found.n, found.low, found.high) == (0, 0.0, 100.0) and "undefined" in found.method


def test_rows_that_stand_alone_have_wilsons_interval_and_rows_of_one_picture_the_bootstraps():
    alone = [row(str(number), float(number < 81), gold="yes", answer="yes") for number in range(263)]
    found = measured(alone, [accuracy()])["accuracy"]
    assert (found.method, found.n) == ("wilson", 263)
    assert (found.low, found.high) == pytest.approx((25.53, 36.62), abs=5e-3)
    grouped = [one.model_copy(update={"group": str(number // 2)}) for number, one in enumerate(alone)]
    assert measured(grouped, [accuracy()], resamples=100)["accuracy"].method == "bootstrap (100, 132 clusters)"


def test_the_interval_of_a_ratio_is_that_of_drawing_pictures_one_by_one():
    # the slow twin: draw picture names, collect their rows, count
    rng = np.random.default_rng(1)
    rows = [row(str(number), group=str(number // 3), bad=float(rng.integers(0, 3)), all=3.0) for number in range(60)]
    fast = measured(rows, [ratio("rate", "bad", "all", "lower")])["rate"]
    pictures = sorted({one.group for one in rows})
    drawn = [[one for name in rng.choice(pictures, len(pictures)) for one in rows if one.group == name] for _ in range(2000)]
    slow = np.quantile([100 * sum(one.counts["bad"] for one in few) / sum(one.counts["all"] for one in few) for few in drawn], [0.025, 0.975])
    assert (fast.low, fast.high) == pytest.approx(tuple(slow), abs=0.7)


def test_the_order_of_the_rows_changes_nothing():
    measures = (accuracy(), f1("yes"), mean_of("both", [in_parts(accuracy(), name) for name in "ab"]), all_of("pairs", lambda one: one.group))
    assert measured(ROWS, measures, resamples=300) == measured(ROWS[::-1], measures, resamples=300)


def test_a_mean_counts_only_rows_that_have_a_number():
    assert values(mean("words", lambda one: one.counts.get("words"), unit="words"), rows=[row("1", words=3), row("2", words=5), row("3")]) == {"words": 4.0}
    assert values(share("held", lambda one: None if one.answer is None else one.answer == "yes")) == {"held": 60.0}
