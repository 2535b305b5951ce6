"""What holds for every algorithm, whatever its choices."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
import torch
from online_batch import learning, loss, permuted, policy, rollouts, suited

from veridical.objectives.online.algorithm import Algorithm
from veridical.objectives.online.credit import Certain, Supervised, Whole, mean_of_group, mean_of_others
from veridical.objectives.online.find import algorithms, aliases, find
from veridical.objectives.online.keep import Best, OneOfEach, Spread, Within, rank
from veridical.objectives.online.loss import Contest, Distil
from veridical.objectives.settings import numbers

EVERY = list(algorithms().values())
every = pytest.mark.parametrize("algorithm", EVERY, ids=lambda one: one.name)


@every
def test_micro_batches_change_nothing(algorithm: Algorithm) -> None:
    given = suited(algorithm)
    groups = [(given.prompt == 0).nonzero()[:, 0], ((given.prompt == 1) | (given.prompt == 4)).nonzero()[:, 0], ((given.prompt == 2) | (given.prompt == 3)).nonzero()[:, 0]]
    whole, parts = loss(algorithm, given, policy()), loss(algorithm, given, policy(), groups)
    torch.testing.assert_close(whole, parts)


@every
def test_the_order_of_prompts_changes_nothing(algorithm: Algorithm) -> None:
    given, said = suited(algorithm), policy()
    order = torch.cat([(given.prompt == prompt).nonzero()[:, 0] for prompt in (3, 0, 4, 2, 1)])
    value, gradient = loss(algorithm, given, said)
    other, moved = loss(algorithm, permuted(given, order), {name: table[order] for name, table in said.items()})
    torch.testing.assert_close(value, other)
    torch.testing.assert_close(gradient[order], moved)


@every
def test_what_is_masked_unscored_or_not_kept_has_no_gradient(algorithm: Algorithm) -> None:
    given = suited(algorithm)
    gradient = loss(algorithm, given, policy())[1]
    found = algorithm.advantages(given)
    if not any(isinstance(one, Contest) for one in algorithm.losses):
        assert (gradient[~found.rollouts.taught] == 0).all()
    assert (gradient[~given.mask] == 0).all() and (gradient[13] == 0).all()
    assert (gradient != 0).any() and gradient.isfinite().all()


@every
def test_padding_is_never_read(algorithm: Algorithm) -> None:
    given, said = suited(algorithm), policy()
    spoilt = replace(given, **{name: torch.where(given.mask, getattr(given, name), 77.0) for name in ("old", "reference", "values", "process", "sampled")})
    other = {name: torch.where(given.mask, table, -55.0) for name, table in said.items()}
    torch.testing.assert_close(loss(algorithm, given, said), loss(algorithm, spoilt, other))


@every
def test_more_reward_for_one_response_raises_its_likelihood(algorithm: Algorithm) -> None:
    """On policy, the gradient of the loss by a response's log-probability falls when its reward rises, and rises for the same sign turned round."""
    if isinstance(algorithm.credit, Certain | Supervised) or any(isinstance(one, Contest | Distil) for one in algorithm.losses) or algorithm.name in ("oreal", "distil_sampled"):
        pytest.skip("does not weigh tokens by advantages of rewards")
    given = replace(suited(algorithm), contrast=None)
    given = replace(given, reference=given.old, values=torch.zeros_like(given.old), process=torch.zeros_like(given.old))
    said = {**policy(), "logp": given.old, "hidden": given.old}
    plain = replace(algorithm, keep=(), losses=tuple(replace(one, weight=0.0) if one.name in ("perception", "double entropy") else one for one in algorithm.losses))
    raised = given.reward.clone()
    raised[0] += 0.5
    low, high = (loss(plain, replace(given, reward=reward), said)[1][0].sum() for reward in (given.reward, raised))
    assert high < low


@every
def test_on_policy_the_policy_loss_is_minus_the_mean_advantage(algorithm: Algorithm) -> None:
    given = suited(algorithm)
    found = algorithm.advantages(given)
    for one in algorithm.losses:
        if one.name != "policy" or not hasattr(one.term, "low") or not hasattr(one.term, "dual"):
            continue
        said = {**policy(), "logp": given.old}
        batch = learning(found, said)
        value = algorithm(batch)[one.name]
        weights = one.how.weights(found.rollouts)
        torch.testing.assert_close(value, -one.weight * (weights * found.values).sum() / one.how.count(found.rollouts))


@pytest.mark.parametrize("baseline", [mean_of_group, mean_of_others])
def test_advantages_of_a_group_sum_to_zero_before_anything_is_masked(baseline: object) -> None:
    given = rollouts()
    found = torch.where(given.scored[:, None], Whole(baseline)(given, torch.zeros_like(given.old)), 0.0)[:, 0]
    sums = torch.zeros(5, dtype=torch.float64).index_add(0, given.prompt, found)
    assert sums[:4].abs().max() < 1e-9


def test_no_two_algorithms_are_the_same() -> None:
    outcomes = {one.name: loss(one, suited(one), policy()) for one in EVERY}
    alike = [(a, b) for a, b in combinations(outcomes, 2) if torch.allclose(outcomes[a][0], outcomes[b][0]) and torch.allclose(outcomes[a][1], outcomes[b][1])]
    assert set(alike) <= {("stable_reinforce", "stable_reinforce_code")}, alike  # these differ for outliers alone, which have a case of their own


@every
def test_weights_and_discounts_are_felt(algorithm: Algorithm) -> None:
    """Each number that scales something changes the loss or its gradient. Bounds and windows have cases of their own."""
    scaling = ("weight", "gamma", "lam", "beta", "coefficient", "amount", "factor", "outcome", "process")
    given = suited(algorithm)
    before = loss(algorithm, given, policy())
    for key, value in numbers(algorithm).items():
        if key.rsplit(".", 1)[-1] not in scaling or key.startswith("beside.") or (value == 0 and key.endswith("weight")):
            continue
        after = loss(algorithm.with_settings({key: 0.61 * value + 0.07}), given, policy())
        assert not (torch.allclose(before[0], after[0]) and torch.allclose(before[1], after[1])), key


def test_ranks_and_rules() -> None:
    given = rollouts()
    reward = given.reward
    best = Best(1)(given)
    for prompt in range(5):
        rows = ((given.prompt == prompt) & given.scored).nonzero()[:, 0]
        assert best[rows].sum() == 1 and reward[rows][best[rows]] == reward[rows].max()
    assert rank(given, reward)[13] == 2, "the unscored one comes last of its three"
    assert Spread()(given)[4:8].sum() == 0 and Spread()(given)[0]
    assert Within(0.4, 0.6)(given)[:4].all() and not Within(0.4, 0.6)(given)[4:8].any()


def test_one_right_and_one_wrong_answer_of_a_prompt() -> None:
    given = rollouts(wrong=-1.0)
    found = OneOfEach()(given)
    assert found[:4].tolist() == [True, True, False, False] and not found[4:8].any()


def test_aliases_are_found_with_their_own_numbers() -> None:
    assert find("open_r1_video").losses[1].weight == 0.1
    assert find("vlm_r1").formula == find("r1_v").formula
    assert set(aliases()).isdisjoint(algorithms())


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(ValueError, match="did you mean 'grpo'"):
        find("grpoo")
