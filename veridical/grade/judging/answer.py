"""One verdict: asked, read, and asked once more where it cannot be read."""

from __future__ import annotations

from typing import TypeVar

from veridical.grade.judging.asker import Asker, Messages
from veridical.grade.judging.form import Form
from veridical.grade.judging.reply import Unjudged

Verdict = TypeVar("Verdict")
FRESH = 1_000_003
"""Added to the seed of the second request: the same request would give the same answer, from the cache."""


def verdict(asker: Asker, form: Form[Verdict], messages: Messages, seed: int = 0) -> Verdict:
    """What the judge says. Errors: Unjudged where neither of two replies holds a verdict, or none comes; JudgeStopped."""
    try:
        return form.read(asker.ask(messages, seed, form.likely))
    except Unjudged as error:
        if error.reason != "no verdict":
            raise
    asker.note("no verdict, asked again")
    return form.read(asker.ask(messages, seed + FRESH, form.likely))
