"""Losses against closed forms and hand arithmetic."""

from math import exp, log1p

import pytest
import torch
from preference_batch import CHOSEN, REJECTED, close, golden, golden_batch, golden_scores, single

from veridical.objectives.link import Hinge, Logistic, Squared
from veridical.objectives.find import find
from veridical.objectives.method import Method
from veridical.objectives.term import Imitate, Prefer

METHODS_WITH_GOLDEN_NUMBERS = ["dpo", "hinge", "ipo", "simpo", "image_dpo", "anchored_dpo", "mdpo", "rpo"]


@pytest.mark.parametrize("name", METHODS_WITH_GOLDEN_NUMBERS)
def test_a_method_gives_the_golden_loss_of_each_pair_and_their_mean(name):
    scores, expected = golden_scores(), golden()
    method = find(name)
    close(method(scores).loss, expected["mean"][name])
    per_pair = sum(term.weight * term(scores) for term in method.terms)
    close(per_pair, expected["per_pair"][name])


CASES = golden()["cases"]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['method']} {case['settings'] or ''}" for case in CASES])
def test_a_method_with_settings_gives_the_golden_loss_of_each_pair_and_their_mean(case):
    method, batch = find(case["method"]).with_settings(case["settings"]), golden_batch(case.get("memory"))
    close(method(batch).loss, case["mean"])
    if case["per_pair"]:
        close(sum(term.weight * term(batch) for term in method.active), sorted_back(case))


def sorted_back(case):
    """Losses of a sorted batch are stated in sorted order: ours are in the pairs' own."""
    return case["per_pair"][::-1] if case["method"].startswith("aot") else case["per_pair"]


def test_the_terms_of_mdpo_are_the_golden_terms():
    parts, mean = find("mdpo")(golden_scores()).parts, golden()["mean"]
    close(parts["chosen > rejected"], mean["dpo"])
    close(parts["chosen > chosen@corrupted"], mean["image_dpo"])
    close(parts["chosen > 0"], mean["anchor"])


def test_label_smoothing_gives_the_golden_loss():
    close(find("dpo").with_settings(smoothing=0.1)(golden_scores()).loss, golden()["mean"]["cdpo"])


def test_imitation_averages_over_all_tokens_of_the_step():
    # 73 nats over 35 tokens; a mean of the two responses' own means would be (40/20 + 33/15) / 2 = 2.1
    method = Method("sft", "", (Imitate(CHOSEN),))
    close(method(golden_scores()).loss, golden()["mean"]["sft_token_mean"])
    close(Method("own", "", (Imitate(CHOSEN, "sequence"),))(golden_scores()).loss, 2.1)
    close(Method("sum", "", (Imitate(CHOSEN, "sum", weight=1 / 1024),))(golden_scores()).loss, (40 + 33) / 2 / 1024)


def ddpo_pair():
    """Log-ratios of chosen 0.5, 1.0, -0.25 (the last two changed), of rejected -1.0, 0.5 (the first changed)."""
    return {
        CHOSEN: single([-1.0, -1.0, -2.0], [-1.5, -2.0, -1.75], [False, True, True]),
        REJECTED: single([-3.0, -0.5], [-2.0, -1.0], [True, False]),
    }


def test_changed_tokens_weigh_gamma_in_a_sum():
    # chosen: 0.5 + 1.1 (1.0 - 0.25) = 1.325; rejected: 1.1 (-1.0) + 0.5 = -0.6; 0.1 * 1.925 = 0.1925
    close(find("ddpo")(ddpo_pair()).loss, log1p(exp(-0.1925)), 1e-12)


def test_changed_tokens_weigh_gamma_in_a_weighted_mean():
    # chosen: (0.5 + 5 * 0.75) / 11 = 4.25 / 11; rejected: (-5 + 0.5) / 6 = -0.75; 0.5 (4.25 / 11 + 0.75) = 0.568182
    close(find("ddpo_paper")(ddpo_pair()).loss, log1p(exp(-0.5 * (4.25 / 11 + 0.75))), 1e-12)


def test_links_at_hand_picked_points():
    u = torch.tensor([-2.0, 0.0, 3.0], dtype=torch.float64)
    close(Hinge()(u), [3.0, 1.0, 0.0])
    close(Squared(5.0)(u), [49.0, 25.0, 4.0])
    close(Logistic()(torch.tensor([0.0, -800.0])), [log1p(1.0), 800.0])


def test_the_gradient_of_dpo_is_beta_times_the_chance_of_the_wrong_order():
    # first pair: z = 7, so each chosen token gets -0.1 sigmoid(-0.7) / 2 pairs, each rejected token the opposite
    scores = golden_scores()
    for own in scores.values():
        own.policy.requires_grad_()
    find("dpo")(scores).loss.backward()
    wrong = 1 / (1 + exp(0.7))
    close(scores[CHOSEN].policy.grad[0, :20], torch.full((20,), -0.1 * wrong / 2, dtype=torch.float64), 1e-12)
    close(scores[REJECTED].policy.grad[0], torch.full((25,), 0.1 * wrong / 2, dtype=torch.float64), 1e-12)
    close(scores[CHOSEN].policy.grad[1, 15:], torch.zeros(5, dtype=torch.float64), 0)


def test_an_anchor_may_lower_the_rejected_response():
    # r of rejected is -5 and 1, so falling below zero costs log(1 + e^-0.5) and log(1 + e^0.1)
    term = Prefer(None, REJECTED)
    close(term(golden_scores()), [log1p(exp(-0.5)), log1p(exp(0.1))])
    close(term.measure(golden_scores())["accuracy/0 > rejected"], [1.0, 0.0])
