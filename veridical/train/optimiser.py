"""Optimiser and learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import nn


def make_optimiser(parameters: Iterable[nn.Parameter], lr: float, weight_decay: float, betas: tuple[float, float]) -> torch.optim.AdamW:
    """AdamW; matrices decay, vectors (biases, norms) do not."""
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    if not trainable:
        raise ValueError("nothing trains: every part is frozen; set parts.language=lora (or tower, projector; or full)")
    matrices = [parameter for parameter in trainable if parameter.dim() > 1]
    vectors = [parameter for parameter in trainable if parameter.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=lr, betas=tuple(betas))


def rate(step: int, steps: int, warmup: float, schedule: str) -> float:
    """Share of the full learning rate at `step` (from 0): linear warm-up over `warmup` of all steps, then the schedule.

    constant: 1;  linear: to 0;  cosine: (1 + cos(pi x)) / 2, x from 0 to 1 after the warm-up.
    """
    rising = round(warmup * steps)
    if step < rising:
        return (step + 1) / rising
    done = (step - rising) / max(1, steps - rising)
    return SCHEDULES[schedule](done)


SCHEDULES = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
}


def set_rate(optimiser: torch.optim.Optimizer, lr: float) -> None:
    """The learning rate of every group."""
    for group in optimiser.param_groups:
        group["lr"] = lr
