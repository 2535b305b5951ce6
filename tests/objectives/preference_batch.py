"""Scores for tests: two pairs whose losses are known, and a rich random batch on which methods differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from veridical.objectives.batch import Batch
from veridical.objectives.view import AUXILIARY, CHOSEN, GOLD, OTHER, REJECTED, SIMILAR, Scores, View

CORRUPTED = View("chosen", "corrupted")
GOLDEN = Path(__file__).parents[1] / "golden"
VIEWS = (
    CHOSEN, REJECTED, CORRUPTED, GOLD, OTHER, AUXILIARY, SIMILAR, View("rejected", "corrupted"), View("gold", "corrupted"),
    View("chosen", "blank"), View("rejected", "blank"),
)  # fmt: skip
OUTPUTS = ("kl", "logit", "reference_logit", "runner_up", "reference_runner_up", "own_words", "reference_own_words", "collision")
LABELS = ("severity 1", "severity 2", "severity 3", "hallucination", "image")
FACTS = {"margin": torch.tensor([0.2, 1.0, 2.5, 0.7], dtype=torch.float64), "probability": torch.tensor([0.9, 0.6, 0.75, 0.55], dtype=torch.float64)}
MEMORY = {"gaps/steps": 3.0, "gaps/mean": 0.3, "gaps/deviation": 1.2, "rewards/count": 8.0, "rewards/mean": 0.4}


def golden() -> dict:
    """Two pairs and what each loss gives for them."""
    return json.loads((GOLDEN / "preference.json").read_text())


def golden_scores() -> dict[View, Scores]:
    """The golden pairs: every token of a response has the same value, so that sums are the stated ones."""
    content = golden()
    found = {view: even(*(content[key][str(view)] for key in ("policy", "reference", "length")), **outputs(content, str(view))) for view in (CHOSEN, REJECTED, CORRUPTED)}
    return found | {SIMILAR: found[CORRUPTED], OTHER: even([-30.0, -20.0], [-30.2, -20.8], [10, 12])}  # a mismatched response is 0.5 above its reference on average


def outputs(content: dict, view: str) -> dict[str, list[float]]:
    """Sums over tokens of the golden pairs' outputs: the drift, and the collision whose distance to the policy is the stated mean."""
    if view not in content["kl"]:
        return {}
    likely = zip(content["policy"][view], content["likely"][view], content["length"][view], strict=True)
    return {"kl": content["kl"][view], "collision": [total - mean * length for total, mean, length in likely]}


def golden_batch(memory: Mapping[str, float] | None = None) -> Batch:
    """The golden pairs with their facts, after steps of which `memory` is left."""
    return Batch(golden_scores(), {name: torch.tensor(values, dtype=torch.float64) for name, values in golden()["facts"].items()}, memory=memory or {})


def even(policy: list[float], reference: list[float], length: list[int], **outputs: list[float]) -> Scores:
    """Sums spread evenly over `length` tokens, padded to the longest."""
    mask = torch.arange(max(length)) < torch.tensor(length)[:, None]

    def spread(sums: list[float]) -> Tensor:
        return (torch.tensor(sums, dtype=torch.float64) / torch.tensor(length))[:, None] * mask

    return Scores(spread(policy), spread(reference), mask, torch.zeros_like(mask), {name: spread(sums) for name, sums in outputs.items()})


def single(policy: list[float], reference: list[float], changed: list[bool], **outputs: list[float]) -> Scores:
    """One pair's view, token by token."""
    values = torch.tensor([policy], dtype=torch.float64)
    given = {name: torch.tensor([found], dtype=torch.float64) for name, found in outputs.items()}
    return Scores(values, torch.tensor([reference], dtype=torch.float64), torch.ones_like(values, dtype=torch.bool), torch.tensor([changed]), given)


def rich(seed: int = 0, pairs: int = 4, tokens: int = 12) -> dict[View, Scores]:
    """Random scores of uneven lengths in which some tokens changed and some are marked, with gradients in policy and outputs."""
    source = torch.Generator().manual_seed(seed)
    lengths: dict[str, Tensor] = {}

    def draw() -> Tensor:
        return torch.rand(pairs, tokens, generator=source, dtype=torch.float64)

    def view(name: View) -> Scores:
        length = lengths.setdefault(name.response, torch.randint(3, tokens + 1, (pairs, 1), generator=source))
        policy = -3 * draw()
        less = torch.tensor([0.6, 0.3 if name == CHOSEN else 0.6, 0.6, 0.5], dtype=torch.float64)[:, None]
        reference, changed, label = policy + draw() - less, draw() < 0.4, (8 * draw()).long()
        found = {key: (-2 * draw()).requires_grad_() for key in OUTPUTS} | {"collision": policy + draw() - 0.5}
        return Scores(policy.requires_grad_(), reference, torch.arange(tokens) < length, changed, found, {name: label == place for place, name in enumerate(LABELS)})

    return {name: view(name) for name in VIEWS}


def given(scores: Mapping[View, Scores], where: slice | None = None, **more: object) -> Batch:
    """Rich scores as a batch with facts and a past; some of the pairs where `where` says so."""
    return Batch(scores, {name: values if where is None else values[where] for name, values in FACTS.items()}, memory=MEMORY, **more)


def close(actual: Tensor, expected: Tensor | float | list[float], tolerance: float = 1e-6) -> None:
    """Equal within `tolerance`, absolutely."""
    torch.testing.assert_close(actual.detach().double(), torch.as_tensor(expected, dtype=torch.float64).detach(), atol=tolerance, rtol=0)
