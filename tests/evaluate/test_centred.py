"""Scores between guessing and the best."""

import pytest

from veridical.evaluate.benchmarks import benchmarks
from veridical.evaluate.centred import NotCentred, best_of, centred, guess_of, standing
from veridical.records.result import Metric, Result


def result(benchmark: str, metric: str, value: float, low: float, high: float, *, dimension: str = "general", better: str = "higher", unit: str = "%") -> Result:
    """A result with one metric and no rows."""
    return Result(benchmark=benchmark, dimension=dimension, metrics={metric: Metric(value=value, low=low, high=high, n=100, better=better, unit=unit)})


def test_chance_is_0_and_full_marks_are_100():
    # MMStar is guessed right in 25 of 100: (62.5 - 25) / 75 is a half
    found = centred(result("mmstar", "accuracy", 62.5, 25.0, 100.0))
    assert (found.value, found.low, found.high, found.of) == (50.0, 0.0, 100.0, ("mmstar.accuracy",))
    assert centred(result("mmstar", "accuracy", 10.0, 5.0, 15.0)).value == pytest.approx(-20.0)


def test_a_rate_of_false_words_is_turned_round_with_its_interval():
    found = centred(result("chair", "chair_i", 20.0, 15.0, 30.0, better="lower"))
    assert (found.value, found.low, found.high) == (80.0, 70.0, 85.0)


def test_saying_yes_to_everything_is_worth_nothing():
    # always yes: recall 1, precision 1/2, F1 2/3
    assert centred(result("pope", "f1", 200 / 3, 60.0, 70.0)).value == pytest.approx(0.0)
    assert centred(result("pope", "f1", 250 / 3, 80.0, 86.0)).value == pytest.approx(50.0)


def test_units_and_benchmarks_say_what_is_best():
    assert centred(result("mmhal_bench", "score", 3.0, 2.0, 4.0, unit="of 6")).value == 50.0
    # MME's perception has ten parts of 200 points; guessing earns 750
    assert centred(result("mme", "perception", 1375.0, 1300.0, 1400.0, unit="points")).value == 50.0


WITHOUT_LOOKING = {"mj_bench_bias"}
"""One and the same answer to everything earns full marks: no group is preferred."""


def test_every_benchmark_of_the_package_has_a_place_on_the_scale_but_those_that_one_answer_satisfies():
    found = set()
    for benchmark in benchmarks().values():
        for convention in benchmark.conventions.values():
            for own in (one for one in convention.measures if one.name == benchmark.headline):
                filled = result(benchmark.name, own.name, 1.0, 0.0, 2.0, better=own.better, unit=own.unit)
                try:
                    assert guess_of(benchmark, own.name, filled) < best_of(benchmark, own.name, filled)
                except NotCentred as error:
                    assert "without looking" in str(error)
                    found.add(benchmark.name)
    assert found == WITHOUT_LOOKING


def test_the_six_are_a_mean_of_dimensions_and_text_stands_beside_it():
    found = standing([
        result("mmstar", "accuracy", 62.5, 55.0, 70.0), result("mantis_eval", "accuracy", 100.0, 100.0, 100.0),
        result("chair", "chair_i", 20.0, 20.0, 20.0, dimension="hallucination", better="lower"), result("mmmu", "accuracy", 24.7, 20.0, 30.0, dimension="text"),
    ])  # fmt: skip
    assert found.dimensions["general"].value == 75.0 and found.dimensions["hallucination"].value == 80.0 and found.dimensions["text"].value == 0.0
    assert (found.six.value, found.six.of) == (77.5, ("general", "hallucination"))
    # MMStar's interval is 10 on the scale to either side; of a mean of two it is 5, of a mean of two dimensions 2.5
    assert (found.dimensions["general"].low, found.six.high) == (pytest.approx(70.0), pytest.approx(80.0))


def test_what_was_not_measured_is_left_out_with_the_reason():
    found = standing([Result(benchmark="chair", dimension="hallucination"), Result(benchmark="mystery", dimension="general")])
    assert found.six is None and not found.dimensions
    assert "chair_i was not measured" in found.left_out["chair"] and "mystery" in found.left_out["mystery"]
    with pytest.raises(NotCentred, match="best value of accuracy"):
        centred(result("mmstar", "accuracy", 3.0, 2.0, 4.0, unit="stars"))
