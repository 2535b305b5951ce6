"""Graders: (record, response) -> grade. The same function is a reward, a benchmark's scorer and a labeller of data."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache

from veridical.grade.grade import BatchGrader, Grader

MADE = (Grader, "Grader", BatchGrader, "BatchGrader")


@cache
def graders() -> Mapping[str, Callable[..., Grader]]:
    """Every function of this package that makes a grader, by name."""
    found: dict[str, Callable[..., Grader]] = {}
    for info in pkgutil.iter_modules(__path__, __name__ + "."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and inspect.signature(value).return_annotation in MADE:
                found[name] = value
    return dict(sorted(found.items()))


def in_batches(factory: Callable[..., Grader]) -> bool:
    """Whether a function makes graders that stay in this process and grade many responses at once."""
    return inspect.signature(factory).return_annotation in (BatchGrader, "BatchGrader")
