"""Golden vectors: numbers worked out by hand, or by the authors' programs, from the same inputs."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from veridical.objectives.online.after import WithoutOutliers
from veridical.objectives.online.credit import Estimated, GroupDeviation, ToGo, Whole, mean_of_group, mean_of_others
from veridical.objectives.online.divergence import Adaptive, Penalty, StraightThrough, k1, k1_positive, k2, k3
from veridical.objectives.online.gather import Fixed, Sequences, Sums, Tokens, total
from veridical.objectives.online.learning import Learning, Read
from veridical.objectives.online.rollouts import Rollouts
from veridical.objectives.online.shape import Band, Contrast, Cosine, Long, Overlong, Unfinished, UnfinishedIs, shaped
from veridical.objectives.online.surrogate import Clip, OnPolicy, Weighted, rescaled, sequence_mean, sequence_sum

GROUP = torch.tensor([1.0, 0, 0, 1, 0, 0, 0, 0], dtype=torch.float64)


def rolled(reward: Tensor, lengths: list[int] | None = None, prompt: list[int] | None = None, limit: int = 0, **more: object) -> Rollouts:
    lengths = lengths or [1] * len(reward)
    mask = torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]
    fields = {"old": torch.zeros(mask.shape, dtype=reward.dtype), "ended": torch.ones(len(reward), dtype=torch.bool)} | more
    return Rollouts(torch.tensor(prompt or [0] * len(reward)), mask, reward=reward, limit=limit, **fields)


def advantages(credit: object, rollouts: Rollouts) -> list[float]:
    return credit(rollouts, torch.zeros_like(rollouts.old))[:, 0].tolist()


@pytest.mark.parametrize(
    ("credit", "right", "wrong"),
    [
        (Whole(mean_of_group, GroupDeviation(1e-4)), 1.619835, -0.539945),
        (Whole(mean_of_group, GroupDeviation(1e-6)), 1.620182, -0.540061),
        (Whole(mean_of_group), 0.75, -0.25),
        (Whole(mean_of_others), 0.857143, -0.285714),
    ],
)
def test_a_group_of_two_right_and_six_wrong_answers(credit: Whole, right: float, wrong: float) -> None:
    assert advantages(credit, rolled(GROUP)) == pytest.approx([right if value else wrong for value in GROUP.tolist()], abs=1e-5)


def test_a_group_without_a_difference_has_no_advantage() -> None:
    assert advantages(Whole(mean_of_group, GroupDeviation(1e-4)), rolled(torch.ones(4))) == [0.0] * 4


def test_divergences_of_three_tokens() -> None:
    d = torch.tensor([-1.0, -2.0, -0.5]) - torch.tensor([-1.2, -1.5, -0.5])
    assert k1(d).tolist() == pytest.approx([0.2, -0.5, 0], abs=1e-6)
    assert k1_positive(d).tolist() == pytest.approx([0.2, 0, 0], abs=1e-6)
    assert k2(d).tolist() == pytest.approx([0.02, 0.125, 0], abs=1e-6)
    assert k3(d).tolist() == pytest.approx([0.018731, 0.148721, 0], abs=1e-5)


def test_a_straight_through_divergence_has_one_value_and_the_others_gradient() -> None:
    d = torch.tensor([0.3, -0.7], requires_grad=True)
    found = StraightThrough(k3, k2)(d)
    assert found.tolist() == pytest.approx(k3(d).tolist(), abs=1e-7)
    assert torch.autograd.grad(found.sum(), d)[0].tolist() == pytest.approx(d.tolist(), abs=1e-7)


def learning(ratio: list[list[float]], advantage: list[list[float]], mask: list[list[bool]] | None = None) -> Learning:
    logp = torch.tensor(ratio, dtype=torch.float64).log()
    shape = torch.ones_like(logp, dtype=torch.bool) if mask is None else torch.tensor(mask)
    rollouts = Rollouts(torch.arange(len(logp)), shape, torch.ones(len(logp), dtype=torch.bool), torch.zeros(len(logp)), torch.zeros_like(logp))
    return Learning(rollouts, torch.tensor(advantage, dtype=torch.float64), Read(logp.requires_grad_()))


@pytest.mark.parametrize(("ratio", "advantage", "loss"), [(1.5, 1.0, -1.28), (1.5, -1.0, 1.5), (0.5, 1.0, -0.5), (0.5, -1.0, 0.8)])
def test_clip_higher(ratio: float, advantage: float, loss: float) -> None:
    assert Clip(0.2, 0.28)(learning([[ratio]], [[advantage]])).item() == pytest.approx(loss)


def test_dual_clip_bounds_what_a_wrong_answer_costs() -> None:
    assert Clip(0.2, 0.28, dual=3.0)(learning([[5.0]], [[-1.0]])).item() == pytest.approx(3.0)
    assert Clip(0.2, 0.28)(learning([[5.0]], [[-1.0]])).item() == pytest.approx(5.0)


def test_a_ratio_beyond_the_bound_before_the_exponential_has_no_gradient() -> None:
    batch = learning([[2000.0]], [[-1.0]])
    found = Clip(before=math.log(1000.0))(batch)
    assert found.item() == pytest.approx(1000.0)
    assert torch.autograd.grad(found.sum(), batch.own.logp)[0].item() == 0.0


def test_cispo_keeps_the_gradient_of_a_clipped_token() -> None:
    batch = learning([[9.0]], [[2.0]])
    assert torch.autograd.grad(Weighted(0.0, 5.0)(batch).sum(), batch.own.logp)[0].item() == pytest.approx(-10.0)
    batch = learning([[9.0]], [[2.0]])
    assert torch.autograd.grad(Clip()(batch).sum(), batch.own.logp)[0].item() == 0.0


def test_on_policy_the_value_is_minus_the_advantage_and_the_gradient_too() -> None:
    batch = learning([[0.37]], [[2.0]])
    found = OnPolicy()(batch)
    assert found.item() == pytest.approx(-2.0)
    assert torch.autograd.grad(found.sum(), batch.own.logp)[0].item() == pytest.approx(-2.0)


@pytest.mark.parametrize(
    ("how", "value"),
    [(Tokens(), 1.7142857), (Sequences(), 1.5), (Sums(), 6.0), (Fixed(8), 0.75), (Fixed(8, rows=False), 1.5)],
)
def test_two_responses_of_two_and_five_tokens(how: object, value: float) -> None:
    rollouts = rolled(torch.zeros(2, dtype=torch.float64), [2, 5])
    losses = torch.tensor([[1.0, 1, 9, 9, 9], [2.0, 2, 2, 2, 2]], dtype=torch.float64)
    assert total(losses, how, rollouts, how.count(rollouts)).item() == pytest.approx(value, abs=1e-6)


def test_ratios_of_a_sequence() -> None:
    log_ratio, mask = torch.tensor([[0.1, -0.1, 0.2]]), torch.ones(1, 3, dtype=torch.bool)
    assert sequence_mean(log_ratio, mask).exp()[0].tolist() == pytest.approx([1.0689391] * 3, abs=1e-5)
    assert sequence_sum(log_ratio, mask).exp()[0].tolist() == pytest.approx([1.2214028] * 3, abs=1e-5)


def test_generalised_advantages_and_returns() -> None:
    values = torch.tensor([[0.2, 0.4, 0.5]], dtype=torch.float64)
    rollouts = rolled(torch.ones(1, dtype=torch.float64), [3], values=values)
    found = Estimated(1.0, 0.95)(rollouts, torch.zeros_like(values))
    assert found[0].tolist() == pytest.approx([0.74625, 0.575, 0.5])
    assert (found + values)[0].tolist() == pytest.approx([0.94625, 0.975, 1])


def test_what_is_earned_from_a_token_on_with_its_penalty() -> None:
    rollouts = rolled(torch.ones(1, dtype=torch.float64), [3])
    penalty = Penalty(0.01, k1)(torch.tensor([[-1.0, -2.0, -0.5]]), torch.tensor([[-1.2, -1.5, -0.5]]), rollouts.mask)
    assert ToGo()(rollouts, penalty)[0].tolist() == pytest.approx([1.003, 1.005, 1.0], abs=1e-6)


@pytest.mark.parametrize(("tokens", "value"), [(16384, 0.0), (18432, -0.5), (20480, -1.0), (30000, -1.0)])
def test_dapo_punishes_overlong_answers_softly(tokens: int, value: float) -> None:
    assert Overlong(20480, 4096)(rolled(torch.zeros(1), [tokens])).item() == pytest.approx(value)


@pytest.mark.parametrize(("tokens", "right", "value"), [(50, 1.0, 0.75), (50, 0.0, -0.75), (1, 0.0, -0.99987663)])
def test_cosine_lengths(tokens: int, right: float, value: float) -> None:
    rollouts = rolled(torch.tensor([right]), [tokens], parts={"accuracy": torch.tensor([right])})
    assert shaped(rollouts, (Cosine(100),)).item() == pytest.approx(value, abs=1e-6)


def test_fact_rlhf_takes_eight_from_what_did_not_end_and_ten_for_the_whole_length() -> None:
    rollouts = rolled(torch.tensor([3.0, 3.0]), [448, 896], ended=torch.tensor([True, False]))
    assert shaped(rollouts, (Unfinished(-8.0), Long(10.0, 896))).tolist() == pytest.approx([-2.0, -15.0])


def test_oreal_gives_minus_one_for_what_did_not_end() -> None:
    assert shaped(rolled(torch.tensor([1.0, 1.0]), ended=torch.tensor([True, False])), (UnfinishedIs(),)).tolist() == [1.0, -1.0]


def test_a_band_of_lengths_pays_only_where_two_are_right() -> None:
    parts = {"accuracy": torch.tensor([1.0, 1.0, 0.0, 1.0])}
    rollouts = rolled(torch.zeros(4), [400, 100, 400, 400], [0, 0, 0, 1], parts=parts)
    assert Band()(rollouts).tolist() == pytest.approx([0.2, 0, 0, 0])


def test_order_of_frames_pays_where_disorder_does_worse() -> None:
    parts = {"accuracy": torch.tensor([1.0, 0.0, 1.0, 0.0])}
    rollouts = rolled(torch.zeros(4), None, [0, 0, 1, 1], parts=parts, contrast=torch.tensor([0.6, 0.6, 0.7, 0.7]))
    assert Contrast(0.3, 0.8)(rollouts).tolist() == pytest.approx([0.3, 0, 0, 0])


def test_a_controlled_coefficient_rises_slowly_when_the_policy_goes_too_far() -> None:
    assert Adaptive(0.1, 10000)(0.001, 0.3, 1024) == pytest.approx(0.00102048)
    assert Adaptive(0.1, 10000)(0.001, 0.099, 1024) == pytest.approx(0.001 * (1 - 0.01 * 0.1024))


def test_leave_one_out_of_right_and_wrong() -> None:
    assert advantages(Whole(mean_of_others), rolled(torch.tensor([1.0, 0, 0, 1]))) == pytest.approx([2 / 3, -2 / 3, -2 / 3, 2 / 3], abs=1e-6)
    assert advantages(Whole(mean_of_others), rolled(torch.tensor([1.0, -1, -1, 1]))) == pytest.approx([4 / 3, -4 / 3, -4 / 3, 4 / 3], abs=1e-6)


def test_shares_of_a_right_answer() -> None:
    assert rescaled(torch.tensor([0.4, 0.5, 0.6, 0.9, 1.0])).tolist() == pytest.approx([0, 0, 0.2, 0.8, 1], abs=1e-6)


def test_the_window_of_the_authors_code_is_lopsided() -> None:
    torch.manual_seed(0)
    z = torch.randn(2000, dtype=torch.float64)
    z = (z - z.mean()) / z.std()
    z[:2] = torch.tensor([-4.0, 3.5])
    raw = z * 2 + 1.2
    rollouts = rolled(torch.zeros(len(raw)))
    paper, code = (WithoutOutliers(3.0, raw=raw_)(raw[:, None], rollouts)[:, 0] for raw_ in (False, True))
    assert paper[:2].tolist() == [0, 0]
    assert code[0] == 0 and code[1] == pytest.approx(3.5, abs=0.05)
