"""Tables of numbers as a harness prints them, flat: each number under its column, behind the words of its row and the names of the objects that it lies in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from veridical.evaluate.imported.table import number_in
from veridical.evaluate.imported.taken import Number

SHARE = frozenset(("acc", "accuracy", "aacc"))
"""Columns that are shares of right rows in any table."""
COUNTS = frozenset(("tot", "prefetch", "hit", "prefetch_rate", "num"))
"""Columns that count rows."""
WHOLE = frozenset(("", "none", "overall"))
"""What stands for all rows where a table names a part."""


def flat(rows: Sequence[Mapping[str, Any]], shares: bool) -> dict[str, Number]:
    """A table of numbers: each number under its column, behind the words of its row ("adversarial.acc"). In a table of `shares` every number may be a mean of rows."""
    found: dict[str, Number] = {}
    level = [dict(leaves(row)) for row in rows]
    wordy = {name for row in level for name, value in row.items() if number_in(value) is None}
    for row in level:
        part = ".".join(str(row[name]) for name in row if name in wordy and str(row[name]).lower() not in WHOLE)
        for name, value in row.items():
            if name not in wordy and name not in COUNTS:
                found.setdefault(f"{part}.{name}" if part else name, Number(number_in(value), may_add_up=shares or name.lower() in SHARE))
    return found


def leaves(value: Any, name: str = "") -> Iterable[tuple[str, Any]]:
    """(name, value) of everything inside objects and lists of one; an object's name stands before a dot."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and len(value) == 1:
        yield from leaves(value[0], name)
    else:
        yield name, value
