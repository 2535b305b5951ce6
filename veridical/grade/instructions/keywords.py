"""Instructions about words and letters that a response must have or must not have."""

from __future__ import annotations

import re

from veridical.grade.instructions.instruction import Given, Instruction, Tools, holds, pattern, patterns, relation, text, whole


def existence(response: str, given: Given, tools: Tools) -> bool:
    """Every keyword occurs, also inside a word, whatever the case. A keyword is a regular expression."""
    return all(re.search(word, response, re.IGNORECASE) for word in given["keywords"])


def frequency(response: str, given: Given, tools: Tools) -> bool:
    """The keyword occurs often, or seldom, enough."""
    return holds(len(re.findall(given["keyword"].strip(), response, re.IGNORECASE)), given["relation"], given["frequency"])


def forbidden_words(response: str, given: Given, tools: Tools) -> bool:
    """No forbidden word occurs as a whole word."""
    return not any(re.search(rf"\b{word}\b", response, re.IGNORECASE) for word in given["forbidden_words"])


def letter_frequency(response: str, given: Given, tools: Tools) -> bool:
    """The letter occurs often, or seldom, enough, whatever its case.

    Differs: for the two published rows whose letter is "#" or "!" the program draws a letter by chance, anew at every check; here the sign itself is counted.
    """
    return holds(response.lower().count(given["letter"].strip().lower()), given["let_relation"], given["let_frequency"])


INSTRUCTIONS = (
    Instruction("keywords:existence", existence, {"keywords": patterns}),
    Instruction("keywords:frequency", frequency, {"keyword": pattern, "frequency": whole, "relation": relation}),
    Instruction("keywords:forbidden_words", forbidden_words, {"forbidden_words": patterns}),
    Instruction("keywords:letter_frequency", letter_frequency, {"letter": text, "let_frequency": whole, "let_relation": relation}),
)
