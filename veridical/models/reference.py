"""The reference: the same network with its adapter off, a frozen copy, or log-probabilities remembered on disk."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from veridical.models.forest import Forest
from veridical.models.head import project
from veridical.models.pictures import Feature
from veridical.models.policy import Policy, Stream, evaluating, tempered
from veridical.models.remember import Cached, Reference, ReferenceError, weights_key


def of_stream(stream: Stream, forest: Forest, temperature: float = 1.0) -> Tensor:
    """Log-probabilities of a stream, shape [N]."""
    return project(tempered(stream.backbone.logits, temperature), stream.hidden, forest.targets.to(stream.hidden.device)).logp


@dataclass(frozen=True)
class Frozen:
    """A second policy that never changes."""

    policy: Policy
    shares_tower: bool
    """Whether the trained policy's picture features are also this one's."""

    @torch.no_grad()
    def stream(self, forest: Forest, features: Mapping[str, Feature] | None) -> Stream:
        """Hidden states of the copy."""
        return self.policy.stream(forest, features if self.shares_tower else None)

    @torch.no_grad()
    def logp(self, forest: Forest, features: Mapping[str, Feature] | None) -> Tensor:
        """Log-probabilities under the copy."""
        return of_stream(self.stream(forest, features), forest)


@dataclass(frozen=True)
class Moving:
    """A copy that follows the policy: every `every` steps, copy <- rate policy + (1 - rate) copy, over what trains.

    Source: TR-DPO, arXiv 2404.09656 (soft update; rate 1 is the hard one). An adapter's two factors are mixed each by
    itself, as in TRL.
    """

    policy: Policy
    copy: Frozen
    rate: float
    every: int

    def stream(self, forest: Forest, features: Mapping[str, Feature] | None) -> Stream:
        """Hidden states of the copy."""
        return self.copy.stream(forest, features)

    def logp(self, forest: Forest, features: Mapping[str, Feature] | None) -> Tensor:
        """Log-probabilities under the copy."""
        return self.copy.logp(forest, features)

    @torch.no_grad()
    def follow(self, done: int) -> None:
        """After `done` steps."""
        if done % self.every == 0:
            own = dict(self.policy.named_parameters())
            for name, value in self.tensors.items():
                value.lerp_(own[name].detach().to(value), self.rate)

    @property
    def tensors(self) -> dict[str, Tensor]:
        """What moves, by parameter name: with these a run continues."""
        trains = {name for name, parameter in self.policy.named_parameters() if parameter.requires_grad}
        return {name: parameter.data for name, parameter in self.copy.policy.named_parameters() if name in trains}


@dataclass(frozen=True)
class AdapterOff:
    """The trained network with its adapters switched off."""

    policy: Policy
    shares_tower: bool

    @torch.no_grad()
    def stream(self, forest: Forest, features: Mapping[str, Feature] | None) -> Stream:
        """Hidden states of the base model, without dropout."""
        with self.policy.model.disable_adapter(), evaluating(self.policy):
            return self.policy.stream(forest, features if self.shares_tower else None)

    @torch.no_grad()
    def logp(self, forest: Forest, features: Mapping[str, Feature] | None) -> Tensor:
        """Log-probabilities under the base model."""
        return of_stream(self.stream(forest, features), forest)


@dataclass(frozen=True)
class Wanted:
    """What a reference may be made of, beside the policy."""

    cache: Path | None = None
    """Directory of remembered log-probabilities."""
    settings: str = ""
    """Of the image processor, for the cache's keys."""
    rate: float = 0.6
    every: int = 512
    """Of a reference that moves."""
    model: Callable[[], Policy] | None = None
    """Loads another model as the reference."""


def make_reference(kind: str, policy: Policy, wanted: Wanted = Wanted()) -> Reference | None:
    """The reference that a recipe names: "adapter_off", "copy", "cache", "moving", "model", "none", or "auto".

    "auto" is the adapter-off network where that is the starting point, else a copy. Errors: ReferenceError when the
    adapter-off network would not be the starting point (a part trains outside the adapter, so switching the adapter off
    does not undo it), or when a cache has no directory, or "model" no model.
    """
    if kind not in REFERENCES:
        raise ReferenceError(f"reference={kind}: unknown; choose one of {sorted(REFERENCES)}")
    return REFERENCES[kind](policy, wanted)


def starting_point(policy: Policy, wanted: Wanted) -> Reference:
    """The cheapest way to have the policy as it starts."""
    return frozen_copy(policy) if not hasattr(policy.model, "disable_adapter") or outside(policy) else adapter_off(policy)


def another(policy: Policy, wanted: Wanted) -> Frozen:
    """Another model as the reference, frozen; it encodes pictures itself."""
    if wanted.model is None:
        raise ReferenceError("reference=model: name its directory with reference_model=DIR")
    other = wanted.model()
    other.requires_grad_(False).eval()
    return Frozen(other, shares_tower=False)


def adapter_off(policy: Policy) -> AdapterOff:
    """See `make_reference`."""
    if not hasattr(policy.model, "disable_adapter"):
        raise ReferenceError("reference=adapter_off: no part trains through LoRA; set reference=copy or reference=cache")
    if names := outside(policy):
        raise ReferenceError(f"reference=adapter_off: {names[0]} trains outside the adapter, so switching it off does not give the starting point; set reference=copy or cache")
    return AdapterOff(policy, shares_tower=not policy.trains_tower)


def outside(policy: Policy) -> list[str]:
    """Names of what trains outside an adapter."""
    return [name for name, parameter in policy.model.named_parameters() if parameter.requires_grad and "lora_" not in name]


def frozen_copy(policy: Policy) -> Frozen:
    """A copy of the model as it is now, without gradients."""
    shares = not policy.trains_tower
    model = copy.deepcopy(policy.model).requires_grad_(False).eval()
    return Frozen(Policy(model, policy.executor), shares)


def cached(policy: Policy, cache: Path | None, settings: str) -> Cached:
    """A cache filled by the adapter-off network where there is one, else by the copy."""
    if cache is None:
        raise ReferenceError("reference=cache: no directory given for it")
    source = frozen_copy(policy) if outside(policy) else adapter_off(policy)
    return Cached(source, cache, weights_key(policy.model, settings))


REFERENCES: dict[str, Callable[[Policy, Wanted], Reference | None]] = {
    "none": lambda policy, wanted: None,
    "auto": starting_point,
    "adapter_off": lambda policy, wanted: adapter_off(policy),
    "copy": lambda policy, wanted: frozen_copy(policy),
    "cache": lambda policy, wanted: cached(policy, wanted.cache, wanted.settings),
    "moving": lambda policy, wanted: Moving(policy, frozen_copy(policy), wanted.rate, wanted.every),
    "model": another,
}
"""Every kind of reference by name."""
