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
"""(picture, rng, **settings) -> picture; of the same size, unless the operator is `resize` or `crop_pixels`."""


class CorruptionError(ValueError):
    """A corruption that cannot be performed; the message names operator and setting."""


def corrupt(picture: Image.Image, corruption: Corruption, other: Image.Image | None = None) -> Image.Image:
    """The picture after the corruption. The same recipe gives the same bytes.

    `other` is the picture that `swap` puts in its place (a record names it by `Media.other_id`). Errors: CorruptionError
    naming the nearest operator or setting.
    """
    operator = performable(corruption, other is not None)
    settings = corruption.settings | ({"other": other} if takes_other(operator) else {})
    try:
        return operator(picture.convert("RGB"), np.random.default_rng(corruption.seed), **settings)
    except (TypeError, ValueError, IndexError, OverflowError, MemoryError) as error:
        raise CorruptionError(f"{corruption.op} with {corruption.params}: {error}") from error


def performable(corruption: Corruption, has_other: bool) -> Operator:
    """The operator of a corruption, after checking that it takes the settings and has the second picture that it needs."""
    operator = find(corruption.op)
    try:
        settings = corruption.settings
    except ValueError as error:
        raise CorruptionError(f"{corruption.op}: its settings {corruption.params[:60]!r} are not JSON ({error})") from error
    if not isinstance(settings, dict):
        raise CorruptionError(f"{corruption.op}: its settings are {corruption.params[:60]!r}; expected a JSON object")
    check(operator, corruption.op, settings)
    if takes_other(operator) and not has_other:
        raise CorruptionError(f"{corruption.op}: puts another picture in place of this one, and none was given; name the other medium of the record in other_id")
    return operator


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


def check(operator: Operator, name: str, settings: Mapping[str, Any]) -> None:
    """Every setting is known to the operator. Errors: CorruptionError with the nearest one."""
    known = [key for key in inspect.signature(operator).parameters if key not in ("picture", "rng", "other")]
    for key in settings:
        if key not in known:
            raise CorruptionError(f"{name}: unknown setting {key!r}; {nearest(key, known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """What may have been meant."""
    choices = list(known)
    near = difflib.get_close_matches(name, choices, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(choices) or 'none'}"


def corruption_of(spec: str | Mapping[str, Any], seed: int = 0) -> Corruption:
    """A corruption from `{op, settings ...}` or an operator's name; names are checked at once."""
    given = {"op": spec} if isinstance(spec, str) else dict(spec)
    if "op" not in given:
        raise CorruptionError(f"corruption {given}: names no op; there are {', '.join(OPERATORS)}")
    name = str(given.pop("op"))
    check(find(name), name, given)
    return Corruption(op=name, seed=seed, params=json.dumps(given, sort_keys=True))


def default_corruption(spec: str | Mapping[str, Any], seed: int = 0) -> Corruption:
    """The corruption of a whole run, for records that bring no negative picture of their own.

    Errors: CorruptionError also for an operator that needs a second picture, which only a record can name.
    """
    corruption = corruption_of(spec, seed)
    if takes_other(find(corruption.op)):
        raise CorruptionError(
            f"{corruption.op}: needs a second picture, which a run's corruption does not have; give records a negative medium with a recipe and other_id, or choose another op"
        )
    return corruption


OPERATORS: Mapping[str, Operator] = MappingProxyType(walk())
"""Every operator by name."""
