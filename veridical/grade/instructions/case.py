"""Instructions about capital letters and the language of a response."""

from __future__ import annotations

from veridical.grade.instructions.instruction import Given, Instruction, Tools, holds, relation, text, whole
from veridical.grade.instructions.pieces import pieces


def response_language(response: str, given: Given, tools: Tools) -> bool:
    """The response is in the language; where none can be told (numbers, signs), it is taken to be."""
    return tools.language(response) in (given["language"], None)


def english_capital(response: str, given: Given, tools: Tools) -> bool:
    """English in capital letters only."""
    return response.isupper() and tools.language(response) in ("en", None)


def english_lowercase(response: str, given: Given, tools: Tools) -> bool:
    """English without a capital letter."""
    return response.islower() and tools.language(response) in ("en", None)


def capital_word_frequency(response: str, given: Given, tools: Tools) -> bool:
    """So many words in capitals, or fewer, by the Penn Treebank's words: "DON'T" has two, "I" is one."""
    return holds(sum(piece.isupper() for piece in pieces(response)), given["capital_relation"], given["capital_frequency"])


INSTRUCTIONS = (
    Instruction("language:response_language", response_language, {"language": text}, "language"),
    Instruction("change_case:english_capital", english_capital, {}, "language"),
    Instruction("change_case:english_lowercase", english_lowercase, {}, "language"),
    Instruction("change_case:capital_word_frequency", capital_word_frequency, {"capital_frequency": whole, "capital_relation": relation}),
)
