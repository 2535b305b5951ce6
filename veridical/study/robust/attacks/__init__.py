"""Attacks, one module each, ending in `ATTACK`; the table is derived by walking the package."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from veridical.study.robust.attack import Attack, AttackError


@cache
def attacks() -> Mapping[str, Attack]:
    """Every attack by name."""
    found = (importlib.import_module(info.name).ATTACK for info in pkgutil.iter_modules(__path__, __name__ + "."))
    return MappingProxyType({one.name: one for one in sorted(found, key=lambda one: one.name)})


def find(name: str) -> Attack:
    """An attack by name. Errors: AttackError naming the nearest."""
    if name not in attacks():
        near = difflib.get_close_matches(name, attacks(), 1)
        raise AttackError(f"unknown attack {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(attacks())}"))
    return attacks()[name]
