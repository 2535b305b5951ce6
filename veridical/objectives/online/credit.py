"""From rewards to advantages: baselines, and how a response's reward reaches its tokens.

A credit is called with rollouts (whose reward is shaped already) and the tokens' penalties [B, T]; it gives advantages
[B, T]. What stands outside `mask` does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from veridical.objectives.online.rollouts import Rollouts, group_deviation, group_mean, group_size, group_sum, last

Baseline = Callable[[Tensor, Rollouts], Tensor]
"""(scores [B], rollouts) -> what is subtracted, [B]."""


def none(scores: Tensor, rollouts: Rollouts) -> Tensor:
    """Nothing."""
    return torch.zeros_like(scores)


def mean_of_group(scores: Tensor, rollouts: Rollouts) -> Tensor:
    """The mean over the group. Source: GRPO, arXiv 2402.03300."""
    return group_mean(scores, rollouts)


def mean_of_others(scores: Tensor, rollouts: Rollouts) -> Tensor:
    """The mean over the others of the group; zero for a response that is alone. Source: RLOO, arXiv 2402.14740."""
    others = group_size(rollouts) - 1
    return torch.where(others > 0, (group_sum(scores, rollouts) - scores) / others.clamp(min=1), torch.zeros_like(scores))


def mean_by_length(scores: Tensor, rollouts: Rollouts) -> Tensor:
    """The group's mean with lengths as weights. Source: OPO, arXiv 2505.23585."""
    lengths = rollouts.lengths.to(scores)
    return group_sum(scores * lengths, rollouts) / group_sum(lengths, rollouts).clamp(min=1)


def greedy(scores: Tensor, rollouts: Rollouts) -> Tensor:
    """The reward of the likeliest response. Source: ReMax, arXiv 2310.10505. Errors: ValueError where none was drawn."""
    if rollouts.greedy is None:
        raise ValueError("the baseline is the likeliest response's reward, and the sampler drew none (draws.greedy)")
    return rollouts.greedy


Scale = Callable[[Tensor, Rollouts], Tensor]
"""(scores [B], rollouts) -> what advantages are divided by, [B]."""


def unscaled(scores: Tensor, rollouts: Rollouts) -> Tensor:
    """One."""
    return torch.ones_like(scores)


@dataclass(frozen=True)
class GroupDeviation:
    """The group's standard deviation plus `epsilon`. A group of one is left as it is.

    `epsilon`: 1e-4 in TRL and the R1-V family, 1e-6 in verl, 1e-9 in OpenRLHF.
    """

    epsilon: float = 1e-4
    ddof: int = 1

    def __call__(self, scores: Tensor, rollouts: Rollouts) -> Tensor:
        return torch.where(group_size(rollouts) > 1, group_deviation(scores, rollouts, self.ddof) + self.epsilon, 1.0)


@dataclass(frozen=True)
class BatchDeviation:
    """The standard deviation over all rewards of the step. Source: huggingface/trl 1.16, `scale_rewards="batch"`."""

    epsilon: float = 1e-4

    def __call__(self, scores: Tensor, rollouts: Rollouts) -> Tensor:
        return torch.full_like(scores, float(scores[rollouts.scored].std() if rollouts.scored.sum() > 1 else 0.0) + self.epsilon)


class Credit(Protocol):
    """How a reward reaches tokens."""

    def __call__(self, rollouts: Rollouts, penalty: Tensor) -> Tensor:
        """Advantages, [B, T]."""
        ...


@dataclass(frozen=True)
class Whole:
    """Every token earns what the response earned, penalties included:

    A_t = (R + sum over tokens of penalty and steps - baseline) / scale, the baseline seeing these too.
    """

    baseline: Baseline = mean_of_group
    scale: Scale = unscaled

    def __call__(self, rollouts: Rollouts, penalty: Tensor) -> Tensor:
        scores = rollouts.reward + tokens(rollouts, penalty).sum(-1)
        value = (scores - self.baseline(scores, rollouts)) / self.scale(scores, rollouts)
        return value[:, None].expand_as(penalty)


@dataclass(frozen=True)
class ToGo:
    """What is earned from a token on: A_t = sum over s >= t of gamma^(s-t) r_s, with r the penalties, what steps earn and, at the last token, R - baseline.

    Penalties and steps have no baseline. Source: REINFORCE++, arXiv 2501.03262. Follows: OpenRLHF.
    """

    baseline: Baseline = none
    gamma: float = 1.0

    def __call__(self, rollouts: Rollouts, penalty: Tensor) -> Tensor:
        return to_go(landed(rollouts, rollouts.reward - self.baseline(rollouts.reward, rollouts)) + tokens(rollouts, penalty), rollouts.mask, self.gamma)


@dataclass(frozen=True)
class Immediate:
    """A_t = gamma^(tokens that follow) · clamp(R - baseline) + penalty_t: the penalty of a token is its own alone.

    Source: ReMax, arXiv 2310.10505. Follows: liziniu/ReMax, remax_trainer.py (`most` 5, applied after the baseline); verl's form is `ToGo(greedy)`.
    """

    baseline: Baseline = greedy
    gamma: float = 1.0
    most: float = 5.0

    def __call__(self, rollouts: Rollouts, penalty: Tensor) -> Tensor:
        score = (rollouts.reward - self.baseline(rollouts.reward, rollouts)).clamp(-self.most, self.most)
        follow = (rollouts.lengths - 1)[:, None] - torch.arange(penalty.shape[1], device=penalty.device)[None]
        return self.gamma ** follow.clamp(min=0) * score[:, None] + tokens(rollouts, penalty)


