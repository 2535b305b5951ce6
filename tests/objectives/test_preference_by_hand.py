"""Methods for which no golden number exists: two small cases each, worked out in the test."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, log1p

import pytest
import torch
from preference_batch import CHOSEN, CORRUPTED, REJECTED, close, single

from veridical.objectives.batch import Batch
from veridical.objectives.find import find
from veridical.objectives.view import GOLD, SIMILAR, View

BLANK_CHOSEN, BLANK_REJECTED = View("chosen", "blank"), View("rejected", "blank")
NONE, SOME = [False, False], [False, True]


def softplus(x: float) -> float:
    """-log sigma(-x)."""
    return log1p(exp(x))


def sigma(x: float) -> float:
    return 1 / (1 + exp(-x))


def view(policy: list[float], reference: list[float], changed: list[bool] | None = None, **outputs: list[float]):
    return single(policy, reference, changed or [False] * len(policy), **outputs)


@pytest.mark.parametrize(("blank", "expected"), [([-2.0, -1.5], 2.0), ([-1.0, -3.0], 2.25)])
def test_v_dpo_adds_what_the_picture_gives_to_the_policy(blank, expected):
    # gamma 1.5, blank read by the reference. chosen: r = 0.5 + 0, S = -2, blank -3.5 or -4: 0.5 + 0.5 (1.5 or 2) = 1.25 or 1.5
    # rejected: r = -0.5, S = -3, blank -2.5: -0.5 + 0.5 (-0.5) = -0.75
    scores = {
        CHOSEN: view([-1.0, -1.0], [-1.5, -1.0]), REJECTED: view([-2.0, -1.0], [-1.5, -1.0]),
        BLANK_CHOSEN: view([9.0, 9.0], blank), BLANK_REJECTED: view([9.0, 9.0], [-1.5, -1.0]),
    }  # fmt: skip
    close(find("v_dpo")(scores).loss, softplus(-0.1 * expected), 1e-12)


@pytest.mark.parametrize("gamma", [1.5, 2.0])
def test_v_dpo_with_pairs_of_pictures_reads_the_blank_one_by_the_policy_itself_and_cancels_it_between_pictures(gamma):
    scores = {
        CHOSEN: view([-1.0, -1.0], [-1.5, -1.0]), REJECTED: view([-2.0, -1.0], [-1.5, -1.0]), CORRUPTED: view([-3.0, -1.0], [-2.0, -1.5]),
        BLANK_CHOSEN: view([-2.0, -2.0], [9.0, 9.0]), BLANK_REJECTED: view([-1.0, -1.0], [9.0, 9.0]),
    }  # fmt: skip
    # words: chosen 0.5 + (g - 1)(-2 + 4), rejected -0.5 + (g - 1)(-3 + 2); pictures: 0.5 - (-0.5) + (g - 1)(-2 + 4)
    words = (0.5 + (gamma - 1) * 2) - (-0.5 - (gamma - 1))
    pictures = 1.0 + (gamma - 1) * 2
    close(find("v_dpo_contrast").with_settings(gamma=gamma)(scores).loss, softplus(-0.1 * words) + softplus(-0.1 * pictures), 1e-12)


@pytest.mark.parametrize("gap", [1.0, -2.0])
def test_token_tpo_weighs_each_token_by_what_its_logit_owes_to_the_picture(gap):
    # one token a side: u of the policy is `gap` on both sides, of the reference 0.5; r is 0.5 and -0.5
    scores = {
        CHOSEN: view([-1.0], [-1.5], logit=[3.0], reference_logit=[2.0]), CORRUPTED: view([0.0], [0.0], logit=[3.0 - gap], reference_logit=[1.5]),
        REJECTED: view([-2.0], [-1.5], logit=[1.0], reference_logit=[1.0]), View("rejected", "corrupted"): view([0.0], [0.0], logit=[1.0 - gap], reference_logit=[0.5]),
    }  # fmt: skip
    chosen = 0.5 + log(sigma(gap) + 0.5) - log(sigma(0.5) + 0.5)
    rejected = -0.5 + log(1.5 - sigma(gap)) - log(1.5 - sigma(0.5))
    close(find("token_tpo")(scores).loss, softplus(-0.1 * (chosen - rejected)), 1e-12)


def opa(severity: str):
    """r: gold 1, gold masked -1, chosen 0.5 + 0.25, masked -0.5, rejected -1 + 0.5; the second word of chosen and rejected is marked."""
    marked = {severity: torch.tensor([[False, True]])}
    return {
        GOLD: view([-1.0], [-2.0]), View("gold", "corrupted"): view([-3.0], [-2.0]), CHOSEN: replace(view([-1.0, -1.0], [-1.5, -1.25]), marks=marked),
        CORRUPTED: replace(view([-2.0, -1.0], [-1.5, -1.0]), marks=marked), REJECTED: replace(view([-2.0, -1.0], [-1.0, -1.5]), marks=marked),
    }  # fmt: skip


@pytest.mark.parametrize(("severity", "words", "seen"), [("severity 2", 2.0, 1.0), ("hallucination", 2.5, 3.0)])
def test_opa_dpo_weighs_marked_words_and_anchors_gold_and_revision_upwards(severity, words, seen):
    chosen, rejected = 0.5 + 0.25 * words, -1.0 + 0.5 * words
    pictures = (0.5 + 0.25 * seen) - (-0.5)
    expected = softplus(-0.1 * (1 + 0.5)) + softplus(-0.1 * (chosen - rejected)) + 0.2 * softplus(-0.1 * 2) + 0.2 * softplus(-0.1 * pictures) + softplus(-0.1) + softplus(-0.1 * 0.75)
    close(find("opa_dpo")(opa(severity)).loss, expected, 1e-12)


@pytest.mark.parametrize("width", [2, 4])
def test_opa_dpo_as_coded_pairs_positions_and_counts_padding(width):
    # every term: two positions, then width - 2 of log 2
    def term(first, second):
        return (softplus(-0.1 * first) + softplus(-0.1 * second) + (width - 2) * log(2)) / width

    expected = (
        term(1 - -1, 0 - 0.5) + term(0.5 - -1, 2 * (0.25 - 0.5)) + 0.2 * term(2, 0) + 0.2 * term(0.5 - -0.5, 0.25 - 0)
        + 2 * term(1, 0) + 2 * term(-0.5, -0.25)
    )  # fmt: skip
    method = find("opa_dpo_code").with_settings(width=float(width))
    scores = opa("severity 2")
    pad = [GOLD, View("gold", "corrupted")]
    scores |= {one: view([scores[one].policy[0, 0].item(), 0.0], [scores[one].reference[0, 0].item(), 0.0]) for one in pad}
    scores |= {one: replace(scores[one], mask=torch.tensor([[True, False]])) for one in pad}
    close(method(scores).loss, expected, 1e-12)


@pytest.mark.parametrize("lam", [1.0, 0.5])
def test_adpo_compares_the_clean_answer_with_the_attacked_one_and_learns_the_clean_answer_on_the_attacked_picture(lam):
    scores = {CHOSEN: view([-1.0, -1.0], [-1.5, -1.0]), View("rejected", "corrupted"): view([-2.0], [-1.0]), CORRUPTED: view([-3.0, -1.0], [0.0, 0.0])}
    # 0.1 (0.5 - -1); -log pi on the attacked picture: 4 over 2 tokens
    close(find("adpo").with_settings({"terms.1.weight": lam})(scores).loss, softplus(-0.15) + lam * 2.0, 1e-12)


@pytest.mark.parametrize("gamma", [4.0, 2.0])
def test_chip_decides_by_response_segment_token_and_picture(gamma):
    scores = {
        CHOSEN: view([-1.0, -1.0], [-1.5, -1.25], SOME, kl=[0.1, 0.2]), REJECTED: view([-2.0, -1.0], [-1.0, -1.5], SOME, kl=[0.5, 0.4]), CORRUPTED: view([-2.0, -1.0], [-1.5, -1.0], SOME),
    }  # fmt: skip
    words, segments = 0.75 - -0.5, (0.5 + 0.25 * gamma) - (-1.0 + 0.5 * gamma)
    expected = softplus(-0.1 * words) + softplus(-0.1 * segments) + softplus(-(0.1 * words - 0.01 * (0.9 - 0.3))) + softplus(-0.1 * (0.75 - -0.5))
    close(find("chip").with_settings({"terms.1.reading.changed": gamma})(scores).loss, expected, 1e-12)


@pytest.mark.parametrize("own", [[-0.5, -0.75], [-2.0, -1.0]])
def test_povid_lowers_the_words_that_the_noisy_picture_suggests(own):
    scores = {
        CHOSEN: view([-1.0, -1.0], [-1.5, -1.0], own_words=own, reference_own_words=[-1.0, -1.0]), REJECTED: view([-2.0, -1.0], [-1.5, -1.0]), CORRUPTED: view([-3.0, -3.0], [-3.0, -3.0]),
    }  # fmt: skip
    close(find("povid2")(scores).loss, 0.5 * softplus(-0.1 * (0.5 - -0.5)) + 0.5 * softplus(-0.1 * (0.5 - (sum(own) + 2))), 1e-12)


@pytest.mark.parametrize("share", [-0.5, -0.25])
def test_povid_as_one_decision_sums_three_coefficients(share):
    scores = {CHOSEN: view([-1.0, -1.0], [-1.5, -1.0]), REJECTED: view([-2.0, -1.0], [-1.5, -1.0]), CORRUPTED: view([-3.0, -1.0], [-1.0, -1.0])}
    method = find("povid2_paper").with_settings({"terms.0.sides.2.coefficient": share})
    close(method(scores).loss, softplus(-0.1 * (0.5 - 0.5 * -0.5 + share * -2.0)), 1e-12)


@pytest.mark.parametrize("rival", [-0.25, -3.0])
def test_re_align_as_coded_lowers_the_likeliest_other_words(rival):
    scores = {
        CHOSEN: view([-1.0, -1.0], [-1.5, -1.0]), REJECTED: view([-2.0], [-1.5], runner_up=[rival], reference_runner_up=[-1.0]),
        SIMILAR: view([-2.0, -2.0], [-2.0, -2.0], runner_up=[-0.5, rival], reference_runner_up=[-0.75, -1.0]),
    }  # fmt: skip
    expected = softplus(-0.1 * (0.5 - (rival + 1))) + softplus(-0.1 * (0.5 - (0.25 + rival + 1)))
    close(find("rdpo_code")(scores).loss, expected, 1e-12)


@pytest.mark.parametrize("strength", [0.1, 2.0])
def test_mm_dpo_as_coded_moves_one_beta_by_the_kept_gaps_against_all(strength):
    # gaps 4, 2, 0, -2 (mean 1); three of four are kept, and one beta follows
    def side(values):
        return replace(single([0.0], [0.0], [False]), policy=torch.tensor(values, dtype=torch.float64)[:, None], reference=torch.zeros(4, 1, dtype=torch.float64), mask=torch.ones(4, 1, dtype=torch.bool), changed=torch.zeros(4, 1, dtype=torch.bool))

    gaps = [4.0, 2.0, 0.0, -2.0]
    batch = Batch({CHOSEN: side(gaps), REJECTED: side([0.0] * 4)})
    method = find("mm_dpo_code").with_settings({"strength": strength, "terms.1.weight": 0})
    kept = method.terms[0].beta.kept.drawn(batch)
    assert kept.sum() == 3
    mean = sum(gap for gap, taken in zip(gaps, kept.tolist(), strict=True) if taken) / 3
    beta = max(1e-3, 0.1 * (1 + strength * (mean - 1.0)))
    close(method(batch).loss, sum(softplus(-beta * gap) for gap in gaps) / 4, 1e-6)
