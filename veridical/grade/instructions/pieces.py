"""Words as the Penn Treebank counts them: punctuation stands apart, contractions are two words, hyphens join.

Source: the Penn Treebank's tokenization, as nltk.word_tokenize has it. Differs: a full stop stays with its word; what is counted here (capitals) is the same.
"""

from __future__ import annotations

import re

APART = re.compile(r"\.{2,}|--|''|``|[;@#$%&?!*\"`“”„«»‘’\[\](){}<>]|[:,](?!\d)")
QUOTED = re.compile(r"(?:(?<=\s)|^)'(?!(?:re|ve|ll|[mtsdn])\b)(?=\w)|'(?=\s|$)", re.IGNORECASE)
CONTRACTED = re.compile(r"(?<=[^' ])(n't|'(?:ll|re|ve|[smd]))(?=\.?(?:\s|$))|(?<=[^' ])(N'T|'(?:LL|RE|VE|[SMD]))(?=\.?(?:\s|$))")
JOINED = re.compile(r"\b(?:(can)(not)|(gim|lem)(me)|(gon|wan)(na)|(got)(ta)|(d)('ye)|(more)('n))\b|(?<=\s)('t)(is|was)\b", re.IGNORECASE)


def pieces(text: str) -> list[str]:
    """The words and marks of a text."""
    spaced = APART.sub(r" \g<0> ", text)
    spaced = QUOTED.sub(" ' ", spaced)
    spaced = CONTRACTED.sub(r" \g<0> ", f" {spaced} ")
    return JOINED.sub(lambda found: " " + " ".join(filter(None, found.groups())) + " ", spaced).split()
