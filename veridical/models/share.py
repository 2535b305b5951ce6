"""Token paths that begin alike as one tree: the longest common prefix becomes the root, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from veridical.models.forest import Segment, Tree


@dataclass(frozen=True)
class Path:
    """One sequence: ids, which tokens are scored, and the pictures whose placeholders stand in it."""

    ids: Tensor
    scored: Tensor
    pictures: tuple[str, ...]
    name: str = ""


def share(paths: Sequence[Path], key: str = "") -> Tree:
    """One tree of the paths. All paths of one tree show the same pictures, and show them before they part.

    A shared token is scored when any path scores it; at least one token of every path stays outside the root.
    """
    if len(paths) == 1:
        return Tree((split(paths[0], first_scored(paths[0]))[0], *split(paths[0], first_scored(paths[0]))[1:]), key)
    common = min(prefix_length(paths[0].ids, path.ids) for path in paths[1:])
    common = min(common, *(first_scored(path) for path in paths))
    root = Segment(paths[0].ids[:common], torch.zeros(common, dtype=torch.bool), None, paths[0].pictures, "shared")
    return Tree((root, *(Segment(path.ids[common:], path.scored[common:], 0, (), path.name) for path in paths)), key)


def split(path: Path, at: int) -> tuple[Segment, ...]:
    """A single path as root and branch."""
    root = Segment(path.ids[:at], path.scored[:at], None, path.pictures, "prompt")
    return (root, Segment(path.ids[at:], path.scored[at:], 0, (), path.name))


def first_scored(path: Path) -> int:
    """Place of the first scored token."""
    return int(path.scored.nonzero()[0, 0])


def prefix_length(ours: Tensor, theirs: Tensor) -> int:
    """How many leading ids agree."""
    size = min(len(ours), len(theirs))
    differ = (ours[:size] != theirs[:size]).nonzero()
    return int(differ[0, 0]) if len(differ) else size
