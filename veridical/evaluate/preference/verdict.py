"""What a judge of two says in one token, [[A>>B]] to [[B>>A]], and the rules that read it.

A rule gives a `Said`; None where nothing that looks like a verdict is there, so that the judge may be asked again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

DOUBLE = re.compile(r"\[\[([AB<>=]+)\]\]")
SINGLE = re.compile(r"\[([AB<>=]+)\]")
LEADS = {"A>>B": 2, "A>B": 1, "A=B": 0, "B>A": -1, "B>>A": -2}
MIRRORED = {"B<<A": 2, "B<A": 1, "B=A": 0, "A<B": -1, "A<<B": -2}
"""Spellings that Arena-Hard's second scorer knows too."""
CLEAR = 3.0
"""How many games a verdict with two signs counts for."""


class Said(NamedTuple):
    """What was read."""

    lead: int | None
    """By how much A is better: 2 much, 1, 0, -1, -2; None: several verdicts, or an unknown one, which is none."""


def unique(text: str) -> Said | None:
    """The verdict that all tokens in double brackets agree on, as they are written.

    Follows: lmarena/arena-hard-auto at e4248e0, gen_judgment.py; WildVision-Bench and VLMEvalKit's MM-AlignBench read alike.
    """
    found = set(DOUBLE.findall(text))
    return Said(LEADS.get(found.pop()) if len(found) == 1 else None) if found else None


def last(text: str) -> Said:
    """The last token in double brackets, else in single ones, whatever the case.

    Follows: lmarena/arena-hard-auto at 196f6b8, gen_judgment.py and show_result.py. Differs: a token that is no verdict ("[A]", "A>>>B") is none; the program stops.
    """
    found = DOUBLE.findall(text.upper()) or SINGLE.findall(text.upper())
    return Said((LEADS | MIRRORED).get(found[-1]) if found else None)


def points(lead: int) -> float:
    """What who leads by `lead` earns: 1, 0.5 or 0."""
    return 0.5 + 0.5 * (lead > 0) - 0.5 * (lead < 0)


def weight(lead: int) -> float:
    """How many games the verdict counts for."""
    return CLEAR if abs(lead) == 2 else 1.0


class Tally(NamedTuple):
    """What games earned together."""

    points: float
    weight: float


def tallied(leads: Sequence[int]) -> Tally:
    """Games of one prompt as one line: for the fit it makes no difference."""
    return Tally(sum(weight(lead) * points(lead) for lead in leads), sum(map(weight, leads)))
