"""The headline."""

import pytest

from veridical.report.sentence import beside, sentence

CHAIR = {
    "before": 24.8, "before_interval": [22.1, 27.5], "after": 11.2, "after_interval": [9.3, 13.1], "unit": "%", "better": "lower",
    "difference": -13.6, "low": -16.2, "high": -11.1, "adjusted": 0.0004, "verdict": "better",
}  # fmt: skip


def said(**changes) -> str:
    """The sentence of a CHAIR result with some numbers changed."""
    rows = changes.pop("rows", {"before": 300, "after": 300})
    entry = {"benchmark": "chair", "headline": "chair_i", "rows": rows, "metrics": {"chair_i": {**CHAIR, **changes}}}
    return sentence("chair", entry).replace("\N{NO-BREAK SPACE}", " ")


def test_an_improvement_says_from_where_to_where_and_how_sure():
    assert said() == "CHAIR_i fell from 24.8% [22.1, 27.5] to 11.2% [9.3, 13.1], for the better (−13.6 points [−16.2, −11.1], p < 0.001)."


def test_a_change_for_the_worse_is_called_so():
    worse = said(after=30.0, after_interval=[27.0, 33.0], difference=5.2, low=2.0, high=8.4, adjusted=0.0123, verdict="worse")
    assert worse == "CHAIR_i rose from 24.8% [22.1, 27.5] to 30.0% [27.0, 33.0], for the worse (+5.2 points [+2.0, +8.4], p = 0.012)."


def test_without_evidence_nothing_fell():
    found = said(after=24.0, after_interval=[21.0, 27.0], difference=-0.8, low=-2.0, high=0.4, adjusted=0.3, verdict="no evidence")
    assert found == "No evidence of a change in CHAIR_i: 24.8% [22.1, 27.5] before, 24.0% [21.0, 27.0] after (−0.8 points [−2.0, +0.4], p = 0.300)."


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "CHAIR_i is 24.8% [22.1, 27.5] before and 11.2% [9.3, 13.1] after; the two must not be compared."),
        ({"before": None, "before_interval": None, "rows": {"before": None, "after": 300}}, "CHAIR_i is 11.2% [9.3, 13.1] after; it was not measured before."),
        ({"after": None, "after_interval": None}, "CHAIR_i is 24.8% [22.1, 27.5] before; it is undefined after."),
        ({"before": None, "after": None}, "CHAIR_i is undefined."),
    ],
)
def test_what_was_not_compared_is_not_called_a_change(changes, expected):
    assert said(difference=None, verdict="", **changes) == expected


def test_coverage_and_length_stand_beside_the_headline():
    coverage = {**CHAIR, "before": 91.0, "after": 90.2, "difference": -0.8, "low": -1.9, "high": 0.2, "better": "higher", "verdict": "no evidence"}
    length = {**coverage, "before": 31.2, "after": 28.4, "difference": -2.8, "low": -3.0, "high": -2.5, "better": "", "unit": "words", "verdict": "changed"}
    told = beside({"beside": ["coverage", "words"], "metrics": {"coverage": coverage, "words": length}}).replace("\N{NO-BREAK SPACE}", " ")
    assert told == "Coverage from 91.0% to 90.2% (−0.8 points [−1.9, +0.2], no evidence); length from 31.2 words to 28.4 words (−2.8 words [−3.0, −2.5], changed)."