@dataclass(frozen=True)
class Own:
    """A_t = penalty_t: a token earns its own penalty and nothing else. With a teacher as reference this is distillation on sampled tokens."""

    def __call__(self, rollouts: Rollouts, penalty: Tensor) -> Tensor:
        return penalty


@dataclass(frozen=True)
class Estimated:
    """Generalised advantage estimation:

        delta_t = r_t + gamma V_{t+1} - V_t        A_t = delta_t + gamma lam A_{t+1}

    V after the last token is 0; returns, the critic's targets, are A + V (`returns`). Source: arXiv 1506.02438; PPO, arXiv 1707.06347.
    """

    gamma: float = 1.0
    lam: float = 0.95

    def __call__(self, rollouts: Rollouts, penalty: Tensor) -> Tensor:
        if rollouts.values is None:
            raise ValueError("advantages are estimated from a critic's values, and the algorithm declares no critic")
        values = torch.where(rollouts.mask, rollouts.values, 0.0)
        reward = landed(rollouts, rollouts.reward) + tokens(rollouts, penalty)
        after = torch.cat([values[:, 1:], values.new_zeros(len(values), 1)], 1)
        return to_go(torch.where(rollouts.mask, reward + self.gamma * after - values, 0.0), rollouts.mask, self.gamma * self.lam)


@dataclass(frozen=True)
class Process:
    """Rewards of tokens from a process reward model beside the outcome's, each with a baseline from the other responses:

        outcome   R - mean of the others', at the last token
        process   q_t n/(n-1) - sum over the group of mean_t q / (n-1), q divided by the largest |sum from a token on| of the step

    and what is earned from a token on, both added. Source: PRIME, arXiv 2502.01456. Follows: PRIME-RL/PRIME,
    training/verl/trainer/ppo/core_algos.py (the two sources added 1:1).
    """

    outcome: float = 1.0
    process: float = 1.0

    def __call__(self, rollouts: Rollouts, penalty: Tensor) -> Tensor:
        if rollouts.process is None:
            raise ValueError("credit of tokens comes from a process reward model, and the algorithm declares none")
        own = torch.where(rollouts.taught | (rollouts.mask & rollouts.scored[:, None]), rollouts.process, 0.0)
        own = own / (to_go(own, rollouts.mask, 1.0).abs().max() + 1e-6)
        size = group_size(rollouts)
        others, factor = (size - 1).clamp(min=1), torch.where(size > 1, size / (size - 1).clamp(min=1), 1.0)
        means = own.sum(-1) / rollouts.lengths.clamp(min=1)
        centred = torch.where(rollouts.mask, own * factor[:, None] - torch.where(size > 1, group_sum(means, rollouts) / others, 0.0)[:, None], 0.0)
        outcome = landed(rollouts, rollouts.reward - mean_of_others(rollouts.reward, rollouts))
        return to_go(self.outcome * outcome + self.process * centred + tokens(rollouts, penalty), rollouts.mask, 1.0)


@dataclass(frozen=True)
class Supervised:
    """What steps earn, against all steps of the group, from each token on:

        s' = (s - mean) / (std + epsilon)  over the steps of the group's responses        A_t = sum of s' of the steps that end at t or later

    and `outcome` times what the whole response earned, normalised over the group. What stands behind the last step is not judged.
    Source: GRPO with process supervision, arXiv 2402.03300, section 4.1.3 (which has no outcome part). Errors: ValueError without rewards of steps.
    """

    outcome: float = 0.0
    epsilon: float = 1e-4

    def __call__(self, rollouts: Rollouts, penalty: Tensor) -> Tensor:
        if rollouts.steps is None:
            raise ValueError("credit comes from what steps earn, and no reward of the recipe has steps=true")
        ends = rollouts.mask & ~rollouts.steps.isnan()
        earned = torch.where(ends, rollouts.steps, 0.0)
        count = group_sum(ends.sum(-1).to(earned), rollouts)
        mean = group_sum(earned.sum(-1), rollouts) / count.clamp(min=1)
        away = torch.where(ends, earned - mean[:, None], 0.0)
        deviation = (group_sum((away**2).sum(-1), rollouts) / (count - 1).clamp(min=1)).sqrt() + self.epsilon
        whole = Whole(mean_of_group, GroupDeviation(self.epsilon))(replace(rollouts, steps=None), torch.zeros_like(penalty))
        return to_go(away / deviation[:, None] + penalty, rollouts.mask, 1.0) + self.outcome * whole


@dataclass(frozen=True)
class Certain:
    """One for every token: with a rule that keeps some responses this is their likelihood. Source: RAFT, arXiv 2304.06767; best of N."""

    def __call__(self, rollouts: Rollouts, penalty: Tensor) -> Tensor:
        return torch.ones_like(penalty)


def tokens(rollouts: Rollouts, penalty: Tensor) -> Tensor:
    """What tokens earn themselves, [B, T]: their penalties, and at a step's last token what the step earned."""
    return penalty if rollouts.steps is None else penalty + torch.where(rollouts.mask, rollouts.steps.nan_to_num(nan=0.0), 0.0)


def landed(rollouts: Rollouts, scores: Tensor) -> Tensor:
    """Scores [B] at the last token of each response, [B, T]; nothing where there is none."""
    return torch.where(last(rollouts) & rollouts.scored[:, None], scores[:, None], 0.0)


def to_go(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    """G_t = r_t + discount · G_{t+1} over the masked tokens, which may have gaps: a token in a gap passes on what comes after it. [B, T]"""
    out, carried = torch.zeros_like(rewards), rewards.new_zeros(len(rewards))
    for place in range(rewards.shape[1] - 1, -1, -1):
        here = mask[:, place]
        carried = torch.where(here, rewards[:, place] + discount * carried, carried)
        out[:, place] = torch.where(here, carried, 0.0)
    return out
