"""Plots, by hand arithmetic."""

import re

import pytest

from veridical.report.plot import Scale, axis, change, change_scale, level_scale, levels, ticks

METRIC = {
    "before": 20.0, "before_interval": [10.0, 30.0], "after": 50.0, "after_interval": [45.0, 60.0], "unit": "%",
    "difference": 30.0, "low": 15.0, "high": 38.0, "verdict": "better",
}  # fmt: skip


def places(svg: str, shape: str, kind: str, *names: str) -> list[tuple[float, ...]]:
    """Numbers of the shapes of a class."""
    found = re.findall(rf'<{shape} class="{kind}"([^>]*)>', svg)
    return [tuple(float(re.search(rf'{name}="([^"]+)"', one)[1]) for name in names) for one in found]


def test_a_scale_is_straight_and_ends_at_its_ends():
    scale = Scale(0, 50, 10, 110)
    assert [scale(value) for value in (0, 12.5, 50, 70, -3)] == [10, 35, 110, 110, 10]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 1, [0, 0.5, 1]), (0.13, 0.71, [0, 0.2, 0.4, 0.6, 0.8]), (-3, 5, [-4, -2, 0, 2, 4, 6]), (0, 0, [-0.5, 0, 0.5]), (1e-6, 4e-6, [1e-6, 2e-6, 3e-6, 4e-6])],
)
def test_ticks_are_round_and_span_the_values(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def test_dots_and_intervals_stand_where_arithmetic_puts_them():
    # 0 to 100 over 172 pixels from 9: 20 is at 9 + 34.4, 50 at 9 + 86
    svg = levels(METRIC, *level_scale([METRIC], "%"))
    assert places(svg, "circle", "before", "cx", "cy") == [(43.4, 10)] and places(svg, "circle", "after", "cx", "cy") == [(95, 21)]
    assert places(svg, "line", "interval before", "x1", "x2") == [(26.2, 60.6)] and places(svg, "line", "interval after", "x1", "x2") == [(86.4, 112.2)]


def test_the_change_is_drawn_against_zero_in_the_middle():
    # the farthest bound is 38, so the axis ends at 40: 30 is three quarters of the way from 95 to 181
    scale, marks = change_scale([METRIC])
    svg = change(METRIC, scale, marks)
    assert marks == [-40, 0, 40] and places(svg, "line", "zero", "x1", "x2") == [(95, 95)]
    assert places(svg, "circle", "change better", "cx", "cy") == [(159.5, 17)] and places(svg, "line", "interval change better", "x1", "x2") == [(127.2, 176.7)]


@pytest.mark.parametrize(("farthest", "reach"), [(0.04, 0.04), (1.2, 1.5), (62.6, 80), (100, 100), (0, 1)])
def test_the_axis_of_changes_ends_at_a_round_number(farthest, reach):
    assert change_scale([{**METRIC, "difference": 0, "low": -farthest, "high": 0}])[1][-1] == pytest.approx(reach)


def test_other_units_have_an_axis_of_their_own():
    words = {**METRIC, "unit": "words", "before": 44.0, "before_interval": [42.0, 46.0], "after": 30.0, "after_interval": [28.0, 32.0]}
    scale, marks = level_scale([words], "words")
    assert marks == [0, 50] or marks == [0, 20, 40, 60]
    assert f">{marks[-1]:g}</text>" in levels(words, scale, marks, own=True)


def test_what_is_undefined_has_no_dot_and_says_so():
    empty = {**METRIC, "before": None, "before_interval": None, "after": None, "after_interval": None, "difference": None, "low": None, "high": None, "verdict": ""}
    assert "circle" not in levels(empty, *level_scale([empty], "%")) + change(empty, *change_scale([empty]))
    assert 'aria-label="undefined"' in levels(empty, *level_scale([empty], "%")) and 'aria-label="not compared"' in change(empty, *change_scale([empty]))


def test_a_plot_can_be_heard():
    assert 'role="img" aria-label="before 20.0% [10.0,\N{NO-BREAK SPACE}30.0]; after 50.0% [45.0,\N{NO-BREAK SPACE}60.0]"' in levels(METRIC, *level_scale([METRIC], "%"))


def test_the_axis_writes_its_ends():
    assert re.findall(">([^<]+)</text>", axis(*level_scale([METRIC], "%"), unit="%")) == ["0", "50", "100%"]
    assert re.findall(">([^<]+)</text>", axis(*change_scale([METRIC]), change=True)) == ["−40", "0", "+40"]
