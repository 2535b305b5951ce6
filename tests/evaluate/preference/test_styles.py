"""What style is, and what holding it equal does."""

import numpy as np
import pytest

from veridical.evaluate.preference.logistic import fitted, logistic
from veridical.evaluate.preference.style import densities, marks, ratios, style
from veridical.evaluate.preference.style_control import Games, first_scorer, rounds, second_scorer, standard

TEXT = """# Title
## Part
####### seven is no heading
 # neither is this
1. one
 22. two
- dash
* star
+ plus
**bold** and **two\nlines** and __under__
```python
# no heading
- no item
**no bold**
```
"""


def test_marks_are_counted_outside_code():
    # headings: 2; items: 2 numbered and 3 others; bold: 1 and 1
    assert marks(TEXT) == (2, 5, 2)
    assert style("a b", lambda text: len(text.split())).tolist() == [2, 0, 0, 0]


def test_what_stands_in_code_is_deleted_wherever_it_stands():
    assert marks("**x**\n```**x**```") == (0, 0, 0)


def test_differences_of_both_scorers():
    one, other = np.array([30.0, 3, 0, 1]), np.array([10.0, 1, 0, 0])
    assert ratios(one, other) == pytest.approx([20 / 41, 2 / 5, 0, 1 / 2])
    # marks per token: 3/31 and 1/11, 0 and 0, 1/31 and 0
    first, second = 3 / 31, 1 / 11
    assert densities(one, other) == pytest.approx([20 / 40, (first - second) / (first + second + 1), 0, (1 / 31) / (1 / 31 + 1)])


def made(skill, swayed, rows=3000, seed=1):
    """Games of a model whose length sways the judge."""
    stream = np.random.default_rng(seed)
    style = stream.normal(0.3, 0.2, (rows, 4))
    z = (style[:, 0] - style[:, 0].mean()) / style[:, 0].std()
    points = (stream.random(rows) < logistic(skill + swayed * z)).astype(float)
    return Games(["model"] * rows, points, np.ones(rows), style)


def test_skill_and_the_weight_of_length_are_told_apart():
    for scorer in (first_scorer, second_scorer):
        found = scorer(made(0.8, 1.5))
        assert found.win["model"] == pytest.approx(logistic(np.array(0.8)), abs=0.02)
        assert found.style[0] == pytest.approx(1.5, abs=0.15) and np.abs(found.style[1:]).max() < 0.15


def test_differences_are_standardised_over_all_games_or_all_but_one():
    # 0 and 2, the second three times: mean 1.5, squares 2.25 + 3·0.25 = 3, over 4 or over 3
    games = Games(["m", "m"], np.zeros(2), np.array([1.0, 3.0]), np.array([[0.0] * 4, [2.0] * 4]))
    assert standard(games, 0)[:, 0] == pytest.approx(np.array([-1.5, 0.5]) / np.sqrt(3 / 4))
    assert standard(games, 1)[:, 0] == pytest.approx([-1.5, 0.5])
    # the first scorer divides by all: its coefficient is that of a fit to columns of unit population deviation
    swayed = made(0.2, 0.3, rows=12)
    columns = np.concatenate([np.full((12, 1), np.log(10)), np.full((12, 1), -np.log(10)), (swayed.style - swayed.style.mean(0)) / swayed.style.std(0)], 1)
    assert first_scorer(swayed).style == pytest.approx(fitted(columns, swayed.points, np.full(12, 2.0), penalty=1.0).coefficients[2:])


def test_weights_are_copies():
    games = made(0.2, 0.5, rows=200)
    heavy = Games(games.model, games.points, np.where(games.points > 0, 3.0, 1.0), games.style)
    copied = np.repeat(np.arange(200), heavy.weight.astype(int))
    spread = Games(["model"] * len(copied), games.points[copied], np.ones(len(copied)), games.style[copied])
    for freedom, scorer in ((0, first_scorer), (1, second_scorer)):
        assert standard(heavy, freedom)[copied] == pytest.approx(standard(spread, freedom))
        assert scorer(heavy).win["model"] == pytest.approx(scorer(spread).win["model"], abs=1e-9)


def test_a_difference_that_never_differs_is_left_out():
    games = made(0.5, 0.0, rows=500)
    games.style[:, 2] = 0.25
    found = second_scorer(games)
    assert len(found.style) == 3 and 0 < found.win["model"] < 1


def test_draws_scatter_round_the_fit():
    games = made(0.4, 0.8, rows=400)
    drawn = rounds(games, count=80)["model"]
    assert np.median(drawn) == pytest.approx(second_scorer(games).win["model"], abs=0.02)
    moves = second_scorer(games).influence["model"]
    p = second_scorer(games).win["model"]
    assert drawn.std() == pytest.approx(np.sqrt((moves**2).sum()) * p * (1 - p), rel=0.3)
