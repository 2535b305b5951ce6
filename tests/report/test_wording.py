"""Names and numbers as they are written."""

import math

from veridical.report.wording import amount, bounds, chance, label, named, plain, signed, step, subscripts


def test_numbers_have_one_digit_behind_the_point_and_a_true_minus():
    assert [plain(value) for value in (21.44, -11.56, 0, 0.031, -8.6e-17, 12345.6)] == ["21.4", "−11.6", "0.0", "0.031", "0.0", "12,346"]
    assert [signed(value) for value in (0.72, -11.56, 0.0, 1e-12)] == ["+0.7", "−11.6", "0.0", "0.0"]


def test_what_is_not_a_number_is_not_written_as_one():
    assert plain(None) == plain(math.nan) == signed(math.inf) == "–"
    assert amount(None, "%") == "undefined" and bounds((1.0, math.inf)) == bounds(None) == "" and chance(None) == ""


def test_shares_differ_by_points():
    assert (amount(21.44, "%"), step(-3.0, "%"), amount(24.0, "words"), step(2.0, "words"), amount(0.5, "")) == ("21.4%", "−3.0 points", "24.0 words", "+2.0 words", "0.5")


def test_intervals_and_p_do_not_break_at_a_lines_end():
    assert bounds((-1.94, 0.2), change=True) == "[−1.9,\N{NO-BREAK SPACE}+0.2]"
    assert [chance(p).replace("\N{NO-BREAK SPACE}", " ") for p in (0.0002, 0.0226, 1.0)] == ["p < 0.001", "p = 0.023", "p = 1"]


def test_metrics_are_named_as_papers_name_them():
    assert [label(name) for name in ("chair_i", "adversarial.yes_ratio", "f1")] == ["CHAIR_i", "adversarial yes ratio", "F1"]
    assert (named("pope", "f1"), named("chair", "chair_i"), named("amber", "amber_score")) == ("POPE F1", "CHAIR_i", "AMBER score")


def test_subscripts_escape_what_surrounds_them():
    assert subscripts("<b>CHAIR_i") == "&lt;b&gt;CHAIR<sub>i</sub>"
