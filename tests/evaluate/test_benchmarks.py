"""What every benchmark must have, and how the table of them is made."""

import pytest

from veridical.evaluate.benchmark import Benchmark, BenchmarkError
from veridical.evaluate.benchmarks import benchmarks, find


@pytest.mark.parametrize("name", benchmarks())
def test_a_benchmark_says_where_it_comes_from_and_what_it_needs(name):
    one = find(name)
    assert one.name == name and one.paper and one.published and one.license and one.files
    assert all(file.name in one.how_to_get for file in one.files)
    assert "official" in one.conventions


@pytest.mark.parametrize("name", benchmarks())
def test_metric_names_are_unique_and_the_headline_is_one_of_them(name):
    for convention in find(name).conventions.values():
        names = [measure.name for measure in convention.measures]
        assert len(names) == len(set(names))
    official = {measure.name for measure in find(name).convention("official").measures}
    assert {find(name).headline, *find(name).beside, *find(name).chance} <= official
    assert {metric for values in find(name).degenerate.values() for metric in values} <= official


@pytest.mark.parametrize("name", benchmarks())
def test_every_measure_of_no_rows_is_empty(name):
    for convention in find(name).conventions.values():
        assert all(len(measure.tally([]).sums) == 0 for measure in convention.measures)


def test_a_wrong_name_gets_the_nearest():
    with pytest.raises(BenchmarkError, match="did you mean 'pope'"):
        find("popee")
    with pytest.raises(BenchmarkError, match="unknown convention 'vml'; there are official, vlm, lmms"):
        find("pope").convention("vml")


def test_ones_own_benchmark_is_named_by_module_and_value():
    assert isinstance(find("veridical.evaluate.benchmarks.hallucination.pope:pope"), Benchmark)
    with pytest.raises(BenchmarkError, match="expected a Benchmark"):
        find("json:loads")
    with pytest.raises(BenchmarkError, match="cannot be imported"):
        find("nowhere:x")


YES = ("yes_ratio", "no_ratio")
SPOKEN = ("caption", "rubric judge", "open answer", "pairwise judge")
"""Shapes whose responses are sentences: a hallucination less may be a sentence less."""


@pytest.mark.parametrize("name", benchmarks())
def test_a_yes_ratio_stands_beside_yes_or_no_and_a_length_beside_hallucination(name):
    one = find(name)
    if "yes/no" in one.shape:
        assert set(YES) & set(one.beside), "who always says yes must be seen"
    if one.dimension == "hallucination" and any(shape in one.shape for shape in SPOKEN):
        assert {"words", "characters"} & set(one.beside), "who says little must be seen"
