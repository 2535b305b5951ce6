"""Texts that must be the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from veridical.grade.extract import answering, boxed, compared, tagged
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Answer

Rule = TypeVar("Rule")

UPRIGHT = re.compile(r"\\text(?:bf|rm|it)?\s*\{([^{}]*)\}")
WRAPPED = re.compile(r"^(?:\$+|\*+|\"|'|`+)|(?:\$+|\*+|\"|'|`+|[.!;,])$")


def rule_of(rules: Mapping[str, Rule], name: str) -> Rule:
    """A rule by name. Errors: ValueError naming what there is."""
    if name not in rules:
        raise ValueError(f"rule={name}: unknown; there are {', '.join(rules)}")
    return rules[name]


def normal(text: str) -> str:
    """A text as it is compared: no tags or box around it, no quotation or emphasis, one space between words, lower case, no full stop."""
    inside = tagged(text) or text
    inside = UPRIGHT.sub(r"\1", boxed(inside) or inside)
    before = None
    while before != inside:
        before = inside
        inside = WRAPPED.sub("", inside.strip())
    return " ".join(inside.split()).casefold()


def same(said: str, answer: Answer) -> Grade:
    """The texts agree as they are compared."""
    return compared(normal(said) == normal(answer.value), said, answer.value)


def letter_by_letter(said: str, answer: Answer) -> Grade:
    """R1-V's rule: the texts are the same."""
    return compared(said == (tagged(answer.value) or answer.value).strip(), said, answer.value)


def contained(said: str, answer: Answer) -> Grade:
    """Visual-RFT's rule: one text contains the other, spaces and underscores left out, whatever the case."""
    mine, gold = (text.replace(" ", "").replace("_", "").lower() for text in (said, tagged(answer.value) or answer.value))
    return compared(mine in gold or gold in mine, said, answer.value)


RULES: Mapping[str, Callable[[str, Answer], Grade]] = MappingProxyType({"normal": same, "r1_v": letter_by_letter, "visual_rft": contained})


def exact(rule: str = "normal", reading: str = "found") -> Grader:
    """A grader of short texts: 1 where the answer is the record's.

    normal: whatever their case, quotation marks and full stop. r1_v: letter by letter. visual_rft: one contains the other, so a list of
    all classes, or one letter, earns 1: for comparison with published numbers only.

    Source: R1-V; Visual-RFT, arXiv 2503.01785. Follows: Deep-Agent/R1-V, grpo.py; Liuziyu77/Visual-RFT, grpo_classification.py.
    Differs: an answer over several lines is read; an empty answer earns 0 under every rule.
    """
    return answering(rule_of(RULES, rule), reading)
