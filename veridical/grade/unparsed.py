"""What a response earns from which no answer could be read. A convention chooses; a parser never guesses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unparsed:
    """The policy of a convention."""

    name: str
    value: float | None = None
    """What the response earns; None with an empty `answer`: it is left out of every metric."""
    answer: str = ""
    """The answer it is taken for, which then is right or wrong like any other."""


WRONG = Unparsed("wrong", 0.0)
EXCLUDED = Unparsed("excluded")


def read_as(answer: str) -> Unparsed:
    """Take an unreadable response for `answer`."""
    return Unparsed(f"read as {answer}", None, answer)
