"""What a builder is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from veridical.recipe import RecipeError
from veridical.records.record import Record

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk

Build = Callable[..., list[Record]]
"""(desk, records, **settings) -> records with pairs. What comes of it depends on nothing else than these."""


@dataclass(frozen=True)
class Builder:
    """A way to build preference data from prompts."""

    name: str
    build: Build
    source: str
    note: str
    needs: tuple[str, ...] = ("model",)
    """Of "model", "judge" and "towers"."""
    together: bool = False
    """Puts records beside each other, so that it needs all of them at once."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Names with defaults."""
        return {name: one.default for name, one in inspect.signature(self.build).parameters.items() if one.kind is one.KEYWORD_ONLY}

    def __call__(self, desk: Desk, records: Sequence[Record], settings: Mapping[str, Any]) -> list[Record]:
        """Build. Errors: RecipeError for an unknown setting."""
        if unknown := sorted(set(settings) - set(self.settings)):
            raise RecipeError(f"builder {self.name}: no setting {unknown[0]!r}; there are {', '.join(self.settings) or 'none'}")
        return self.build(desk, records, **settings)
