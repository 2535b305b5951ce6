"""Ways to build preference data. Each module holds values `Builder`; the table is derived by walking the package."""

from __future__ import annotations

import importlib
import pkgutil

from veridical.curate.builders.builder import Builder
from veridical.recipe import RecipeError


def builders() -> dict[str, Builder]:
    """Every builder by name."""
    found: dict[str, Builder] = {}
    for info in pkgutil.iter_modules(__path__, __name__ + "."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Builder):
                found[value.name] = value
    return dict(sorted(found.items()))


def find(name: str) -> Builder:
    """A builder by name. Errors: RecipeError naming what there is."""
    known = builders()
    if name not in known:
        raise RecipeError(f"builder={name}: unknown; there are {', '.join(known)}")
    return known[name]
