"""One rich random batch of rollouts: five prompts, groups of unequal size, an unscored row, cut answers, a critic, a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from veridical.objectives.online.algorithm import Advantages, Algorithm
from veridical.objectives.online.credit import Supervised
from veridical.objectives.online.learning import Learning, Read
from veridical.objectives.online.rollouts import Rollouts

SIZES = (4, 4, 4, 3, 1)
WIDTH = 7


def rollouts(seed: int = 0, wrong: float = 0.0) -> Rollouts:
    draw = torch.Generator().manual_seed(seed)

    def table(low: float, high: float) -> Tensor:
        return torch.rand(sum(SIZES), WIDTH, generator=draw, dtype=torch.float64) * (high - low) + low

    lengths = torch.randint(1, WIDTH + 1, (sum(SIZES),), generator=draw)
    lengths[1] = WIDTH
    right = (torch.rand(sum(SIZES), generator=draw) < 0.5).double()
    right[:4] = torch.tensor([1.0, 0, 0, 1])
    right[4:8] = 1.0  # a group without a difference
    right[8:12] = torch.tensor([0.0, 1.0, 1.0, 0.0])
    reward = torch.where(right > 0, 1.0, wrong) + 0.1 * torch.rand(sum(SIZES), generator=draw, dtype=torch.float64) * (right != right[4]).double()
    reward[13] = torch.nan
    process = table(-2, 2)
    process[0], process[1] = process[0].abs(), -process[1].abs()
    prompt = torch.arange(len(SIZES)).repeat_interleave(torch.tensor(SIZES))
    return Rollouts(
        prompt, torch.arange(WIDTH)[None] < lengths[:, None], torch.rand(len(prompt), generator=draw) < 0.8, reward, table(-3, -0.1), sampled=table(-3, -0.1),
        parts={"accuracy": right}, reference=table(-3, -0.1), values=table(-1, 1), process=process, greedy=torch.rand(len(SIZES), generator=draw, dtype=torch.float64)[prompt],
        contrast=torch.rand(len(SIZES), generator=draw, dtype=torch.float64)[prompt], limit=7,
    )  # fmt: skip


def policy(seed: int = 1) -> dict[str, Tensor]:
    """What the policy says now: log-probabilities, entropy, the same with the picture hidden, the critic's values."""
    draw = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(sum(SIZES), WIDTH, generator=draw, dtype=torch.float64) * scale + shift
        for name, scale, shift in (("logp", 2.9, -3.0), ("entropy", 2.0, 0.1), ("hidden", 2.9, -3.0), ("hidden entropy", 2.0, 0.1), ("reverse_kl", 1.0, 0.0), ("values", 2.0, -1.0))
    }


def learning(found: Advantages, said: Mapping[str, Tensor], rows: Tensor | None = None) -> Learning:
    places = torch.arange(len(found.rollouts)) if rows is None else rows
    picked = {name: value[places] for name, value in said.items()}
    outputs = {name: picked[name] for name in ("entropy", "reverse_kl")}
    other = {"corrupted": Read(picked["hidden"], {"entropy": picked["hidden entropy"]})}
    return Learning(found.rollouts.rows(places), found.values[places], Read(picked["logp"], outputs), other, picked["values"])


def loss(algorithm: Algorithm, given: Rollouts, said: Mapping[str, Tensor], groups: list[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The loss of a whole update, in micro-batches of the rows `groups`, and its gradient by log-probabilities."""
    found = algorithm.advantages(given)
    logp = said["logp"].clone().requires_grad_()
    said = {**said, "logp": logp, "reverse_kl": said["reverse_kl"] + 0.3 * logp}
    counts = algorithm.counts(found.rollouts)
    total = torch.zeros((), dtype=torch.float64)
    for rows in groups or [torch.arange(len(given))]:
        total = total + sum(algorithm(learning(found, said, rows), counts).values())
    return total.detach(), torch.autograd.grad(total, logp)[0]


def suited(algorithm: Algorithm) -> Rollouts:
    """The batch with rewards of the signs that the algorithm expects, and rewards of steps where it reads them: some at every third token."""
    given = rollouts(wrong=-1.0 if algorithm.name == "oreal" else 0.0)
    ends = (torch.arange(WIDTH)[None] + torch.arange(len(given))[:, None]) % 3 == 0
    return replace(given, steps=torch.where(ends & given.mask, given.process, torch.nan)) if isinstance(algorithm.credit, Supervised) else given


def permuted(given: Rollouts, order: Tensor) -> Rollouts:
    return replace(given.rows(order))
