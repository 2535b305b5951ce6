"""JSON values that stand in a judge's words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

DECODER = json.JSONDecoder()


def values(text: str, opening: str, nested: bool = True) -> Iterator[Any]:
    """Every value that begins with the character `opening` ("{" or "["), by its beginning; with `nested` also those inside others."""
    start = text.find(opening)
    while start >= 0:
        end = start + 1
        try:
            value, whole = DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            pass
        else:
            yield value
            end = end if nested else whole
        start = text.find(opening, end)
