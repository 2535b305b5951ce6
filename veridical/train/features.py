"""The tower's features of pictures: fresh in every step, or remembered for the whole run where the tower is frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from veridical.models.forest import Forest
from veridical.models.pictures import Feature, leaves
from veridical.models.policy import Policy


class FeatureCacheError(ValueError):
    """Features that cannot be remembered in this run; the message says why."""


@dataclass
class Features:
    """Called with a forest: features of its pictures for policy and reference, or None where the policy has to make them with gradient.

    Life cycle: one per run. Remembered features lie in main memory; when `room` bytes are full the rest is encoded each
    time. A picture that is remembered is encoded alone: what a run remembers may not depend on the step at which it was
    started again.
    """

    policy: Policy
    remember: bool = False
    room: int = field(default_factory=lambda: half_of_free_memory())
    say: Callable[[str], None] = print
    held: dict[str, Feature] = field(default_factory=dict)
    full: bool = False

    def __post_init__(self) -> None:
        if self.remember and self.policy.trains_tower:
            raise FeatureCacheError("feature_cache=true: the tower or the projector trains, so features change with every step; set feature_cache=false or freeze both")

    def __call__(self, forest: Forest) -> Mapping[str, Feature] | None:
        if self.policy.trains_tower and torch.is_grad_enabled():
            return None
        if not self.remember:
            return self.policy.encode(forest)
        return {key: self.one(key, forest) for key in forest.pictures}

    def one(self, key: str, forest: Forest) -> Feature:
        """One picture's features, from memory or from the tower."""
        if key in self.held:
            return moved(self.held[key], self.policy.backbone.device)
        feature = self.policy.encode(Forest((), {key: forest.pictures[key]}))[key]
        size = sum(tensor.nbytes for tensor in leaves({key: feature}))
        if size <= self.room:
            self.room -= size
            self.held[key] = moved(feature, "cpu")
        elif not self.full:
            self.full = True
            self.say(f"feature_cache: memory is full after {len(self.held)} pictures; the others go through the tower each time")
        return feature


def moved(value: Any, device: torch.device | str) -> Any:
    """Nested tensors on `device`."""
    if isinstance(value, Tensor):
        return value.detach().to(device)
    if isinstance(value, Mapping):
        return {name: moved(part, device) for name, part in value.items()}
    return type(value)(moved(part, device) for part in value) if isinstance(value, (list, tuple)) else value


def half_of_free_memory() -> int:
    """Bytes."""
    import psutil

    return psutil.virtual_memory().available // 2
