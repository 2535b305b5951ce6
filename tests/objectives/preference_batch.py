"""Scores for tests: two pairs whose losses are known, and a rich random batch on which methods differ."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from veridical.objectives.view import Scores, View

CHOSEN, REJECTED, CORRUPTED = View("chosen"), View("rejected"), View("chosen", "corrupted")
GOLDEN = Path(__file__).parents[1] / "golden"


def golden() -> dict:
    """Two pairs and what each loss gives for them."""
    return json.loads((GOLDEN / "preference.json").read_text())


def golden_scores() -> dict[View, Scores]:
    """The golden pairs: every token of a response has the same value, so that sums are the stated ones."""
    content = golden()
    return {view: even(*(content[key][str(view)] for key in ("policy", "reference", "length"))) for view in (CHOSEN, REJECTED, CORRUPTED)}


def even(policy: list[float], reference: list[float], length: list[int]) -> Scores:
    """Sums spread evenly over `length` tokens, padded to the longest."""
    mask = torch.arange(max(length)) < torch.tensor(length)[:, None]
    spread = [(torch.tensor(sums, dtype=torch.float64) / torch.tensor(length))[:, None] * mask for sums in (policy, reference)]
    return Scores(spread[0], spread[1], mask, torch.zeros_like(mask))


def single(policy: list[float], reference: list[float], changed: list[bool]) -> Scores:
    """One pair's view, token by token."""
    values = torch.tensor([policy], dtype=torch.float64)
    return Scores(values, torch.tensor([reference], dtype=torch.float64), torch.ones_like(values, dtype=torch.bool), torch.tensor([changed]))


def rich(seed: int = 0, pairs: int = 4, tokens: int = 12) -> dict[View, Scores]:
    """Random scores of uneven lengths in which some tokens changed, with gradients in the policy."""
    source = torch.Generator().manual_seed(seed)

    def draw() -> Tensor:
        return torch.rand(pairs, tokens, generator=source, dtype=torch.float64)

    def view() -> Scores:
        length = torch.randint(3, tokens + 1, (pairs, 1), generator=source)
        policy = -3 * draw()
        return Scores(policy.requires_grad_(), (policy.detach() + draw() - 0.6), torch.arange(tokens) < length, draw() < 0.4)

    return {name: view() for name in (CHOSEN, REJECTED, CORRUPTED)}


def close(actual: Tensor, expected: Tensor | float | list[float], tolerance: float = 1e-6) -> None:
    """Equal within `tolerance`, absolutely."""
    torch.testing.assert_close(actual.detach().double(), torch.as_tensor(expected, dtype=torch.float64).detach(), atol=tolerance, rtol=0)
