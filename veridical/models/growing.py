"""Responses that grow token by token: scores of the next token, over a cache that holds each prefix once, or computed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from veridical.models.backbone import Backbone
from veridical.models.cache import expand
from veridical.models.executors import plain
from veridical.models.executors.executor import forward
from veridical.models.executors.state import first_rows, prefill
from veridical.models.forest import Forest, Segment, Tree
from veridical.models.pictures import Feature
from veridical.models.positions import by_row


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
