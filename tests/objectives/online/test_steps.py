"""Rewards of steps, by hand: where they land, what each credit makes of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from veridical.objectives.online.credit import Estimated, Immediate, Supervised, ToGo, Whole, none
from veridical.objectives.online.rollouts import Rollouts
from veridical.train.online.draw import by_token

NAN = float("nan")


def batch(steps: list[list[float]] | None) -> Rollouts:
    """Two responses to one prompt, of four and three tokens, which earned 1 and 0."""
    mask = torch.tensor([[True] * 4, [True] * 3 + [False]])
    return Rollouts(
        torch.tensor([0, 0]), mask, torch.tensor([True, True]), torch.tensor([1.0, 0.0], dtype=torch.double), torch.zeros(2, 4, dtype=torch.double), values=torch.zeros(2, 4, dtype=torch.double),
        steps=None if steps is None else torch.tensor(steps, dtype=torch.double),
    )  # fmt: skip


STEPS = [[NAN, 1.0, NAN, 0.0], [NAN, NAN, 0.5, 7.0]]
"""A step ends with the second and one with the fourth token of the first response, one with the third of the second; the 7 is padding."""


def test_tokens_earn_the_steps_that_end_at_them_or_later_against_all_steps_of_the_group():
    """Steps 1, 0, 0.5: mean 0.5, deviation 0.5, so 1, -1 and 0 (epsilon 0); the first response's tokens earn 0, 0, -1, -1, the second's 0."""
    found = Supervised(epsilon=0.0)(batch(STEPS), torch.zeros(2, 4, dtype=torch.double))
    assert found.tolist() == [[0, 0, -1, -1], [0, 0, 0, 0]]
    also = Supervised(outcome=2.0, epsilon=0.0)(batch(STEPS), torch.zeros(2, 4, dtype=torch.double))
    half = 0.5 / 0.5**0.5  # (1 - mean) / deviation of rewards 1 and 0
    assert also[0].tolist() == pytest.approx([2 * half, 2 * half, 2 * half - 1, 2 * half - 1]) and also[1, :3].tolist() == pytest.approx([-2 * half] * 3)


def test_every_other_credit_takes_steps_where_they_end():
    given, zero = batch(STEPS), torch.zeros(2, 4, dtype=torch.double)
    assert ToGo(none)(given, zero).tolist() == [[2, 2, 1, 1], [0.5, 0.5, 0.5, 0]]
    assert Whole(none)(given, zero)[:, 0].tolist() == [2, 0.5]
    assert Estimated(1.0, 1.0)(given, zero).tolist() == [[2, 2, 1, 1], [0.5, 0.5, 0.5, 0]]
    assert Immediate(none)(given, zero)[0].tolist() == [1, 2, 1, 1]


def test_without_rewards_of_steps_there_is_nothing_to_supervise():
    with pytest.raises(ValueError, match="steps=true"):
        Supervised()(batch(None), torch.zeros(2, 4))
    assert replace(batch(None), steps=torch.zeros(2, 4)).steps is not None
    with pytest.raises(ValueError, match="steps has shape"):
        replace(batch(None), steps=torch.zeros(2, 3))


def test_a_step_lands_on_the_token_with_which_it_ends():
    """Tokens "ab", "c", "def": steps that end after 2, 3, 4 and 6 characters end with tokens 0, 1, 2 and 2, whose worths add up; beyond the text, the last token has it."""
    words = ["ab", "c", "def"]
    text = lambda ids: "".join(words[one] for one in ids)  # noqa: E731
    found = by_token([0, 1, 2], 4, [(2, 1.0), (3, 0.25), (4, 0.5), (6, 0.125)], text)
    assert found[:3].tolist() == [1.0, 0.25, 0.625] and found[3].isnan()
    assert by_token([0], 1, [(9, 1.0)], text).tolist() == [1.0]
