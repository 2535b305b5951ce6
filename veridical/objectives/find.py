"""The table of methods, and methods by name."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from veridical.objectives.method import Method


@cache
def methods() -> Mapping[str, Method]:
    """Every method of `objectives.preference`, by name."""
    package = importlib.import_module("veridical.objectives.preference")
    found: dict[str, Method] = {}
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Method) and found.setdefault(value.name, value) is not value:
                raise ValueError(f"{info.name}: a second method is called {value.name!r}; rename one")
    return MappingProxyType(dict(sorted(found.items())))


@cache
def aliases() -> Mapping[str, Method]:
    """Published methods whose objective is another's, by their own name."""
    return MappingProxyType(dict(sorted((alias.name, method.under(alias)) for method in methods().values() for alias in method.aliases)))


def find(name: str) -> Method:
    """A method by its name, by a published name that shares it, or a user's own as "module:value".

    Errors: ValueError with the nearest name, or with what is wrong with the module.
    """
    if ":" in name:
        return own(name)
    known = dict(aliases()) | dict(methods())
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise ValueError(f"unknown method {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"))
    return known[name]


def own(name: str) -> Method:
    """The value that "module:value" names."""
    module, _, attribute = name.partition(":")
    try:
        value = getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError as error:
        raise ValueError(f"method {name!r}: no module {error.name!r} is on the Python path; set PYTHONPATH to its folder") from error
    if not isinstance(value, Method):
        raise ValueError(f"method {name!r}: module {module} has no Method called {attribute!r}")
    return value
