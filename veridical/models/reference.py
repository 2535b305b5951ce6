"""The reference: the same network with its adapter off, a frozen copy, or log-probabilities remembered on disk."""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from veridical.models.forest import Forest, Tree
from veridical.models.head import project
from veridical.models.pictures import Feature
from veridical.models.policy import Policy, Stream, evaluating


class ReferenceError(ValueError):
    """A reference that cannot serve this run; the message says which one can."""


class Reference(Protocol):
    """What a loop asks of a reference."""

    def stream(self, forest: Forest, features: Mapping[str, Feature] | None) -> Stream:
        """Hidden states, for methods that need the reference's distribution."""
        ...

    def logp(self, forest: Forest, features: Mapping[str, Feature] | None) -> Tensor:
        """Log-probabilities in forest order, shape [N], without gradient."""
        ...


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
class Cached:
    """Log-probabilities on disk, keyed by model, token ids and pictures; what is missing is computed by `source` and kept."""

    source: Reference
    directory: Path
    model_key: str

    def stream(self, forest: Forest, features: Mapping[str, Feature] | None) -> Stream:
        """Refused: a cache has numbers, not distributions."""
        raise ReferenceError("this method needs the reference's distribution, which a cache does not hold; set reference=adapter_off or reference=copy")

    def logp(self, forest: Forest, features: Mapping[str, Feature] | None) -> Tensor:
        """Log-probabilities, read per tree; one that is missing, or is not whole, is computed again.

        Each is computed alone: what is stored may not depend on which others a run that was killed had stored before.
        """
        paths = [self.directory / (name := tree_key(self.model_key, tree))[:2] / f"{name}.npy" for tree in forest.trees]
        found = [read(path, tree) for path, tree in zip(paths, forest.trees, strict=True)]
        for number, tree in enumerate(forest.trees):
            if found[number] is None:
                alone = Forest((tree,), {key: forest.pictures[key] for key in tree.pictures})
                found[number] = self.source.logp(alone, features).float().cpu()
                write(paths[number], found[number])
        return torch.cat(found)


def of_stream(stream: Stream, forest: Forest) -> Tensor:
    """Log-probabilities of a stream, shape [N]."""
    return project(stream.backbone.logits, stream.hidden, forest.targets.to(stream.hidden.device)).logp


def tree_key(model_key: str, tree: Tree) -> str:
    """Digest of everything that the values depend on. Pictures are named by digests of their pixels."""
    state = hashlib.sha256(model_key.encode())
    for segment in tree.segments:
        state.update(repr((segment.parent, segment.pictures)).encode())
        state.update(segment.ids.numpy().tobytes() + segment.scored.numpy().tobytes())
    return state.hexdigest()


def read(path: Path, tree: Tree) -> Tensor | None:
    """Stored values, or None when there are none or the file is not whole."""
    try:
        values = np.load(path)
    except (OSError, ValueError, EOFError):
        return None
    return torch.from_numpy(values) if len(values) == sum(int(segment.scored.sum()) for segment in tree.segments) else None


def write(path: Path, values: Tensor) -> None:
    """Store whole or not at all. Errors: ReferenceError when the disk is full."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            np.save(file, values.numpy())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ReferenceError(f"{path}: the reference's values cannot be stored ({error}); free space and run the same command again, or set reference=adapter_off or copy") from error


def weights_key(model: nn.Module, settings: str = "") -> str:
    """Digest of a model's weights without adapters (a strided sample of each tensor and its sum) and of the processor's settings."""
    state = hashlib.sha256(settings.encode())
    for name, tensor in model.state_dict().items():
        if "lora_" in name:
            continue
        flat = tensor.detach().flatten()
        sample = flat[:: max(1, len(flat) // 64)].float().cpu().numpy()
        state.update(name.encode() + sample.tobytes() + np.float64(flat.double().sum().item()).tobytes())
    return state.hexdigest()


def make_reference(kind: str, policy: Policy, cache: Path | None = None, settings: str = "") -> Reference | None:
    """The reference that a recipe names: "adapter_off", "copy", "cache" or "none".

    Errors: ReferenceError when the adapter-off network would not be the starting point (a part trains outside the
    adapter, so switching the adapter off does not undo it), or when a cache has no directory.
    """
    makers = {"none": lambda: None, "adapter_off": lambda: adapter_off(policy), "copy": lambda: frozen_copy(policy), "cache": lambda: cached(policy, cache, settings)}
    if kind not in makers:
        raise ReferenceError(f"reference={kind}: unknown; choose one of {sorted(makers)}")
    return makers[kind]()


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


def settings_of(processor: object, extra: Sequence[object] = ()) -> str:
    """The image processor's settings as text, for cache keys."""
    return repr(sorted(getattr(processor, "to_dict", dict)().items(), key=str)) + repr(tuple(extra))
