"""What is logged of an online step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from veridical.objectives.online.learning import Learning
from veridical.objectives.online.rollouts import Rollouts, group_deviation, group_size
from veridical.train.total import summed


@dataclass
class Seen:
    """What was seen while updates were made."""

    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Each loss, summed over micro-batches and updates."""
    measures: dict[str, float] = field(default_factory=dict)
    gap: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Differences of the sampler's and the trainer's log-probabilities before the first update: sum of their sizes, and tokens."""
    norms: list[float] = field(default_factory=list)

    def add(self, parts: Mapping[str, Tensor]) -> None:
        """A micro-batch's losses."""
        for name, value in parts.items():
            self.parts[name] += float(value.detach())

    def look(self, learning: Learning) -> None:
        """A micro-batch of the first update, before any weight has changed."""
        rollouts = learning.rollouts
        known = rollouts.mask & ~rollouts.sampled.isnan()
        self.gap["sum"] += float((learning.own.logp.detach() - rollouts.sampled)[known].abs().sum())
        self.gap["tokens"] += float(known.sum())


def told(rollouts: Rollouts, rewards: Tensor, advantages: Tensor, seen: Seen) -> dict[str, float]:
    """A step's metrics over all processes.

    `reward` is the mixed reward as it was scored, `shaped` the one that was learnt from. Shares are of responses:
    `cut` did not end, `unscored` have no reward, `alike` belong to groups without a difference, `repeated` are not the
    first of their wording in their group, `kept` teach.
    """
    updates = max(len(seen.norms), 1)
    parts = {f"loss/{name}": value / updates for name, value in summed(seen.parts).items()}
    own = {f"reward/{name}": mean(values) for name, values in rollouts.parts.items()}
    spread = group_deviation(rollouts.reward.nan_to_num(nan=0.0), rollouts, 0)
    share = lambda rows: float(rows.float().mean())  # noqa: E731
    drift = {} if rollouts.reference is None else {"kl": float((rollouts.old - rollouts.reference)[rollouts.mask].mean())}
    return {
        "loss": sum(parts.values()), **parts, "reward": mean(rewards), "shaped": mean(rollouts.reward), **own, **drift, **seen.measures,
        "tokens": float(rollouts.mask.sum()), "length": float(rollouts.lengths.float().mean()), "cut": 1 - share(rollouts.ended), "unscored": 1 - share(rollouts.scored),
        "alike": share((spread < 1e-8) & (group_size(rollouts) > 1)), "repeated": 1 - distinct(rollouts), "kept": share(rollouts.taught.any(-1)),
        "logp": float(rollouts.old[rollouts.mask].mean()), "responses": float(len(rollouts)), "updates": float(updates),
        "advantage": float(advantages[rollouts.taught].abs().mean()) if rollouts.taught.any() else 0.0,
        "grad_norm": sum(seen.norms) / updates,
    }  # fmt: skip


def mean(values: Tensor) -> float:
    """The mean of what is known; NaN where nothing is."""
    known = values[~values.isnan()]
    return float(known.mean()) if len(known) else float("nan")


def distinct(rollouts: Rollouts) -> float:
    """The share of responses that are the first of their log-probabilities within their group: equal ones are the same words."""
    keys = [(int(prompt), tuple(round(value, 3) for value in row[kept].tolist())) for prompt, row, kept in zip(rollouts.prompt, rollouts.old, rollouts.mask, strict=True)]
    return len(set(keys)) / max(len(keys), 1)


def silent_nan(numbers: Mapping[str, float]) -> dict[str, float]:
    """Numbers that are there; JSON knows no NaN."""
    return {name: value for name, value in numbers.items() if not torch.tensor(value).isnan()}
