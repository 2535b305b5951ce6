"""Suites name benchmarks that there are, under their own dimensions."""

import pytest

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import find as find_benchmark
from veridical.evaluate.suites import find, suites


@pytest.mark.parametrize("name", suites())
def test_every_benchmark_of_a_suite_is_known_and_stands_under_its_dimension(name):
    one = find(name)
    assert one.name == name and one.benchmarks
    written = {benchmark: dimension for dimension, found in one.sizes.items() for benchmark in found}
    assert {benchmark: find_benchmark(benchmark).dimension for benchmark in one.benchmarks} == written


def test_six_has_the_six_dimensions_and_text():
    assert set(find("six").sizes) == {"general", "hallucination", "safety", "conversation", "reward", "alignment", "text"}


def test_another_name_is_told_what_there_is():
    with pytest.raises(BenchmarkError, match="unknown suite 'seven'; there are six"):
        find("seven")
