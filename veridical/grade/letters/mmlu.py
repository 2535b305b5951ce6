"""MMLU's rule: the letter that comes next."""

from __future__ import annotations

import json
import re

from veridical.grade.letters.grading import Options

LEADING = re.compile(r"\s*\(?([A-Z])(?![\w'])")
ABSENT = -100.0
"""The log-probability of a letter that is not told."""


def mcq_leading(text: str, options: Options) -> str | None:
    """The letter with which the response begins, alone or before a mark; of an object of log-probabilities by letter the likeliest, the first of equals.

    Source: MMLU, arXiv 2009.03300. Follows: hendrycks/test, evaluate.py, which compares the probabilities of " A" to " D" after "Answer:": a letter that is
    written next is the likeliest of them.
    """
    if (told := probabilities(text)) is not None:
        return max(options, key=lambda letter: told.get(letter, ABSENT)) if told else None
    found = LEADING.match(text)
    return found[1] if found and found[1] in options else None


def probabilities(text: str) -> dict[str, float] | None:
    """{" A": -0.1, ...} with letters as keys; None where the response is no such object."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
        return {str(name).strip(): float(value) for name, value in found.items()}
    except (ValueError, TypeError, AttributeError):
        return None
