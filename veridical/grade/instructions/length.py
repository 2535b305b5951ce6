"""Instructions about how long a response is: words, sentences, paragraphs."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

from veridical.grade.instructions.instruction import Given, Instruction, Tools, holds, relation, text, whole

WORD = re.compile(r"\w+")
DIVIDER = re.compile(r"\s?\*\*\*\s?")
ENDS_A_WORD = frozenset(".,?!'\"")


def number_words(response: str, given: Given, tools: Tools) -> bool:
    """Words are runs of letters, digits and underscores: "don't" has two. Signs that combine (of Hindi, say) part words, as for nltk before 3.10."""
    return holds(len(WORD.findall(response)), given["relation"], given["num_words"])


def number_sentences(response: str, given: Given, tools: Tools) -> bool:
    """As many sentences as the tool finds."""
    return holds(tools.sentences(response), given["relation"], given["num_sentences"])


def number_paragraphs(response: str, given: Given, tools: Tools) -> bool:
    """Exactly so many paragraphs between "***"; an empty one is forgiven at both ends and nowhere else."""
    pieces = [piece.strip() for piece in DIVIDER.split(response)]
    if any(not piece for piece in pieces[1:-1]):
        return False
    return len(pieces) - (not pieces[0]) - (not pieces[-1] and len(pieces) > 1) == given["num_paragraphs"]


def nth_paragraph_first_word(response: str, given: Given, tools: Tools) -> bool:
    """Exactly so many paragraphs between empty lines, and the n-th begins with the word.

    Trap: empty pieces are not counted as paragraphs, but the n-th is counted among all pieces.
    """
    pieces = response.split("\n\n")
    count, place = sum(bool(piece.strip()) for piece in pieces), given["nth_paragraph"]
    if place > count or not (paragraph := pieces[place - 1].strip()):
        return False
    word = paragraph.split()[0].lstrip("'").lstrip('"')
    return count == given["num_paragraphs"] and "".join(takewhile(lambda sign: sign not in ENDS_A_WORD, word)).lower() == given["first_word"].lower()


def place(value: Any) -> str:
    """A paragraph's number."""
    return whole(value) or ("" if value > 0 else "a number from 1")


INSTRUCTIONS = (
    Instruction("length_constraints:number_words", number_words, {"num_words": whole, "relation": relation}),
    Instruction("length_constraints:number_sentences", number_sentences, {"num_sentences": whole, "relation": relation}, "sentences"),
    Instruction("length_constraints:number_paragraphs", number_paragraphs, {"num_paragraphs": whole}),
    Instruction("length_constraints:nth_paragraph_first_word", nth_paragraph_first_word, {"num_paragraphs": whole, "nth_paragraph": place, "first_word": text}),
)
