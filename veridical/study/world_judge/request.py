"""What the world's judge is asked, and what it believes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from veridical.grade.objects import balance
from veridical.world.scene import Scene
from veridical.world.talk import named


@dataclass(frozen=True)
class Request:
    """What is asked: the fields of the wording, and what the judge believes to be there."""

    fields: dict[str, str]
    believed: tuple[str, ...]
    scene: Scene | None
    rng: np.random.Generator

    def absent(self, text: str) -> list[str]:
        """Names in a text that the judge believes not to be there."""
        return [name for name in dict.fromkeys(named(text)) if name not in self.believed]

    def worth(self, text: str) -> tuple[float, float, float]:
        """(value from 0 to 1, precision, coverage) of a description, by belief."""
        said = named(text)
        mentioned, false, true, covered = len(said), sum(name not in self.believed for name in said), len(self.believed), len(set(said) & set(self.believed))
        counts = {"mentioned": float(mentioned), "hallucinated": float(false), "true": float(true), "covered": float(covered)}
        return balance(counts) or 0.0, 1 - false / mentioned if said else 0.0, covered / true if true else 0.0


Answer = Callable[[Request], str]
Answers = tuple[tuple[Sequence[str], Answer], ...]
"""(wordings, what is answered to them)."""
