"""Read-outs of a reward model: from the hidden state of one position to scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from veridical.recipe import Judging


@dataclass(frozen=True)
class Read:
    """What was read at N positions by H read-outs."""

    scores: Tensor
    """[N, H]"""
    latent: Tensor | None = None
    """Mean and log-variance of the latent, [N, 2, L], where there is one."""


class Linear(nn.Module):
    """r = w h + b, H times; the read-outs of an ensemble differ in where they start.

    Source: weights start at 1 / sqrt(D + 1), as in Stiennon et al., arXiv 2009.01325.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.out = started(nn.Linear(width, heads))

    def forward(self, hidden: Tensor) -> Read:
        """Hidden states [N, D] to scores."""
        return Read(self.out(hidden.to(self.out.weight.dtype)))


class Latent(nn.Module):
    """r = w z + b with a latent z = mu + sigma e that training squeezes (InfoRM); z = mu in use.

    `centre` and `precision` describe the latents of the responses that it was trained on: `outlier` is the Mahalanobis
    distance from them. Source: arXiv 2402.09345, miaoyuchun/InfoRM.
    """

    def __init__(self, width: int, heads: int, size: int) -> None:
        super().__init__()
        self.encode = started(nn.Linear(width, 2 * size))
        self.out = started(nn.Linear(size, heads))
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("precision", torch.eye(size))

    def forward(self, hidden: Tensor) -> Read:
        """Hidden states [N, D] to scores and latent."""
        mean, log_variance = self.encode(hidden.to(self.out.weight.dtype)).chunk(2, -1)
        drawn = mean + (0.5 * log_variance).exp() * torch.randn_like(mean) if self.training else mean
        return Read(self.out(drawn), torch.stack([mean, log_variance], 1))

    @torch.no_grad()
    def settle(self, means: Tensor) -> None:
        """Describe a cloud of latents [N, L]: its mean and the inverse of its covariance, a little away from singular."""
        centred = means.double() - means.double().mean(0)
        covariance = centred.T @ centred / max(len(means) - 1, 1)
        ridge = 1e-3 * covariance.diagonal().mean().clamp(min=1e-6)
        self.centre.copy_(means.mean(0))
        self.precision.copy_(torch.linalg.inv(covariance + ridge * torch.eye(len(covariance), dtype=torch.double, device=means.device)))

    def outlier(self, means: Tensor) -> Tensor:
        """sqrt((mu - centre)' precision (mu - centre)) of latents [N, L], [N]."""
        away = means - self.centre
        return ((away @ self.precision) * away).sum(-1).clamp(min=0).sqrt()


Head = Linear | Latent


def started(layer: nn.Linear) -> nn.Linear:
    """A layer at its start."""
    nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.in_features + 1))
    nn.init.zeros_(layer.bias)
    return layer


def make_head(judging: Judging, width: int) -> Head:
    """The read-out that a model needs, started by the settings' seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(judging.seed)
        return Latent(width, judging.heads, judging.latent) if judging.latent else Linear(width, judging.heads)


def state_of(head: Head) -> Mapping[str, Any]:
    """The read-out's tensors, live."""
    return head.state_dict()
