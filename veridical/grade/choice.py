"""Multiple choice: one letter, read so that naming several letters is no answer."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from types import MappingProxyType

from veridical.grade.exact import normal, rule_of
from veridical.grade.extract import answering, compared, unread
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Answer

LONE = re.compile(r"\W*(?:\\text(?:bf)?\s*\{)?\s*([A-Za-z])\W*")
MARKED = re.compile(r"(?<![A-Za-z'’])\(?([A-Z])(?:[.,:;)*]|\s*$)")
NAMED = re.compile(r"\b(?:answer|option|choice)(?:\s{1,3}is)?\s{0,3}:?\s{0,3}\(?([A-Z])(?![A-Za-z'’])")
SEPARATE = re.compile(r"(?<![A-Za-z'’])([A-Z])(?![A-Za-z'’])")
UNLISTED = 10
"""Options that a question is taken to have where the record does not list them."""


def letter(text: str, options: tuple[str, ...] = ()) -> str | None:
    """The one option that a text chooses, as its letter; None for none and for several.

    A letter alone, whatever stands around it; else an option's own text; else the letters that are marked as options ("B.", "(B)",
    "option B"), of which there must be one. "A" is also an English word, so a letter inside a sentence without a mark counts only
    against another one.
    """
    known = string.ascii_uppercase[: len(options) or UNLISTED]
    if alone := LONE.fullmatch(text):
        return alone[1].upper() if alone[1].upper() in known else None
    texts = [normal(option_text(option)) for option in options]
    if texts.count(normal(text)) == 1:
        return known[texts.index(normal(text))]
    marked = {one for rule in (MARKED, NAMED) for one in rule.findall(text) if one in known}
    others = {one for one in SEPARATE.findall(text) if one in known and one not in "AI"}
    return marked.pop() if len(marked) == 1 and others <= marked else None


def option_text(option: str) -> str:
    """An option without the letter before it."""
    return re.sub(r"^\s*\(?[A-Za-z][.):]\s*", "", option)


def one_letter(said: str, answer: Answer) -> Grade:
    """The letters agree."""
    gold, found = letter(normal(answer.value) if len(normal(answer.value)) == 1 else answer.value, answer.choices), letter(said, answer.choices)
    if gold is None:
        return Grade(None, said, f"the record's answer {answer.value[:60]!r} is no option")
    return unread(f"{said[:60]!r} chooses no option, or several", said) if found is None else compared(found == gold, found, gold)


def first_character(said: str, answer: Answer) -> Grade:
    """Open-R1-Video's rule: the first characters agree."""
    return compared(said[:1] == normal(answer.value)[:1].upper(), said, answer.value)


def starting(said: str, answer: Answer) -> Grade:
    """Fact-RLHF's rule: the response starts with "X." or contains "correct option is X."."""
    gold = normal(answer.value)[:1].upper()
    return compared(said.startswith(f"{gold}.") or f"correct option is {gold}." in said, said, answer.value)


RULES: Mapping[str, Callable[[str, Answer], Grade]] = MappingProxyType({"letter": one_letter, "open_r1_video": first_character, "fact_rlhf": starting})


def choice(rule: str = "letter", reading: str = "found") -> Grader:
    """A grader of multiple choice: 1 where the one option that the answer chooses is the record's.

    letter: see `letter`; naming several options chooses none. open_r1_video: only the first character is compared. fact_rlhf: "X." at the
    start, or "correct option is X." anywhere, so naming all of them so earns 1. The last two are for comparison with published numbers.

    Source: Open-R1-Video; Fact-RLHF, arXiv 2309.14525. Follows: Wang-Xiaodong1899/Open-R1-Video, grpo.py; llava-rlhf/LLaVA-RLHF.
    """
    return answering(rule_of(RULES, rule), reading)
