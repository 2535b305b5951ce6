"""Words: how texts are counted and compared, in scripts with and without spaces."""

from __future__ import annotations

import re

ALONE = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Scripts that are written without spaces (Thai, Lao, kana, Han): each character stands alone."""
PIECE = re.compile(rf"\s*(?:[{ALONE}]|[^\W{ALONE}]+|[^\w\s])|\s+")
WORD = re.compile(rf"[{ALONE}]|[^\s{ALONE}]+")


def pieces(text: str) -> list[str]:
    """The text cut into words and signs, each with the space before it; joined they are the text."""
    return PIECE.findall(text)


def word_count(text: str) -> int:
    """Words between spaces; in scripts without spaces, characters."""
    return len(WORD.findall(text))
