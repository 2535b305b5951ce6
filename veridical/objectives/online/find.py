"""The table of algorithms, and algorithms by name."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from veridical.objectives.online.algorithm import Algorithm


@cache
def algorithms() -> Mapping[str, Algorithm]:
    """Every algorithm of `objectives.policy`, by name."""
    package = importlib.import_module("veridical.objectives.policy")
    found: dict[str, Algorithm] = {}
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Algorithm) and found.setdefault(value.name, value) is not value:
                raise ValueError(f"{info.name}: a second algorithm is called {value.name!r}; rename one")
    return MappingProxyType(dict(sorted(found.items())))


@cache
def aliases() -> Mapping[str, Algorithm]:
    """Published methods that are an algorithm with other rewards or data, by their own name."""
    return MappingProxyType(dict(sorted((alias.name, one.under(alias)) for one in algorithms().values() for alias in one.aliases)))


def find(name: str) -> Algorithm:
    """An algorithm by its name, by a published name, or a user's own as "module:value".

    Errors: ValueError with the nearest name, or with what is wrong with the module.
    """
    if ":" in name:
        return own(name)
    known = dict(aliases()) | dict(algorithms())
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise ValueError(f"unknown algorithm {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"))
    return known[name]


def own(name: str) -> Algorithm:
    """The value that "module:value" names."""
    module, _, attribute = name.partition(":")
    try:
        value = getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError as error:
        raise ValueError(f"algorithm {name!r}: no module {error.name!r} is on the Python path; set PYTHONPATH to its folder") from error
    if not isinstance(value, Algorithm):
        raise ValueError(f"algorithm {name!r}: module {module} has no Algorithm called {attribute!r}")
    return value
