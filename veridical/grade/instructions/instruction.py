"""An instruction as a value: what it is called, what it is given, and whether a response follows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Given = Mapping[str, Any]
"""An instruction's arguments, by their published names."""
Check = Callable[[Any], str]
"""What is wrong with an argument: the words for what was expected; "" where it is right."""
RELATIONS = ("less than", "at least")


@dataclass(frozen=True)
class Tools:
    """What some instructions are checked with."""

    language: Callable[[str], str | None]
    """The language of a text as a code ("en"); None where none can be told."""
    sentences: Callable[[str], int]
    """How many sentences a text has."""


@dataclass(frozen=True)
class Instruction:
    """One kind of instruction."""

    name: str
    followed: Callable[[str, Given, Tools], bool]
    """(response, arguments, tools) -> whether it is followed. The response says something: an empty one follows nothing."""
    takes: Mapping[str, Check]
    uses: str = ""
    """The tool it needs: "language", "sentences", or none."""


def expected(instruction: Instruction, given: Given) -> str:
    """The first argument that is missing or wrong, and what was expected; "" where all are right."""
    for name, check in instruction.takes.items():
        if said := check(given.get(name)):
            return f"{name}: expected {said}, found {given.get(name)!r}"
    return ""


def whole(value: Any) -> str:
    """A whole number, 0 or more."""
    return "" if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else "a whole number"


def text(value: Any) -> str:
    """A text that is not empty."""
    return "" if isinstance(value, str) and value else "text"


def relation(value: Any) -> str:
    """How a count is compared."""
    return "" if value in RELATIONS else " or ".join(RELATIONS)


def pattern(value: Any) -> str:
    """A text that is a regular expression, which the published check takes it for."""
    try:
        re.compile(value)
    except (re.error, TypeError):
        return "text that is a regular expression"
    return text(value)


def patterns(value: Any) -> str:
    """A list of such texts."""
    right = isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 0 and not any(map(pattern, value))
    return "" if right else "a list of texts"


def holds(count: int, wanted: str, limit: int) -> bool:
    """Whether a count is "less than" or "at least" the limit."""
    return count < limit if wanted == "less than" else count >= limit
