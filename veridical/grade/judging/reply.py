"""What a judge said, and why there is no judgement where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer of the server, as the cache keeps it."""

    text: str
    finish: str = "stop"
    """Why it ended: "stop", "length" (cut off), "content_filter"."""
    refusal: str = ""
    first: Mapping[str, float] = field(default_factory=dict)
    """Log-probabilities of what could have been the first token; empty where the server does not tell."""
    read: int = 0
    """Tokens of the request."""
    written: int = 0
    """Tokens of the answer."""
    model: str = ""
    """What the server calls the model that answered: often a dated name. "" where it does not say."""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Reply:
        """From the cache. Errors: TypeError where the line holds something else."""
        return cls(**stored)


class Unjudged(ValueError):
    """There is no judgement of this item; `reason` is a word for tables, the message says what was seen. It is never a score."""

    def __init__(self, reason: str, said: str = "") -> None:
        super().__init__(f"{reason}: {said}" if said else reason)
        self.reason = reason


class JudgeStopped(RuntimeError):
    """The whole work stops: the money is spent, or the server does not let anybody in. What was asked is kept, and the same command goes on."""


def unwilling(reply: Reply) -> None:
    """Unjudged where the judge refuses, was stopped by a filter, or was cut off before its end."""
    if reply.refusal or reply.finish == "content_filter":
        raise Unjudged("refused", reply.refusal[:200] or "stopped by the server's content filter")
    if reply.finish == "length":
        raise Unjudged("cut off", f"the answer reached the limit of tokens: ...{reply.text[-80:]!r}; raise longest")
