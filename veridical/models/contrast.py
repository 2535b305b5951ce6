"""Responses drawn from two looks at once: what one look makes likelier than the other is said more (or less) often."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from veridical.models.encoder import Encoder
from veridical.models.forest import Inputs
from veridical.models.growing import Growing, growing
from veridical.models.policy import Policy, evaluating
from veridical.models.sample import Drawn, Generation, decode
from veridical.models.weaving import Prompt


class Contrasted:
    """Two responses that grow by the same tokens, read as one. See `growing.Growing`.

        scores = (1 + weight) · first - weight · second, where first >= log(floor) + max first, else -inf

    Source: VCD, arXiv 2311.16922, equations 3 and 4.
    """

    def __init__(self, first: Growing, second: Growing, weight: float, floor: float) -> None:
        self.first, self.second, self.weight, self.floor = first, second, weight, floor

    @property
    def scores(self) -> Tensor:
        """Vocabulary scores [rows, V]."""
        first, second = self.first.scores.float(), self.second.scores.float()
        mixed = (1 + self.weight) * first - self.weight * second
        if self.floor <= 0:
            return mixed
        return mixed.masked_fill(first < math.log(self.floor) + first.amax(-1, keepdim=True), -torch.inf)

    def grow(self, keep: Sequence[int], chosen: Tensor) -> None:
        """See `growing.Growing`."""
        self.first.grow(keep, chosen)
        self.second.grow(keep, chosen)


@torch.no_grad()
def draw_against(
    policy: Policy, encoder: Encoder, prompts: Sequence[Prompt], others: Sequence[Prompt], inputs: Mapping[str, Inputs], seeds: Sequence[Sequence[int]], how: Generation,
    weight: float, floor: float = 0.1,
) -> list[list[Drawn]]:
    """For each prompt one response per seed, drawn against the other look at the same number. Log-probabilities are the mixture's."""
    counts = [len(own) for own in seeds]
    with evaluating(policy):
        grown = Contrasted(growing(policy, prompts, inputs, counts), growing(policy, others, inputs, counts), weight, floor)
        rows = iter(decode(grown, policy.backbone, encoder, [seed for own in seeds for seed in own], how))
    return [[next(rows) for _ in own] for own in seeds]
