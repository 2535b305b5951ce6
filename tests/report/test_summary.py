"""The numbers that everything else shows."""

import json
import math

import pytest
from made_results import chair, pope, save

from veridical.evaluate.statistics import compare
from veridical.records.result import Metric
from veridical.report.folders import ReportError
from veridical.report.summary import summary, verdict


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Before and after: CHAIR improves, POPE hardly moves."""
    root = tmp_path_factory.mktemp("results")
    before = save(root / "before", chair=chair([2, 3, 2, 1] * 10), pope=pope([True, False, True, True] * 10))
    after = save(root / "after", chair=chair([0, 1, 1, 0] * 10), pope=pope([True, False, True, True] * 9 + [True] * 4))
    return before, after


def test_every_number_is_that_of_compare(folders):
    found = summary(*folders)["benchmarks"]["chair"]["metrics"]
    changes = compare(chair([2, 3, 2, 1] * 10), chair([0, 1, 1, 0] * 10))
    assert set(changes) <= set(found) and "chair_i" in changes
    for name, change in changes.items():
        assert {key: found[name][key] for key in ("before", "after", "difference", "low", "high", "p", "adjusted", "test", "n", "better", "unit")} == vars(change)


def test_each_sides_interval_is_that_of_its_result(folders):
    stored = chair([2, 3, 2, 1] * 10).metrics["chair_i"]
    found = summary(*folders)["benchmarks"]["chair"]["metrics"]["chair_i"]
    assert found["before_interval"] == [stored.low, stored.high] and found["before_n"] == stored.n
    # 80 of 240 mentions were absent, then 20
    assert (found["before"], found["after"]) == (pytest.approx(100 * 80 / 240), pytest.approx(100 * 20 / 240))


def test_the_benchmark_that_counts_what_is_absent_leads(folders):
    found = summary(*folders)
    assert list(found["benchmarks"]) == ["chair", "pope"]
    assert found["headline"].startswith("CHAIR_i fell from 33.3%") and found["benchmarks"]["chair"]["beside"] == ["coverage", "words"]
    assert found["benchmarks"]["pope"]["headline"] == "f1" and found["benchmarks"]["pope"]["beside"] == ["yes_ratio"]


def test_json_can_hold_it_and_gives_it_back(folders):
    found = summary(*folders)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def entry(difference: float, low: float, high: float, adjusted: float, better: str = "higher") -> dict:
    """What a verdict is read from."""
    return {"difference": difference, "low": low, "high": high, "adjusted": adjusted, "better": better}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (entry(2, 1, 3, 0.01), "better"),
        (entry(-2, -3, -1, 0.01), "worse"),
        (entry(-2, -3, -1, 0.01, "lower"), "better"),
        (entry(2, 1, 3, 0.01, ""), "changed"),
        (entry(2, -1, 5, 0.01), "no evidence"),
        (entry(2, 0, 5, 0.01), "no evidence"),
        (entry(2, 1, 3, 0.06), "no evidence"),
        (entry(2, None, None, 0.01), "no evidence"),
        ({"difference": None}, ""),
    ],
)
def test_a_change_is_judged_by_its_interval_and_its_adjusted_p(given, expected):
    assert verdict(given) == expected


def test_results_that_must_not_be_compared_keep_their_numbers_and_say_why(tmp_path):
    before, after = save(tmp_path / "b", chair=chair([2] * 8, settings={"max_new_tokens": 64})), save(tmp_path / "a", chair=chair([1] * 8, settings={"max_new_tokens": 512}))
    found = summary(before, after)["benchmarks"]["chair"]
    assert "max_new_tokens: 64 and 512" in found["not_compared"]
    metric = found["metrics"]["chair_i"]
    assert (metric["before"], metric["after"], metric["difference"], metric["verdict"]) == (pytest.approx(100 / 3), pytest.approx(100 / 6), None, "")


def test_one_side_alone_is_enough(tmp_path):
    alone = save(tmp_path / "a", chair=chair([1] * 8))
    (tmp_path / "empty").mkdir()
    for found in (summary(None, alone), summary(tmp_path / "empty", alone)):
        assert found["headline"].replace("\N{NO-BREAK SPACE}", " ") == "CHAIR_i is 16.7% [16.7, 16.7] after; it was not measured before."
    assert "not measured after" in summary(alone, tmp_path / "empty")["headline"]
    assert summary(None, tmp_path / "empty")["headline"].startswith("Nothing was measured")


def test_compared_benchmarks_come_before_those_of_one_side(tmp_path):
    before, after = save(tmp_path / "b", pope=pope([True, False] * 4)), save(tmp_path / "a", chair=chair([1] * 8), pope=pope([True, False] * 4))
    assert list(summary(before, after)["benchmarks"]) == ["pope", "chair"]


def test_numbers_that_are_none_are_written_as_none(tmp_path):
    one = chair([1] * 8)
    metrics = {"chair_i": Metric(value=math.nan, low=-math.inf, high=math.inf, n=3), "coverage": Metric(value=0.0, low=0.0, high=100.0, n=0)}
    found = summary(None, save(tmp_path / "a", chair=one.replace(metrics=metrics)))["benchmarks"]["chair"]["metrics"]
    assert all((found[name]["after"], found[name]["after_interval"]) == (None, None) for name in metrics)
    json.dumps(found, allow_nan=False)


def test_rows_without_what_the_metrics_need_are_told(tmp_path):
    one = chair([1] * 4)
    bare = one.replace(rows=tuple(row.replace(counts={"hallucinated": 0.0}) for row in one.rows))
    found = summary(save(tmp_path / "b", chair=bare), save(tmp_path / "a", chair=bare))["benchmarks"]["chair"]
    assert "lack the count 'words'" in found["not_compared"] or "lack the count 'mentioned'" in found["not_compared"]
    empty = one.replace(rows=())
    assert "no rows" in summary(save(tmp_path / "c", chair=empty), save(tmp_path / "d", chair=empty))["benchmarks"]["chair"]["not_compared"]


def test_a_benchmark_that_is_not_known_here_keeps_its_numbers(tmp_path):
    one = chair([1] * 4).replace(benchmark="elsewhere")
    found = summary(save(tmp_path / "b", own=one), save(tmp_path / "a", own=one))["benchmarks"]["own"]
    assert "unknown benchmark 'elsewhere'" in found["not_compared"] and found["headline"] == "chair_i" and found["beside"] == ["words", "no_object"]


def test_two_files_are_compared_whatever_they_are_called(tmp_path):
    save(tmp_path, first=chair([2] * 8), second=chair([1] * 8))
    assert summary(tmp_path / "first.json", tmp_path / "second.json")["benchmarks"]["chair"]["metrics"]["chair_i"]["verdict"] == "better"


def test_files_that_are_no_results_lose_nothing_else(tmp_path):
    folder = save(tmp_path / "a", chair=chair([1] * 4))
    (folder / "cut.json").write_text('{"benchmark": "po')
    (folder / "list.json").write_text("[1, 2]")
    (folder / "newer.json").write_text('{"version": 99, "benchmark": "pope"}')
    found = summary(None, folder)
    assert list(found["benchmarks"]) == ["chair"]
    reasons = {path.rsplit("/", 1)[1]: reason for path, reason in found["left_out"].items()}
    assert reasons.keys() == {"cut.json", "list.json", "newer.json"} and "newer.json: result version 99" in reasons["newer.json"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReportError, match="absent: no such folder; expected one with result files"):
        summary(tmp_path / "absent", tmp_path)
