"""A look at a policy under pursuit: what it says of held-out scenes, what proxy and truth give for it, and how far it went from where it began."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from veridical.grade.grade import Grader
from veridical.grade.reward import Rewards
from veridical.models.assemble import Ready
from veridical.models.forest import Forest, Segment, Tree
from veridical.models.policy import Policy, evaluating
from veridical.models.sample import Drawn, Generation, draw, encode
from veridical.models.shown import stable_seed
from veridical.records.picture import open_picture
from veridical.records.record import Record


@dataclass(frozen=True)
class Said:
    """Responses to one scene with what they earn."""

    texts: tuple[str, ...]
    proxy: tuple[float, ...]
    truth: tuple[float, ...]
    divergence: tuple[float, ...]
    """KL(policy || base) of each response's tokens, summed, in nats."""


@dataclass(frozen=True)
class Probe:
    """How policies are looked at; the base policy, scenes and seeds are the same for all of them."""

    base: Ready
    records: Sequence[Record]
    rewards: Rewards
    truth: Grader
    how: Generation
    samples: int
    seed: int = 0

    def __call__(self, policy: Policy, done: int) -> dict[str, float]:
        """`proxy`, `truth`, their values on the first and the second half of the scenes, `divergence` in nats per response, words."""
        found = self.said(policy)
        halves = {f"truth_{half}": mean(one.truth for one in found[half::2]) for half in (0, 1)}
        words = statistics.fmean(len(text.split()) for one in found for text in one.texts)
        return {"proxy": mean(one.proxy for one in found), "truth": mean(one.truth for one in found), **halves, "divergence": mean(one.divergence for one in found), "words": words}

    @torch.no_grad()
    def said(self, policy: Policy, samples: int | None = None) -> list[Said]:
        """`samples` responses to each scene. The exact divergence is taken at every token of what was drawn, so that it is never negative."""
        found: list[Said] = []
        for start in range(0, len(self.records), self.how.batch):
            part = self.records[start : start + self.how.batch]
            prompts, inputs = encode(self.base.encoder, open_picture, part)
            seeds = [[stable_seed(self.seed, record.record_id, number) for number in range(samples or self.samples)] for record in part]
            drawn = draw(policy, self.base.encoder, prompts, inputs, seeds, self.how)
            far = divergence(policy, self.base.policy, Forest(tuple(map(tree, prompts, drawn)), inputs))
            texts = [[one.text for one in own] for own in drawn]
            proxies = self.rewards(part, texts)
            for record, own, paid, moved in zip(part, texts, proxies, far, strict=True):
                true = [self.truth(record, text).value or 0.0 for text in own]
                found.append(Said(tuple(own), tuple(float("nan") if one.total is None else one.total for one in paid), tuple(true), tuple(moved)))
        return found


def tree(prompt: tuple[torch.Tensor, tuple[str, ...]], drawn: Sequence[Drawn]) -> Tree:
    """A prompt with what was drawn after it, every token scored."""
    ids, keys = prompt
    root = Segment(ids, torch.zeros(len(ids), dtype=torch.bool), None, keys)
    return Tree((root, *(Segment(one.tokens, torch.ones(len(one.tokens), dtype=torch.bool), 0) for one in drawn)))


@torch.no_grad()
def divergence(policy: Policy, base: Policy, forest: Forest) -> list[list[float]]:
    """KL(policy || base) of every branch, summed over its tokens, by tree; 0 for the base itself."""
    if policy is base:
        return [[0.0] * (len(one.segments) - 1) for one in forest.trees]
    forest = forest.to(policy.backbone.device)
    with evaluating(policy):
        found = policy(forest, ["reverse_kl"], reference=base.stream(forest)).outputs["reverse_kl"]
    return [[float(part.sum()) for part in own[1:]] for own in forest.split(found)]


def mean(groups: object) -> float:
    """The mean of all that is known."""
    values = [value for group in groups for value in group if value == value]
    return statistics.fmean(values) if values else float("nan")
