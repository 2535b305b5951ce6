"""A model that learns beside the policy: a copy with an optimiser of its own, saved with the run's checkpoints."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from veridical.models.forest import Forest
from veridical.models.pictures import Feature
from veridical.models.policy import Policy
from veridical.objectives.online.beside import Beside
from veridical.train.gradient import accumulate


@dataclass(frozen=True)
class Companion:
    """Life cycle: made by `companion` before the first step, learns once in every step."""

    beside: Beside
    plain: Policy
    wrapped: nn.Module
    """As accelerate wrapped it."""
    optimiser: torch.optim.AdamW
    accelerator: Accelerator
    shares_tower: bool

    def __call__(self, forest: Forest, features: Mapping[str, Feature] | None, temperature: float = 1.0, learn: bool = False) -> Tensor:
        """What it says of each scored token, in forest order, [N]."""
        policy = self.wrapped if learn else self.plain
        requests = ("value",) if self.beside.head else ()
        found = policy(forest, requests, features=features if self.shares_tower else None, temperature=temperature)
        return found.outputs["value"] if self.beside.head else found.logp

    def learn(self, batches: Sequence[Any], loss: Callable[[Any], Tensor], stand_in: Forest | None) -> float:
        """One optimiser step; the gradient's norm."""
        self.optimiser.zero_grad(set_to_none=True)
        accumulate(self.accelerator, self.wrapped, batches, loss, stand_in)
        norm = float(self.accelerator.clip_grad_norm_(self.plain.parameters(), self.beside.clip))
        if math.isfinite(norm):
            self.optimiser.step()
        return norm

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Weights that train, and the optimiser's state: with these a run continues."""
        found = {}
        for name, parameter in self.plain.named_parameters():
            if parameter.requires_grad:
                found[name] = parameter.data
                found |= {f"{name}/{key}": value for key, value in self.optimiser.state[parameter].items()}
        return found


def companion(beside: Beside, policy: Policy, accelerator: Accelerator) -> Companion:
    """A copy of the policy as it starts; what trains there trains here."""
    shares = not policy.trains_tower
    own = Policy(copy.deepcopy(policy.model), policy.executor)
    if beside.head:
        own.value_tokens()
    trained = [parameter for parameter in own.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=beside.lr, weight_decay=0.0)
    for parameter in trained:  # made now, so that a checkpoint can be put back into it
        optimiser.state[parameter] = {"step": torch.tensor(0.0), "exp_avg": torch.zeros_like(parameter), "exp_avg_sq": torch.zeros_like(parameter)}
    return Companion(beside, own, accelerator.prepare_model(own), optimiser, accelerator, shares)
