"""The numbers of a frozen value by dotted key, and copies with one of them changed."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterator
from typing import Any, TypeVar

Value = TypeVar("Value")
Number = float | int | bool


def numbers(value: Any, prefix: str = "") -> dict[str, Number]:
    """Every number inside nested frozen dataclasses and tuples of them, such as {"terms.0.beta": 0.1}."""
    found: dict[str, Number] = {}
    for name, inner in entries(value):
        key = f"{prefix}{name}"
        if isinstance(inner, (int, float)):
            found[key] = inner
        else:
            found |= numbers(inner, f"{key}.")
    return found


def entries(value: Any) -> Iterator[tuple[str, Any]]:
    """What a value is made of, by name or by place; nothing for what is not made of parts."""
    if isinstance(value, tuple):
        yield from ((str(place), part) for place, part in enumerate(value))
    elif dataclasses.is_dataclass(value):
        yield from ((item.name, getattr(value, item.name)) for item in dataclasses.fields(value))


def changed(value: Value, owner: str, key: str, new: Number) -> Value:
    """A copy of `value` with the number `key` changed. A bare name such as "beta" changes every number of that name.

    Errors: ValueError naming `owner` and the nearest key, or what kind of number was expected.
    """
    known = numbers(value)
    named = [name for name in known if key in (name, name.rsplit(".", 1)[-1])]
    if not named:
        raise ValueError(f"{owner} has no number {key!r}; {nearest(key, known)}")
    for name in named:
        value = put(value, name.split("."), checked(owner, name, known[name], new))
    return value


def nearest(key: str, known: dict[str, Number]) -> str:
    """What may have been meant."""
    bare = sorted({name.rsplit(".", 1)[-1] for name in known})
    near = difflib.get_close_matches(key, [*bare, *known], 1)
    return f"did you mean {near[0]!r}?" if near else f"it has {', '.join(bare)}, each also by place, as {next(iter(known))!r}"


def checked(owner: str, key: str, old: Number, new: Any) -> Number:
    """The new number in the kind of the old one."""
    if isinstance(old, bool):
        if not isinstance(new, bool):
            raise ValueError(f"{owner}: {key} is true or false, not {new!r}")
        return new
    if isinstance(new, bool) or not isinstance(new, (int, float)) or not math.isfinite(new):
        raise ValueError(f"{owner}: {key} must be a finite number, not {new!r}")
    return float(new)


def put(value: Any, path: list[str], new: Number) -> Any:
    """A copy of nested frozen values with the entry at `path` replaced."""
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, tuple):
        place = int(head)
        return value[:place] + (put(value[place], rest, new),) + value[place + 1 :]
    return dataclasses.replace(value, **{head: put(getattr(value, head), rest, new)})
