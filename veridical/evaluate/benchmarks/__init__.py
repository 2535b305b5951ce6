"""Benchmarks, one module each, in a folder per dimension. A module's `BENCHMARKS` is all that has to be added."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from veridical.evaluate.benchmark import Benchmark, BenchmarkError


@cache
def benchmarks() -> Mapping[str, Benchmark]:
    """Every benchmark of this package, by name. Errors: ValueError where two have one name."""
    found: dict[str, Benchmark] = {}
    for info in pkgutil.walk_packages(__path__, __name__ + "."):
        for one in getattr(importlib.import_module(info.name), "BENCHMARKS", ()):
            if found.setdefault(one.name, one) is not one:
                raise ValueError(f"{info.name}: a second benchmark is called {one.name!r}; rename one")
    return MappingProxyType(dict(sorted(found.items())))


def find(name: str) -> Benchmark:
    """A benchmark by name, or one's own as "module:value". Errors: BenchmarkError naming the nearest."""
    if ":" in name:
        return own(name)
    known = benchmarks()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise BenchmarkError(f"unknown benchmark {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"))
    return known[name]


def own(name: str) -> Benchmark:
    """The value of a module that can be imported."""
    module, _, value = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), value)
    except (ImportError, AttributeError) as error:
        raise BenchmarkError(f"{name}: cannot be imported ({error}); expected module:value with a Benchmark") from error
    if not isinstance(found, Benchmark):
        raise BenchmarkError(f"{name}: is of type {type(found).__name__}; expected a Benchmark")
    return found
