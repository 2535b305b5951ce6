"""Terms of reward models against arithmetic done here, in float64."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from veridical.objectives.judged import Judged
from veridical.objectives.reward import Centre, CentreEach, CentreMean, Compare, Fixed, Levels, Stated, Tie
from veridical.objectives.reward_method import RewardMethod, find_reward, reward_methods
from veridical.objectives.reward_rank import AllPairs, Rank, plackett_luce
from veridical.objectives.reward_read import Sign, Squeeze, Steps, Words

NAN = math.nan


def numbers(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def batch(scores: list[float] | list[list[float]], pairs: list[tuple[int, int]] = (), **given: Any) -> Judged:
    """Responses with these scores (a row for each, or a number), and pairs of their places."""
    rows = numbers(scores).reshape(len(scores), -1)
    size, heads = len(rows), rows.shape[1]
    known = {
        "words": numbers([0.0] * size), "lengths": numbers([0.0] * size), "tie": torch.zeros(len(pairs), dtype=torch.bool),
        "margin": numbers([NAN] * len(pairs)), "probability": numbers([NAN] * len(pairs)), "weight": torch.ones(len(pairs), heads, dtype=torch.float64),
        "group": torch.zeros(size, dtype=torch.long), "rank": numbers([NAN] * size), "label": numbers([NAN] * size), "steps": numbers([]).reshape(0, heads), "worth": numbers([]),
    }  # fmt: skip
    places = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2)
    return Judged(scores=rows, win=places[:, 0], lose=places[:, 1], **{**known, **given})


def mean(term: Any, given: Judged) -> float:
    """What a term contributes, before its weight, where the batch is the whole step."""
    return float(term(given)) / max(term.count(given), 1.0)


def test_a_comparison_has_the_golden_values_without_and_with_a_margin() -> None:
    assert mean(Compare(), batch([2.0, 1.0], [(0, 1)])) == pytest.approx(0.3132617, abs=1e-7)
    assert mean(Compare(Fixed(1.0)), batch([2.0, 1.0], [(0, 1)])) == pytest.approx(0.6931472, abs=1e-7)
    assert mean(Compare(), batch([0.0, 2.0], [(0, 1)])) == pytest.approx(math.log(1 + math.exp(2)))


def test_comparisons_are_averaged_over_pairs_that_are_no_ties_and_ties_over_ties() -> None:
    given = batch([2.0, 1.0, 0.0], [(0, 1), (0, 2), (1, 2)], tie=torch.tensor([False, False, True]))
    assert Compare().count(given) == 2 and Tie().count(given) == 1
    assert mean(Compare(), given) == pytest.approx((math.log(1 + math.exp(-1)) + math.log(1 + math.exp(-2))) / 2)
    assert mean(Tie(), given) == pytest.approx((1.0 - 0.0) ** 2)


def test_a_margin_is_the_pairs_own_and_zero_where_none_is_stated() -> None:
    given = batch([1.0, 0.0, 0.0], [(0, 1), (0, 2)], margin=numbers([3.0, NAN]))
    assert mean(Compare(Stated(0.5)), given) == pytest.approx((math.log(1 + math.exp(0.5)) + math.log(1 + math.exp(-1))) / 2)


def test_the_strengths_of_llama_2_have_their_margins() -> None:
    given = batch([0.0] * 6, [(0, 1)] * 5, margin=numbers([0.9, 0.6, 0.3, 0.1, NAN]))
    assert Levels()(given).tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0, 0])
    assert Levels(3, 2, 1, 0)(given).tolist() == pytest.approx([3, 2, 1, 0, 0])


def test_a_soft_label_is_binary_cross_entropy_with_the_judges_probability() -> None:
    given = batch([1.0, 0.0], [(0, 1)], probability=numbers([0.8]))
    right = 1 / (1 + math.exp(-1))
    assert mean(Compare(soft=True), given) == pytest.approx(-0.8 * math.log(right) - 0.2 * math.log(1 - right))
    hard = batch([1.0, 0.0], [(0, 1)])
    choice = torch.nn.functional.binary_cross_entropy_with_logits(hard.gap[:, 0], torch.ones(1, dtype=torch.float64))  # as LLaVA-RLHF writes it
    assert mean(Compare(soft=True), hard) == pytest.approx(float(choice)) == mean(Compare(), hard)


def test_the_three_ways_to_centre_differ_as_published() -> None:
    given = batch([2.0, -1.0, 1.0, -3.0], [(0, 1), (2, 3)])
    assert mean(Centre(), given) == pytest.approx(((2 - 1) ** 2 + (1 - 3) ** 2) / 2)
    assert mean(CentreEach(), given) == pytest.approx((4 + 1 + 1 + 9) / 4)
    assert mean(CentreMean(), given) == pytest.approx(abs((1 - 2) / 2))


def test_micro_batches_add_up_to_the_absolute_mean_of_the_whole_step() -> None:
    scores = numbers([2.0, -1.0, 1.0, -3.0]).requires_grad_()
    term, whole = CentreMean(), batch([2.0, -1.0, 1.0, -3.0], [(0, 1), (2, 3)])
    known = {term.name: float(term.survey(whole))}
    parts = [batch([0.0, 0.0], [(0, 1)], known=known) for _ in range(2)]
    total = 0
    for place, part in enumerate(parts):
        own = Judged(**{**vars(part), "scores": scores[2 * place : 2 * place + 2, None]})
        total = total + term(own) / 2
    assert float(total) == pytest.approx(0.5)
    assert torch.autograd.grad(total, scores)[0].tolist() == [-0.5] * 4  # alone, the first micro-batch would push the other way


def test_rankings_have_the_golden_values() -> None:
    given = batch([2.0, 1.0, 0.0], rank=numbers([1, 2, 3]))
    assert mean(Rank(), given) == pytest.approx(0.7208677, abs=1e-7)
    assert mean(AllPairs(), given) == pytest.approx(0.2511505, abs=1e-7)


def test_a_ranking_does_not_depend_on_the_order_in_which_it_is_written_and_leaves_out_what_is_not_ranked() -> None:
    given = batch([0.0, 9.0, 2.0, 1.0], rank=numbers([3, NAN, 1, 2]))
    assert mean(Rank(), given) == pytest.approx(0.7208677, abs=1e-7)


def test_records_are_ranked_apart_and_one_alone_counts_nothing() -> None:
    given = batch([2.0, 1.0, 0.0, 5.0, 4.0, 7.0], rank=numbers([1, 2, 3, 1, 2, 1]), group=torch.tensor([0, 0, 0, 1, 1, 2]))
    assert Rank().count(given) == 2
    assert mean(Rank(), given) == pytest.approx((0.7208677 + 0.3132617) / 2, abs=1e-7)


def test_ties_in_a_ranking_are_those_of_efron_and_breslow() -> None:
    scores, ranks = numbers([[1.0], [0.0], [-1.0]]), numbers([1, 1, 2])
    a, b, c = math.e, 1.0, 1 / math.e
    breslow = -math.log(a / (a + b + c)) - math.log(b / (a + b + c))
    efron = -math.log(a) + math.log(a + b + c) - math.log(b) + math.log(a + b + c - (a + b) / 2)
    assert float(plackett_luce(scores, ranks, efron=False)) == pytest.approx(breslow)
    assert float(plackett_luce(scores, ranks)) == pytest.approx(efron)


def test_an_ensemble_of_equal_read_outs_has_the_loss_and_gradient_of_one() -> None:
    one, two = numbers([1.0, 0.0]).requires_grad_(), numbers([1.0, 0.0]).requires_grad_()
    known = vars(batch([0.0, 0.0], [(0, 1)]))
    single = Compare()(Judged(**{**known, "scores": one[:, None]}))
    double = Compare()(Judged(**{**known, "scores": two[:, None].expand(2, 2), "weight": torch.ones(1, 2)}))
    assert float(single) == pytest.approx(float(double))
    torch.testing.assert_close(torch.autograd.grad(single, one)[0], torch.autograd.grad(double, two)[0])


def test_a_read_out_does_not_learn_from_pairs_that_are_not_its_own() -> None:
    scores = numbers([[1.0, 1.0], [0.0, 0.0]]).requires_grad_()
    given = Judged(**{**vars(batch([[0.0, 0.0]] * 2, [(0, 1)])), "scores": scores, "weight": numbers([[1.0, 0.0]])})
    slope = torch.autograd.grad(Compare()(given), scores)[0]
    assert slope[:, 1].tolist() == [0, 0] and slope[0, 0] < 0 < slope[1, 0]


def test_a_cost_rises_with_harm_and_its_sign_says_what_is_harmful() -> None:
    given = batch([2.0, -1.0], [(1, 0)], label=numbers([0, 1]))  # the second is preferred, and safe
    assert mean(Compare(harm=True), given) == pytest.approx(math.log(1 + math.exp(-3)))
    assert mean(Sign(), given) == pytest.approx((math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1))) / 2)
    method = find_reward("safe_cost")
    assert method.sign == -1 and method.measures(given)["accuracy"].tolist() == [1.0]


def test_steps_are_two_class_cross_entropy_with_hard_and_soft_labels_and_unknown_ones_count_nothing() -> None:
    given = batch([0.0], steps=numbers([[2.0], [2.0], [-1.0], [5.0]]), worth=numbers([1.0, 0.0, 0.25, NAN]))
    plus, minus = numbers([2.0, 2.0, -1.0]) / 2, -numbers([2.0, 2.0, -1.0]) / 2
    logp = torch.stack([minus, plus], 1).log_softmax(1)  # scores of the two labels, as OpenRLHF's PRMLoss has them
    labels = numbers([[0.0, 1.0], [1.0, 0.0], [0.75, 0.25]])
    assert Steps().count(given) == 3
    assert mean(Steps(), given) == pytest.approx(float(-(labels * logp).sum(1).mean()))


def test_words_are_averaged_over_tokens_of_the_side() -> None:
    given = batch([0.0] * 3, [(0, 1), (2, 1)], words=numbers([-3.0, -8.0, -1.0]), lengths=numbers([2.0, 4.0, 1.0]))
    assert mean(Words("win"), given) == pytest.approx(4 / 3)
    assert mean(Words("lose"), given) == pytest.approx(16 / 8)
    assert mean(Words("all"), given) == pytest.approx(12 / 7)


def test_a_latent_is_squeezed_by_dimension_or_by_its_means() -> None:
    latent = numbers([[[1.0, -1.0], [0.0, math.log(4)]]])  # means 1 and -1, variances 1 and 4
    given = batch([0.0], latent=latent)
    assert mean(Squeeze(), given) == pytest.approx(0.5 * (1 + 1 - 0 - 1) + 0.5 * (1 + 4 - math.log(4) - 1))
    assert mean(Squeeze(of_means=True), given) == pytest.approx(0.5 * (0 + 2 - math.log(2) - 1))  # mean 0, mean log-variance log 2
    with pytest.raises(ValueError, match="judging.latent"):
        Squeeze()(batch([0.0]))


@pytest.mark.parametrize("method", reward_methods().values(), ids=lambda method: method.name)
def test_every_method_in_micro_batches_gives_the_loss_and_gradient_of_the_whole_step(method: RewardMethod) -> None:
    draw = torch.Generator().manual_seed(1)

    def record(number: int) -> dict[str, Tensor]:
        known = vars(batch([0.0] * 3, [(0, 1), (0, 2)], rank=numbers([1, 2, 2]), label=numbers([1, 0, 0]), lengths=numbers([3.0, 4, 5 + number])))
        return known | {
            "scores": torch.randn(3, 1, generator=draw, dtype=torch.float64), "words": -torch.rand(3, generator=draw, dtype=torch.float64), "margin": numbers([0.2, 0.6]),
            "latent": torch.randn(3, 2, 4, generator=draw, dtype=torch.float64), "steps": torch.randn(2, 1, generator=draw, dtype=torch.float64), "worth": numbers([1.0, 0.3]),
            "tie": torch.tensor([False, number == 1]), "group": torch.full((3,), number),
        }  # fmt: skip

    parts = [record(number) for number in range(3)]
    whole = {name: torch.cat([part[name] for part in parts]) for name in parts[0] if name not in ("known", "win", "lose")}
    whole |= {name: torch.cat([part[name] + 3 * number for number, part in enumerate(parts)]) for name in ("win", "lose")} | {"known": {}}
    inputs = ("scores", "words", "steps", "latent")

    def slopes(batches: list[dict[str, Any]], counts: dict[str, float], known: dict[str, float]) -> tuple[float, list[Tensor]]:
        leaves = [{name: one[name].clone().requires_grad_() for name in inputs} for one in batches]
        loss = sum(method(Judged(**{**one, **own, "known": known}), counts).loss for one, own in zip(batches, leaves, strict=True))
        found = [torch.autograd.grad(loss, [own[name] for own in leaves], allow_unused=True) for name in inputs]
        rows = [[torch.zeros_like(one[name]) if slope is None else slope for one, slope in zip(batches, row, strict=True)] for name, row in zip(inputs, found, strict=True)]
        return float(loss), [torch.cat(row) for row in rows]

    all_of_it = Judged(**whole)
    counts, known = method.counts(all_of_it), method.survey(all_of_it)
    loss, slope = slopes([whole], counts, {})
    split, split_slope = slopes(parts, counts, known)
    assert split == pytest.approx(loss, abs=1e-12) and loss != 0
    for ours, theirs in zip(split_slope, slope, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=0)


def test_a_method_is_found_by_name_and_a_wrong_one_names_the_nearest() -> None:
    assert find_reward("mm_rlhf").judging["form"] == "critique"
    with pytest.raises(ValueError, match="did you mean 'plackett_luce'"):
        find_reward("plackett_lucy")
    changed = find_reward("margin").with_settings({"terms.0.margin.scale": 2.0})
    assert mean(changed.terms[0], batch([0.0, 0.0], [(0, 1)], margin=numbers([1.0]))) == pytest.approx(math.log(1 + math.exp(2)))
