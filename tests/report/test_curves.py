"""Curves of a training run."""

import math
import re

import pytest

from veridical.report.chart import BOTTOM, LEFT, RIGHT, TOP, Chart, Line, short
from veridical.report.curves import curves, thinned


def logged(steps: int = 4) -> list[dict]:
    """What a run with two terms and held-out pairs writes."""
    lines = []
    for step in range(steps):
        terms = {"loss": 2.0 - step, "loss/chosen > rejected": 1.5 - step, "loss/chosen > 0": 0.5, "accuracy/chosen > rejected": 0.25 * step}
        lines.append({"step": step, "time": 1.0, **terms, "logp/chosen": -1.0 - step, "logp/rejected": -2.0, "lr": 1e-5 * (step + 1), "pairs": 8.0})
    lines.append({"step": steps - 1, "time": 2.0, "held_out/loss": 1.0, "held_out/logp/chosen": -3.0, "held_out/chair_i": 0.2})
    return lines


def test_each_term_has_its_line_and_held_out_values_stand_on_the_same_chart():
    found = {chart.title: chart for chart in curves(logged()).objective}
    assert [(line.name, line.held_out) for line in found["Loss"].lines] == [("sum", False), ("chosen > 0", False), ("chosen > rejected", False), ("sum", True)]
    assert [(line.name, line.held_out) for line in found["Log-probability"].lines] == [("chosen", False), ("rejected", False), ("chosen", True)]
    assert found["Loss"].lines[2].points == ((0, 1.5), (1, 0.5), (2, -0.5), (3, -1.5))
    assert found["CHAIR_i"].lines[0].points == ((3, 0.2),)


def test_one_name_has_one_colour_in_every_chart():
    found = {chart.title: chart for chart in curves(logged()).objective}
    assert found["Accuracy of each comparison"].key["chosen > rejected"] == found["Loss"].key["chosen > rejected"] != found["Loss"].key["sum"]


def test_what_never_changes_is_told_in_words():
    found = curves(logged())
    assert found.constant == (("pairs", 8.0),) and [chart.title for chart in found.machine] == ["Learning rate"]


def test_the_sum_of_a_single_term_is_not_drawn_twice():
    lines = [{"step": step, "loss": 1.0 / (step + 1), "loss/chosen > rejected": 1.0 / (step + 1)} for step in range(3)]
    assert [line.name for line in curves(lines).objective[0].lines] == ["chosen > rejected"]


def test_a_step_that_was_logged_twice_counts_once():
    assert curves([{"step": 0, "loss": 5.0}, {"step": 1, "loss": 4.0}, {"step": 1, "loss": 3.0}]).objective[0].lines[0].points == ((0, 5.0), (1, 3.0))


def test_long_runs_are_averaged_over_equal_stretches():
    points, size = thinned([(float(step), float(step)) for step in range(6)], most=3)
    assert (points, size) == (((1.0, 0.5), (3.0, 2.5), (5.0, 4.5)), 2)
    assert len(thinned([(float(step), 0.0) for step in range(10_000)])[0]) <= 150


def test_points_stand_where_arithmetic_puts_them():
    svg = Chart("Loss", "", (Line("a", ((0, 0.0), (5, 1.0), (10, 0.25))),), ends=(0.0, 1.0)).svg
    middle = (LEFT + RIGHT) / 2
    assert f'points="{LEFT},{BOTTOM} {middle:g},{TOP} {RIGHT},{BOTTOM - 0.25 * (BOTTOM - TOP):g}"' in svg
    assert "<title>a, step 10: 0.25</title>" in svg


def test_a_value_that_is_not_finite_breaks_the_line():
    svg = Chart("Loss", "", (Line("a", ((0, 1.0), (1, 2.0), (2, math.nan), (3, 1.0), (4, math.inf), (5, 2.0), (6, 2.0))),)).svg
    # the single point between the two breaks has no line
    assert [len(points.split()) for points in re.findall('points="([^"]+)"', svg)] == [2, 2] and svg.count("<title>") == 5
    assert "no finite value" in Chart("Loss", "", (Line("a", ((0, math.nan),)),)).svg


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([0, 0.5, 1], ["0.0", "0.5", "1.0"]),
        ([0, 5e-5, 1e-4, 1.5e-4], ["0", "0.5e−4", "1e−4", "1.5e−4"]),
        ([-0.85, -0.8], ["−0.85", "−0.80"]),
        ([0, 20_000], ["0", "20k"]),
        ([3], ["3"]),
    ],
)
def test_ticks_have_the_digits_that_tell_them_apart(marks, expected):
    assert [short(mark, marks) for mark in marks] == expected


def test_nothing_logged_is_nothing_drawn():
    assert curves([]) == curves([{"step": 0.0}]) and not curves([]).objective
