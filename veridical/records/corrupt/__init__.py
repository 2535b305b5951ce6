"""Pictures made worse on purpose: stored as a recipe (operator, settings, seed), performed when they are looked at."""

from __future__ import annotations

import difflib
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image

from veridical.records.record import Corruption

Operator = Callable[..., Image.Image]
"""(picture, rng, **settings) -> picture; of the same size, unless the operator is `resize`."""


class CorruptionError(ValueError):
    """A corruption that cannot be performed; the message names operator and setting."""


def corrupt(picture: Image.Image, corruption: Corruption, other: Image.Image | None = None) -> Image.Image:
    """The picture after the corruption. The same recipe gives the same bytes.

    `other` is the picture that `swap` puts in its place. Errors: CorruptionError naming the nearest operator or setting.
    """
    operator = find(corruption.op)
    settings = check(operator, corruption.op, corruption.settings)
    if takes_other(operator):
        if other is None:
            raise CorruptionError(f"{corruption.op}: puts another picture in place of this one, and none was given")
        settings["other"] = other
    try:
        return operator(picture.convert("RGB"), np.random.default_rng(corruption.seed), **settings)
    except (TypeError, ValueError, IndexError) as error:
        raise CorruptionError(f"{corruption.op} with {corruption.params}: {error}") from error


def walk() -> dict[str, Operator]:
    """Every function of this package's modules that takes a picture and a source of randomness, by name."""
    found: dict[str, Operator] = {}
    for info in pkgutil.iter_modules(__path__, __name__ + "."):
        for name, value in vars(importlib.import_module(info.name)).items():
            if inspect.isfunction(value) and list(inspect.signature(value).parameters)[:2] == ["picture", "rng"]:
                if found.setdefault(name, value) is not value:
                    raise ValueError(f"{info.name}: a second corruption is called {name!r}; rename one")
    return dict(sorted(found.items()))


def takes_other(operator: Operator) -> bool:
    """Whether the operator needs a second picture."""
    return "other" in inspect.signature(operator).parameters


def find(name: str) -> Operator:
    """An operator by name. Errors: CorruptionError with the nearest one."""
    if name not in OPERATORS:
        raise CorruptionError(f"unknown corruption {name!r}; {nearest(name, OPERATORS)}")
    return OPERATORS[name]


def check(operator: Operator, name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, all known to the operator. Errors: CorruptionError with the nearest one."""
    known = [key for key in inspect.signature(operator).parameters if key not in ("picture", "rng", "other")]
    for key in settings:
        if key not in known:
            raise CorruptionError(f"{name}: unknown setting {key!r}; {nearest(key, known)}")
    return dict(settings)


def nearest(name: str, known: Iterable[str]) -> str:
    """What may have been meant."""
    choices = list(known)
    near = difflib.get_close_matches(name, choices, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(choices) or 'none'}"


def default_corruption(spec: str | Mapping[str, Any], seed: int = 0) -> Corruption:
    """A corruption from a recipe's `{op, settings ...}` or an operator's name; checked at once."""
    given = {"op": spec} if isinstance(spec, str) else dict(spec)
    if "op" not in given:
        raise CorruptionError(f"corruption {given}: names no op; there are {', '.join(OPERATORS)}")
    name = str(given.pop("op"))
    check(find(name), name, given)
    return Corruption(op=name, seed=seed, params=json.dumps(given, sort_keys=True))


OPERATORS: Mapping[str, Operator] = MappingProxyType(walk())
"""Every operator by name."""
