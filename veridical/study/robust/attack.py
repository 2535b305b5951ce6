"""An attack as a value: from settings to conditions, each of which changes what is shown and asked, and nothing of the truth."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.curate.builders.made import TWIN, looking
from veridical.models.assemble import Ready
from veridical.records.record import Media, Record


class AttackError(ValueError):
    """An attack that cannot be made; the message names attack, setting and record."""


@dataclass(frozen=True)
class Material:
    """What an attack may use."""

    ready: Callable[[], Ready]
    """Opens the model that is attacked (the target itself, or the surrogate)."""
    said: Mapping[str, str]
    """What the target says to each record as it is, by record id."""
    folder: Path
    """Where pictures are kept that were dear to make."""
    seed: int = 0


@dataclass(frozen=True)
class Condition:
    """One way in which all questions of a benchmark are attacked."""

    label: str
    """Name of the folder of its results."""
    settings: Mapping[str, Any]
    """What the result says of it."""
    strike: Callable[[Material, Sequence[Record]], list[Record]]
    """Records under attack, in order; a record that it does not touch (without a picture) comes back as it is."""
    sought: Callable[[Record], str] | None = None
    """What the attacker wants to be said; None: only that the response is wrong."""
    family: str = ""
    """Conditions of one family are also averaged."""
    gradients: bool = False
    """Whether it looks through a model's gradients."""


@dataclass(frozen=True)
class Attack:
    """A kind of attack."""

    name: str
    make: Callable[..., list[Condition]]
    """(**settings) -> conditions; the settings and their defaults are the function's own."""
    does: str
    source: str = ""

    def conditions(self, given: Mapping[str, Any]) -> list[Condition]:
        """Conditions with these settings. Errors: AttackError naming the nearest setting."""
        known = inspect.signature(self.make).parameters
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                raise AttackError(f"{self.name}: unknown setting {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"))
        try:
            return self.make(**given)
        except (TypeError, ValueError) as error:
            raise AttackError(f"{self.name}: {error}") from error


def seen_instead(record: Record, twins: Sequence[Media]) -> Record:
    """The record that shows other media in place of those that they are made from; its own stay beside them."""
    return looking(record.replace(media=(*record.media, *twins)), {one.parent_id: one.media_id for one in twins})


def twin(media_id: str, **how: Any) -> Media:
    """A medium that stands in for another."""
    return Media(media_id=media_id + TWIN, role="negative", parent_id=media_id, **how)


def several(given: Any) -> list[Any]:
    """A setting that may be one value or a list of them."""
    return list(given) if isinstance(given, (list, tuple)) else [given]
