"""What happens to advantages after credit: whitening, clamps, outliers. Every step is a value: (advantages [B, T], rollouts) -> [B, T].

Statistics are those of the whole step, over the tokens that teach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from veridical.objectives.online.rollouts import Rollouts, group_deviation


class After(Protocol):
    """One step."""

    def __call__(self, advantages: Tensor, rollouts: Rollouts) -> Tensor:
        """Changed advantages, [B, T]."""
        ...


@dataclass(frozen=True)
class Whiten:
    """(A - mean) / sqrt(variance + epsilon) over tokens; `shift` or `scale` may be left out.

    `padded` counts every place up to the sampler's limit, as llava-rlhf/LLaVA-RLHF does: there padding has advantage 0 and
    weighs like a token. Source: REINFORCE++, arXiv 2501.03262; verl (`masked_whiten`, unbiased variance).
    """

    epsilon: float = 1e-8
    shift: bool = True
    scale: bool = True
    padded: bool = False

    def __call__(self, advantages: Tensor, rollouts: Rollouts) -> Tensor:
        held = advantages[rollouts.taught].double()
        count = rollouts.scored.sum() * rollouts.most if self.padded else torch.tensor(len(held))
        if count < 2:
            return advantages
        mean = held.sum() / count
        squares = ((held - mean) ** 2).sum() + (count - len(held)) * mean**2
        deviation = (squares / (count if self.padded else count - 1) + self.epsilon).sqrt()
        return ((advantages.double() - (mean if self.shift else 0.0)) / (deviation if self.scale else 1.0)).to(advantages)


@dataclass(frozen=True)
class WithoutOutliers:
    """Zero where a whitened advantage is more than `most` from `centre`.

    Source: StableReinforce, arXiv 2505.02835 (3). The authors' code centres at the mean before whitening (`raw`), which
    makes the window lopsided: yfzhang114/r1_reward, openrlhf/trainer/ppo_utils/replay_buffer.py.
    """

    most: float = 3.0
    raw: bool = False

    def __call__(self, advantages: Tensor, rollouts: Rollouts) -> Tensor:
        held = advantages[rollouts.taught]
        if len(held) < 2:
            return advantages
        mean, deviation = held.mean(), held.std().clamp(min=1e-8)
        z = (advantages - mean) / deviation
        centre = mean if self.raw else 0.0
        return torch.where((z - centre).abs() <= self.most, z, 0.0)


@dataclass(frozen=True)
class Alive:
    """Times rows / (rows - rows in groups without any difference), so that groups that teach nothing do not dilute a step.

    Source: GPG, arXiv 2504.02546. Follows: AMAP-ML/GPG; verl's `gpg` counts scores other than zero instead.
    """

    def __call__(self, advantages: Tensor, rollouts: Rollouts) -> Tensor:
        spread = (group_deviation(rollouts.reward.nan_to_num(nan=0.0), rollouts, 0) > 1e-8) & rollouts.scored
        return advantages * (rollouts.scored.sum() / spread.sum().clamp(min=1))


@dataclass(frozen=True)
class Corrected:
    """Times min(pi_old / pi_sampler, most): what a sampler with other arithmetic drew too often weighs less.

    Source: truncated importance sampling; huggingface/trl 1.16 (`token_truncate`) and verl (bound 2). A token of which the
    sampler said nothing weighs 1.
    """

    most: float = 2.0

    def __call__(self, advantages: Tensor, rollouts: Rollouts) -> Tensor:
        return advantages * (rollouts.old - rollouts.sampled).nan_to_num(nan=0.0).exp().clamp(max=self.most)


@dataclass(frozen=True)
class Balanced:
    """Advantages above zero and below it weigh the same in all: each side is divided by its sum over tokens, times the mean of both.

    Source: MiniMax-01, arXiv 2501.08313 (balanced advantage), whose exact form is not published.
    """

    def __call__(self, advantages: Tensor, rollouts: Rollouts) -> Tensor:
        held = torch.where(rollouts.taught, advantages, 0.0)
        above, below = held.clamp(min=0).sum(), -held.clamp(max=0).sum()
        if above == 0 or below == 0:
            return advantages
        middle = (above + below) / 2
        return torch.where(advantages > 0, advantages * middle / above, advantages * middle / below)
