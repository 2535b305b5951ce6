"""The chunked vocabulary projection against full logits: values and gradients, of one stream and of two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from veridical.models import head
from veridical.models.head import entropy, kl_from_reference, project, token_logp

N, WIDTH, VOCABULARY = 23, 11, 31
CHUNK = 3 * VOCABULARY
"""Three tokens at a time, so that eight chunks are needed and the last is not full."""


def material(seed: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden states, a head's weight, targets."""
    draw = torch.Generator().manual_seed(seed)
    hidden = torch.randn(N, WIDTH, generator=draw, dtype=dtype).requires_grad_()
    weight = torch.randn(VOCABULARY, WIDTH, generator=draw, dtype=dtype).requires_grad_()
    return hidden, weight, torch.randint(0, VOCABULARY, (N,), generator=draw)


def scores_of(weight: Tensor) -> Callable[[Tensor], Tensor]:
    """A head with a soft cap, so that it is not linear."""
    return lambda hidden: torch.tanh(hidden @ weight.T / 5) * 5


def plain(hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """Log-probabilities by the definition."""
    return scores_of(weight)(hidden).softmax(-1)[torch.arange(N), targets].log()


def test_a_token_s_log_probability_is_its_score_minus_the_log_sum_of_all() -> None:
    scores = torch.tensor([[0.0, 1.0, 2.0]])
    assert token_logp(scores, torch.tensor([1])).item() == pytest.approx(1 - 2.4076059644)  # log(1 + e + e^2)


def test_entropy_and_divergence_of_distributions_worked_by_hand() -> None:
    """p = (1/2, 1/4, 1/4): entropy 1.5 log 2. q = (1/4, 1/4, 1/2): KL(q || p) = -1/4 log 2 + 1/2 log 2 = 0.25 log 2."""
    policy, reference = torch.tensor([[0.5, 0.25, 0.25]]).log(), torch.tensor([[0.25, 0.25, 0.5]]).log()
    assert entropy(policy).item() == pytest.approx(1.5 * 0.69314718)
    assert kl_from_reference(policy, reference).item() == pytest.approx(0.25 * 0.69314718)
    assert kl_from_reference(policy + 3, policy - 1).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("frozen", [True, False])
def test_values_and_gradients_are_those_of_full_logits(frozen: bool) -> None:
    hidden, weight, targets = material(0)
    weight.requires_grad_(not frozen)
    upstream = torch.linspace(-1, 2, N, dtype=torch.float64)
    tensors = [hidden] if frozen else [hidden, weight]
    expected = plain(hidden, weight, targets)
    found = project(scores_of(weight), hidden, targets, frozen=frozen, chunk=CHUNK).logp
    torch.testing.assert_close(found, expected)
    for ours, theirs in zip(torch.autograd.grad(found @ upstream, tensors), torch.autograd.grad(expected @ upstream, tensors), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("frozen", [True, False])
def test_entropy_and_divergence_from_a_second_stream_with_gradients(frozen: bool) -> None:
    hidden, weight, targets = material(1)
    other, others_weight, _ = material(2)
    weight.requires_grad_(not frozen)
    tensors = [hidden] if frozen else [hidden, weight]
    found = project(scores_of(weight), hidden, targets, ("kl", "entropy"), (scores_of(others_weight), other), frozen=frozen, chunk=CHUNK)
    ours, theirs = scores_of(weight)(hidden).softmax(-1), scores_of(others_weight)(other).softmax(-1).detach()
    expected = {"kl": (theirs * (theirs / ours).log()).sum(-1), "entropy": -(ours * ours.log()).sum(-1)}
    torch.testing.assert_close(found.logp, plain(hidden, weight, targets))
    for name, value in expected.items():
        torch.testing.assert_close(found.outputs[name], value)
        for one, two in zip(torch.autograd.grad((found.outputs[name] ** 2).sum(), tensors, retain_graph=True), torch.autograd.grad((value**2).sum(), tensors, retain_graph=True), strict=True):
            torch.testing.assert_close(one, two)
    total = found.logp.sum() + found.outputs["kl"].sum() + found.outputs["entropy"].sum()
    assert torch.autograd.grad(total, [other, others_weight], allow_unused=True, retain_graph=True) == (None, None)


@pytest.mark.parametrize("frozen", [True, False])
def test_no_more_scores_than_a_chunk_exist_at_once(frozen: bool) -> None:
    hidden, weight, targets = material(3)
    weight.requires_grad_(not frozen)
    seen: list[int] = []

    def watched(part: Tensor) -> Tensor:
        seen.append(len(part))
        return scores_of(weight)(part)

    project(watched, hidden, targets, frozen=frozen, chunk=CHUNK).logp.sum().backward()
    assert max(seen) == 3 and sum(seen) >= N


def test_a_frozen_head_is_projected_once_and_a_trainable_one_again_in_the_backward_pass() -> None:
    hidden, weight, targets = material(4)
    rows: dict[bool, int] = {}
    for frozen in (True, False):
        count = []
        project(lambda part: (count.append(len(part)), scores_of(weight)(part))[1], hidden, targets, frozen=frozen, chunk=CHUNK).logp.sum().backward()  # noqa: B023
        rows[frozen] = sum(count)
    assert rows[True] == N + 1 and rows[False] == 2 * N + 1  # one row more finds out how large the vocabulary is


def test_no_scored_token_gives_empty_values_that_have_a_gradient() -> None:
    hidden, weight, _ = material(5)
    found = project(scores_of(weight), hidden[:0], torch.zeros(0, dtype=torch.long), ("entropy",))
    assert found.logp.shape == (0,) and found.outputs["entropy"].shape == (0,)
    found.logp.sum().backward()
    assert hidden.grad is not None and not hidden.grad.any()


def test_an_unknown_request_and_one_without_its_stream_are_refused() -> None:
    hidden, weight, targets = material(6)
    with pytest.raises(ValueError, match="unknown output 'perplexity'"):
        project(scores_of(weight), hidden, targets, ("perplexity",))
    with pytest.raises(ValueError, match="'kl' compares with the reference's distribution"):
        project(scores_of(weight), hidden, targets, ("kl",))


def test_half_precision_states_give_log_probabilities_in_single() -> None:
    hidden, weight, targets = material(7, torch.bfloat16)
    found = project(lambda part: (part @ weight.T).float(), hidden, targets, frozen=True, chunk=CHUNK)
    assert found.logp.dtype == torch.float32
    found.logp.sum().backward()
    assert hidden.grad.dtype == torch.bfloat16
    assert head.CHUNK == 2**24


@pytest.mark.parametrize("frozen", [True, False])
def test_outputs_that_terms_request_are_those_of_full_logits(frozen: bool) -> None:
    hidden, weight, targets = material(8)
    other, others_weight, _ = material(9)
    twins = torch.arange(N).flip(0)
    names = ("collision", "logit", "runner_up", "own_words", "reference_logit", "reference_runner_up", "reference_own_words")
    found = project(scores_of(weight), hidden, targets, names, (scores_of(others_weight), other), frozen=frozen, chunk=CHUNK, twins=twins).outputs
    ours, theirs, rows = scores_of(weight)(hidden), scores_of(others_weight)(other), torch.arange(N)
    chosen = ours.argmax(-1)[twins]

    def second(scores: Tensor) -> Tensor:
        rest = scores.softmax(-1).log().clone()
        rest[rows, targets] = -torch.inf
        return rest.max(-1).values

    expected = {
        "collision": (ours.softmax(-1) ** 2).sum(-1).log(), "logit": ours[rows, targets], "runner_up": second(ours), "own_words": ours.softmax(-1).log()[rows, chosen],
        "reference_logit": theirs[rows, targets], "reference_runner_up": second(theirs), "reference_own_words": theirs.softmax(-1).log()[rows, chosen],
    }  # fmt: skip
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value)
        assert found[name].requires_grad != name.startswith("reference")
    slopes = [torch.autograd.grad(sum(one[name].sum() for name in names[:4]), hidden, retain_graph=True)[0] for one in (found, expected)]
    torch.testing.assert_close(*slopes)
