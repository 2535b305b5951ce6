"""Log-probabilities of a reference remembered on disk, keyed by everything that they depend on."""

from __future__ import annotations

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
from veridical.models.pictures import Feature
from veridical.models.policy import Stream


class ReferenceError(ValueError):
    """A reference that cannot serve this run; the message says which one can."""


class Reference(Protocol):
    """What a loop asks of a reference. One that changes while the policy learns also has `follow` (`Moving`)."""

    def stream(self, forest: Forest, features: Mapping[str, Feature] | None) -> Stream:
        """Hidden states, for methods that need the reference's distribution."""
        ...

    def logp(self, forest: Forest, features: Mapping[str, Feature] | None) -> Tensor:
        """Log-probabilities in forest order, shape [N], without gradient."""
        ...


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


def settings_of(processor: object, extra: Sequence[object] = ()) -> str:
    """The image processor's settings as text, for cache keys."""
    return repr(sorted(getattr(processor, "to_dict", dict)().items(), key=str)) + repr(tuple(extra))
