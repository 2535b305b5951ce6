"""Suites: which benchmarks are asked together, and how much of each. A module's `SUITE` is all that has to be added."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.suites.suite import Suite

__all__ = ["Suite", "find", "suites"]


@cache
def suites() -> Mapping[str, Suite]:
    """Every suite of this package, by name."""
    found = [getattr(importlib.import_module(info.name), "SUITE", None) for info in pkgutil.walk_packages(__path__, __name__ + ".")]
    return MappingProxyType({one.name: one for one in found if one})


def find(name: str) -> Suite:
    """By name. Errors: BenchmarkError naming what there is."""
    if name not in suites():
        raise BenchmarkError(f"unknown suite {name!r}; there are {', '.join(suites())}")
    return suites()[name]
