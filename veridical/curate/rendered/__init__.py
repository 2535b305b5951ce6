"""Pictures drawn from facts, so that what is asked about them has a certain answer: charts, documents, geometry figures, screens."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from veridical.curate.rendered.compose import EACH, first_number, record_of
from veridical.curate.rendered.rendering import Rendering
from veridical.curate.rendered.settings import Settings
from veridical.records.record import Record


@cache
def renderings() -> Mapping[str, Rendering]:
    """Every kind of picture by name: the value RENDERING at the end of each module of this package."""
    found: dict[str, Rendering] = {}
    for info in pkgutil.walk_packages(__path__, __name__ + "."):
        one = vars(importlib.import_module(info.name)).get("RENDERING")
        if one is not None and found.setdefault(one.name, one) is not one:
            raise ValueError(f"{info.name}: a second rendering is called {one.name!r}; rename one")
    return MappingProxyType(dict(sorted(found.items(), key=lambda entry: (entry[1].family, entry[0]))))


def chosen_kinds(name: str) -> list[Rendering]:
    """The kinds that a name stands for: one, a family, or "all". Errors: ValueError with the nearest name."""
    known = renderings()
    families = sorted({one.family for one in known.values()})
    if name in known:
        return [known[name]]
    if name == "all" or name in families:
        return [one for one in known.values() if name in ("all", one.family)]
    near = difflib.get_close_matches(name, [*known, *families], 1)
    raise ValueError(f"kind {name}: unknown; " + (f"did you mean {near[0]!r}?" if near else f"there are all, {', '.join([*families, *known])}"))


def render(name: str, count: int, split: str = "train", seed: int = 0, settings: Settings = Settings()) -> Iterator[Record]:
    """So many records of a kind, a family or all kinds in turn. The same arguments give the same bytes; splits share no number.

    Kinds that cannot be read at the size that is set are left out of a family. Errors: ValueError for unknown names, and for a
    kind that cannot be drawn as it is wished.
    """
    kinds = chosen_kinds(name)
    if len(kinds) > 1 and settings.size is not None:
        kinds = [kind for kind in kinds if kind.least <= settings.size]
    if not 0 <= count <= EACH:
        raise ValueError(f"count={count}: expected 0 to {EACH:,}; take several seeds for more")
    return made(kinds, count, first_number(split, seed), settings)


def made(kinds: Sequence[Rendering], count: int, first: int, settings: Settings) -> Iterator[Record]:
    """Records of the kinds in turn."""
    for number in range(first, first + count):
        yield record_of(kinds[number % len(kinds)], number, settings)
