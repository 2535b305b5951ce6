"""Pass, fail, undecided."""

import pytest

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.gating.shift import Shift
from veridical.evaluate.gating.verdict import Margins, Outcome, judge


def lost(points: float, error: float, dimension: str = "general", benchmark: str = "") -> Shift:
    """A benchmark on which the candidate lies so many points away."""
    return Shift(benchmark or dimension, dimension, "accuracy", 50, 50 + points, points, error, 100, 1000, 5)


def outcome(*shifts: Shift, **margins) -> Outcome:
    """Of these shifts."""
    return judge(shifts, Margins(**margins)).outcome


def test_a_loss_of_the_margin_is_excluded_or_a_loss_is_shown_or_neither():
    # 1.645 errors to either side: of 0.6 they are 0.99
    assert outcome(lost(-1.0, 0.6)) is Outcome.PASS
    assert outcome(lost(-1.02, 0.6)) is Outcome.FAIL
    assert outcome(lost(-0.5, 1.0)) is Outcome.UNDECIDED
    # a loss that is shown, and shown to be less than the margin
    assert outcome(lost(-1.0, 0.1)) is Outcome.PASS
    assert outcome(lost(-1.0, 0.1), every=1.0) is Outcome.FAIL
    assert outcome(lost(-1.0, 0.1), of={"general": 3.0}, every=0.5) is Outcome.PASS


def test_one_dimension_fails_the_whole_and_one_that_is_not_known_keeps_it_open():
    good, bad, open_ = lost(0, 0.1, "general"), lost(-5, 0.5, "text"), lost(0, 5, "safety")
    assert outcome(good, bad) is Outcome.FAIL and outcome(good, open_) is Outcome.UNDECIDED and outcome(bad, open_) is Outcome.FAIL
    assert [one.outcome for one in judge([good, bad, open_], Margins()).dimensions] == [Outcome.PASS, Outcome.FAIL, Outcome.UNDECIDED]


def test_a_dimension_with_a_margin_of_its_own_must_have_been_measured():
    assert outcome(lost(0, 0.1, "general"), of={"text": 1.0}) is Outcome.UNDECIDED and outcome(lost(0, 0.1, "text"), of={"text": 1.0}) is Outcome.PASS
    assert judge([lost(-9, 0.1, "general")], Margins(of={"text": 1.0})).outcome is Outcome.FAIL


def test_among_several_dimensions_a_loss_must_be_clearer():
    # p 0.03 alone; the smallest of four, times four
    assert outcome(lost(-1.88, 1.0)) is Outcome.FAIL
    assert outcome(lost(-1.88, 1.0), *(lost(0.0, 1.0, name) for name in ("text", "safety", "reward"))) is Outcome.UNDECIDED


def test_a_dimension_is_the_mean_of_its_benchmarks():
    found = judge([lost(-4, 0.6, benchmark="a"), lost(0, 0.8, benchmark="b")], Margins()).dimensions[0]
    assert found.points == -2.0 and found.high - found.low == pytest.approx(2 * 1.6448536 * 0.5)
    # 1.6449 + 0.8416 errors are seen; 200 questions see 1.243, a margin of 2 needs (1.243 / 2)^2 of them
    assert found.sees == pytest.approx(2.4865 * 0.5, abs=1e-3) and found.needed == 78


def test_benchmarks_that_tell_the_two_apart_are_named_with_holms_correction():
    found = judge([lost(-3, 1, benchmark="a"), lost(1, 1, benchmark="b"), lost(0, 1, benchmark="c")], Margins())
    assert found.separates["a"] == pytest.approx(3 * 0.0026998, abs=1e-5) and found.separates["b"] > 0.3 and found.separates["c"] == 1.0


WRONG = [({"margins": 1}, "did you mean 'margin'"), ({"margin.txt": 1}, "margin.text"), ({"margin": -1}, "expected points"), ({"level": 5}, "between 0 and 1"), ({"margin": "two"}, "expected points")]


@pytest.mark.parametrize(("given", "said"), WRONG)
def test_a_wrong_setting_says_what_there_is(given, said):
    with pytest.raises(BenchmarkError, match=said):
        Margins.read(given, ["general", "text"])


def test_settings_are_margins_of_every_and_of_single_dimensions():
    margins = Margins.read({"margin": 3, "margin.text": 0.5, "level": 0.01}, ["general", "text"])
    assert (margins.margin("general"), margins.margin("text"), margins.level, margins.power) == (3.0, 0.5, 0.01, 0.8)


def test_without_a_benchmark_in_common_there_is_no_verdict():
    with pytest.raises(BenchmarkError, match="no benchmark in common"):
        judge([], Margins())
