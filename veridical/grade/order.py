"""The order of events or frames."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType

from veridical.grade.exact import rule_of
from veridical.grade.extract import answering, unread
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Answer

APART = re.compile(r"\s*(?:,|;|->|→|>|\n|\s)\s*")


def agreement(gold: Sequence[str], said: Sequence[str]) -> float:
    """Kendall's tau, not below 0: pairs in the right order less pairs in the wrong one, over all pairs."""
    place = {item: number for number, item in enumerate(said)}
    pairs = list(combinations(gold, 2))
    return max(0.0, sum(1 if place[one] < place[other] else -1 for one, other in pairs) / len(pairs))


RULES: Mapping[str, Callable[[Sequence[str], Sequence[str]], float]] = MappingProxyType({"pairs": agreement, "exact": lambda gold, said: float(list(gold) == list(said))})


def temporal_order(rule: str = "pairs", reading: str = "found") -> Grader:
    """A grader of orders such as "C, A, B": the answer must name each of the record's items once and nothing else.

    pairs: max(0, Kendall's tau), so that an order drawn by chance earns little and the reverse nothing. exact: 1 for the very order.
    """
    measure = rule_of(RULES, rule)

    def right(said: str, answer: Answer) -> Grade:
        gold, found = items(answer.value), items(said)
        if len(gold) < 2 or len(set(gold)) < len(gold):
            return Grade(None, said, f"the record's answer {answer.value[:60]!r} is no order of different items")
        if sorted(found) != sorted(gold):
            return unread(f"{said[:60]!r} does not name each of {', '.join(gold)} once", said)
        return Grade(measure(gold, found), ", ".join(found))

    return answering(right, reading)


def items(text: str) -> list[str]:
    """Items of a list that is written with commas, arrows or spaces."""
    return [item for item in (one.strip("[]()\"'.").lower() for one in APART.split(text)) if item]
