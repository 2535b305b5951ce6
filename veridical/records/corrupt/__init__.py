"""Pictures made worse on purpose: stored as a recipe (operator, settings, seed), performed when they are looked at."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from veridical.records.record import Corruption

Operator = Callable[..., Image.Image]
"""(picture, rng, **settings) -> picture of the same size."""


class CorruptionError(ValueError):
    """A corruption that cannot be performed; the message names operator and setting."""


def corrupt(picture: Image.Image, corruption: Corruption, other: Image.Image | None = None) -> Image.Image:
    """The picture after the corruption. The same recipe gives the same bytes.

    `other` is the picture that `swap` puts in its place. Errors: CorruptionError naming the nearest operator or setting.
    """
    operator = find(corruption.op)
    settings = check(operator, corruption.op, corruption.settings)
    if "other" in inspect.signature(operator).parameters:
        if other is None:
            raise CorruptionError(f"{corruption.op}: needs another picture, and none was given")
        settings["other"] = other
    return operator(picture.convert("RGB"), np.random.default_rng(corruption.seed), **settings)


@cache
def operators() -> dict[str, Operator]:
    """Every operator of this package's modules, by name."""
    import importlib
    import pkgutil

    found: dict[str, Operator] = {}
    for info in pkgutil.iter_modules(__path__, __name__ + "."):
        for name, value in vars(importlib.import_module(info.name)).items():
            if inspect.isfunction(value) and list(inspect.signature(value).parameters)[:2] == ["picture", "rng"]:
                found[name] = value
    return dict(sorted(found.items()))


def find(name: str) -> Operator:
    """An operator by name."""
    known = operators()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise CorruptionError(f"unknown corruption {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"))
    return known[name]


def check(operator: Operator, name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that the operator knows."""
    known = [key for key in inspect.signature(operator).parameters if key not in ("picture", "rng", "other")]
    for key in settings:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            raise CorruptionError(f"{name}: unknown setting {key!r}; " + (f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known) or 'none'}"))
    return dict(settings)


def default_corruption(spec: str | Mapping[str, Any], seed: int = 0) -> Corruption:
    """A corruption from a recipe's `{op, settings ...}` or an operator's name; checked at once."""
    given = {"op": spec} if isinstance(spec, str) else dict(spec)
    if "op" not in given:
        raise CorruptionError(f"corruption {given}: names no op; there are {', '.join(operators())}")
    name = str(given.pop("op"))
    check(find(name), name, given)
    return Corruption(op=name, seed=seed, params=json.dumps(given, sort_keys=True))
