"""Rollouts: responses that the policy wrote, with everything that is known of them before a gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class Rollouts:
    """B responses of at most T tokens each, padded on the right; only `mask` says what counts. Nothing here has a gradient."""

    prompt: Tensor
    """Number of each response's prompt, [B]: responses to one prompt are a group."""
    mask: Tensor
    """True on the tokens that were drawn, the end token included, [B, T]."""
    ended: Tensor
    """Whether the response ended by itself, [B]."""
    reward: Tensor
    """The mixed reward, [B]; NaN where the response could not be scored."""
    old: Tensor
    """Log-probabilities under the policy that the update starts from, [B, T]."""
    sampled: Tensor | None = None
    """Log-probabilities as the sampler computed them, [B, T]; NaN where it said none."""
    parts: Mapping[str, Tensor] = field(default_factory=dict)
    """Each reward by name, [B], NaN where it could not be had."""
    reference: Tensor | None = None
    """Log-probabilities under the reference, [B, T]."""
    values: Tensor | None = None
    """What the critic expected before each token, [B, T]."""
    returns: Tensor | None = None
    """What the critic should have expected: advantages before any whitening, plus its values, [B, T]."""
    steps: Tensor | None = None
    """What a step of the response earns, at the step's last token; NaN on all other tokens, [B, T]."""
    process: Tensor | None = None
    """What a model that is trained beside the policy says of each token, [B, T]."""
    greedy: Tensor | None = None
    """Reward of the likeliest response to the same prompt, [B]."""
    contrast: Tensor | None = None
    """Mean of the metric over responses to the same prompt with its pictures in disorder, [B]; NaN where there are none."""
    kept: Tensor | None = None
    """False for rows that teach nothing, [B]; all are kept by default."""
    limit: int = 0
    """Most tokens of a response; 0: the longest here."""

    def __post_init__(self) -> None:
        for name, wanted in (("old", self.mask.shape), ("reference", self.mask.shape), ("values", self.mask.shape), ("process", self.mask.shape), ("steps", self.mask.shape), ("reward", self.prompt.shape), ("ended", self.prompt.shape)):
            found = getattr(self, name)
            if found is not None and found.shape != wanted:
                raise ValueError(f"rollouts: {name} has shape {tuple(found.shape)}, expected {tuple(wanted)}")

    def __len__(self) -> int:
        return len(self.prompt)

    @property
    def lengths(self) -> Tensor:
        """Tokens of each response, [B]."""
        return self.mask.sum(-1)

    @property
    def most(self) -> int:
        """Most tokens of a response."""
        return self.limit or self.mask.shape[1]

    @property
    def scored(self) -> Tensor:
        """Which responses have a reward, [B]."""
        return ~self.reward.isnan()

    @property
    def taught(self) -> Tensor:
        """Tokens that may teach: of responses that are scored and kept, [B, T]."""
        rows = self.scored if self.kept is None else self.scored & self.kept
        return self.mask & rows[:, None]

    def metric(self, name: str = "") -> Tensor:
        """A reward by name, the mixed one for "" or where there is none of that name, [B]."""
        return self.parts.get(name, self.reward)

    def rows(self, places: Tensor | Sequence[int]) -> Rollouts:
        """Some of the responses."""
        at = torch.as_tensor(places, dtype=torch.long)

        def pick(value: object) -> object:
            if isinstance(value, Tensor):
                return value[at.to(value.device)]
            return {name: pick(part) for name, part in value.items()} if isinstance(value, Mapping) else value

        return replace(self, **{item.name: pick(getattr(self, item.name)) for item in fields(self)})

    def to(self, device: torch.device | str) -> Rollouts:
        """All of it on a device."""

        def move(value: object) -> object:
            if isinstance(value, Tensor):
                return value.to(device)
            return {name: move(part) for name, part in value.items()} if isinstance(value, Mapping) else value

        return replace(self, **{item.name: move(getattr(self, item.name)) for item in fields(self)})


def group_sum(values: Tensor, rollouts: Rollouts) -> Tensor:
    """Of each response, the sum of `values` [B] over the scored responses to its prompt, [B]."""
    known = torch.where(rollouts.scored, values, torch.zeros_like(values))
    return values.new_zeros(int(rollouts.prompt.max()) + 1).index_add(0, rollouts.prompt, known)[rollouts.prompt]


def group_size(rollouts: Rollouts) -> Tensor:
    """Scored responses to the same prompt, [B]."""
    return group_sum(torch.ones_like(rollouts.reward), rollouts)


def group_mean(values: Tensor, rollouts: Rollouts) -> Tensor:
    """Mean over the scored responses to the same prompt, [B]."""
    return group_sum(values, rollouts) / group_size(rollouts).clamp(min=1)


def group_deviation(values: Tensor, rollouts: Rollouts, ddof: int = 1) -> Tensor:
    """Standard deviation over the scored responses to the same prompt, [B]; 0 for a group of `ddof` or fewer."""
    squares = group_sum((values - group_mean(values, rollouts)) ** 2, rollouts)
    return (squares / (group_size(rollouts) - ddof).clamp(min=1)).sqrt()


def last(rollouts: Rollouts) -> Tensor:
    """True on the last token of each response, [B, T]."""
    place = torch.arange(rollouts.mask.shape[1], device=rollouts.mask.device)
    return place[None] == (rollouts.lengths - 1)[:, None]
