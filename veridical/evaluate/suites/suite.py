"""A suite as a value: benchmarks by dimension, and about how many questions of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Suite:
    """Which benchmarks are asked together. Each is asked where its files are."""

    name: str
    about: str
    sizes: Mapping[str, Mapping[str, int]]
    """Dimension -> benchmark -> about how many questions."""

    @property
    def benchmarks(self) -> dict[str, int]:
        """Size by benchmark."""
        return {name: size for one in self.sizes.values() for name, size in one.items()}
