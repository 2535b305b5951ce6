"""Responses that grow token by token: scores of the next token, beside each other in a row per prefix, in a row each, or computed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from veridical.models.backbone import Backbone, Unsupported
from veridical.models.cache import expand
from veridical.models.executors import PLAIN, plain
from veridical.models.executors.executor import forward
from veridical.models.executors.state import first_rows, prefill
from veridical.models.forest import Forest, Inputs, Segment, Tree
from veridical.models.pictures import Feature
from veridical.models.policy import Policy
from veridical.models.positions import by_row
from veridical.models.proof import LOGP_TOLERANCE, difference, leeway
from veridical.models.weaving import Prompt, Woven, plant


class Growing(Protocol):
    """Responses under way. Life cycle: made from prompts, then grown until all have ended."""

    scores: Tensor
    """Vocabulary scores [rows, V] of the next token of every response under way."""

    def grow(self, keep: Sequence[int], chosen: Tensor) -> None:
        """Go on with the rows `keep`, which have been given the tokens `chosen` [kept rows]."""
        ...


class OverCache:
    """The prefix runs once; its cache is given to every response and grows by one token a step."""

    def __init__(self, backbone: Backbone, forest: Forest, features: Mapping[str, Feature], owner: Tensor) -> None:
        """`owner` [rows] says which tree of the forest each response belongs to."""
        self.backbone = backbone
        spots = by_row(backbone, forest)
        cache, hidden, mask = prefill(backbone, forest, features, spots)
        self.axes = spots[0].shape[0]
        self.cache = expand(cache, owner.to(backbone.device))
        self.mask = mask[owner]
        self.spot = torch.stack([spots[first][:, -1:].amax() + 1 for first in first_rows(forest)])[owner]
        self.scores = backbone.logits(hidden[:, -1])[owner.to(backbone.device)]

    def grow(self, keep: Sequence[int], chosen: Tensor) -> None:
        """See `Growing`."""
        if len(keep) < len(self.mask):
            self.cache = expand(self.cache, torch.tensor(keep).to(self.backbone.device))
            self.mask, self.spot = self.mask[list(keep)], self.spot[list(keep)]
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.mask), 1)], 1)
        output = forward(
            self.backbone,
            input_ids=chosen[:, None].cpu(),
            attention_mask=self.mask,
            position_ids=self.spot[:, None] if self.axes == 1 else self.spot[None, :, None].expand(self.axes, -1, 1),
            mm_token_type_ids=torch.zeros_like(chosen)[:, None].int().cpu(),
            past_key_values=self.cache,
            use_cache=True,
        )
        self.spot = self.spot + 1
        self.scores = self.backbone.logits(output.last_hidden_state[:, -1])


class Anew:
    """Prompt and response are computed again for every token: slow, and right for models whose cache is not."""

    def __init__(self, backbone: Backbone, forest: Forest, features: Mapping[str, Feature], owner: Tensor) -> None:
        """See `OverCache`."""
        self.backbone, self.forest, self.features = backbone, forest, features
        self.rows = [(number, torch.zeros(0, dtype=torch.long)) for number in owner.tolist()]
        self.scores = self.compute()

    def grow(self, keep: Sequence[int], chosen: Tensor) -> None:
        """See `Growing`."""
        self.rows = [(self.rows[place][0], torch.cat([self.rows[place][1], token[None].cpu()])) for place, token in zip(keep, chosen, strict=True)]
        self.scores = self.compute()

    def compute(self) -> Tensor:
        """Scores after every row; a token that is never read stands where the next one will."""
        trees = []
        for number, said in self.rows:
            ids = torch.cat([said, said.new_zeros(1)])
            trees.append(Tree((self.forest.trees[number].segments[0], Segment(ids, torch.arange(len(ids)) == len(said), 0))))
        return self.backbone.logits(plain.run(self.backbone, Forest(tuple(trees), self.forest.pictures), self.features))


def growing(policy: Policy, prompts: Sequence[Prompt], inputs: Mapping[str, Inputs], counts: Sequence[int], features: Mapping[str, Feature] | None = None) -> Growing:
    """`counts[i]` responses to prompt i, in the fastest way that is right for the policy.

    Beside each other where several responses share a prefix and the policy has shown, on its first such prompt, that
    its scores are then those of a row for each; else over copies of the prefix's cache; anew where the policy proved
    itself by `plain` alone.
    """
    backbone = policy.backbone
    forest = Forest(tuple(Tree((Segment(ids, torch.zeros(len(ids), dtype=torch.bool), None, keys),)) for ids, keys in prompts), inputs).to(backbone.device)
    owner = torch.tensor([number for number, count in enumerate(counts) for _ in range(count)])
    known = policy.encode(forest) if features is None else features
    if policy.executor.name == PLAIN.name:
        return Anew(backbone, forest, known, owner)
    trees, where = plant(prompts, backbone.placeholders)
    if len(owner) > len(trees) and weaves(policy, prompts, forest, known):
        return Woven(backbone, Forest(trees, forest.pictures), known, [where[number] for number in owner.tolist()])
    return OverCache(backbone, forest, known, owner)


def weaves(policy: Policy, prompts: Sequence[Prompt], forest: Forest, features: Mapping[str, Feature]) -> bool:
    """Whether responses may grow beside each other; found out once for a policy, with two responses to the first prompt that part at once."""
    if policy.weaves is None:
        first = Forest(forest.trees[:1], forest.pictures)
        trees, where = plant(prompts[:1], policy.backbone.placeholders)
        try:
            beside = Woven(policy.backbone, Forest(trees, forest.pictures), features, [where[0]] * 2)
        except Unsupported:
            policy.weaves = False
            return False
        apart = OverCache(policy.backbone, first, features, torch.zeros(2, dtype=torch.long))
        policy.weaves = agree(beside, apart, 10 * LOGP_TOLERANCE * leeway(policy.backbone))
    return policy.weaves


def agree(one: Growing, other: Growing, tolerance: float) -> bool:
    """Whether two ways of growing two responses give the same scores over three tokens that differ between them."""
    for step in range(3):
        chosen = one.scores[0].topk(6).indices[[2 * step, 2 * step + 1]]
        for grown in (one, other):
            grown.grow([0, 1], chosen)
        if not difference(one.scores.log_softmax(-1), other.scores.log_softmax(-1)) <= tolerance:
            return False
    return True
