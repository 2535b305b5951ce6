"""False words of a response, marked wherever they stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from veridical.grade.singular import singularize_pattern

LONGEST = 2_000
"""Characters of a response that the page shows."""


def marked(response: str, wrong: Sequence[str]) -> Markup:
    """The response, escaped, with every occurrence of every wrong word in a <mark>."""
    shown, pieces, end = response[:LONGEST], [], 0
    for start, stop in places(shown, wrong):
        pieces += [escape(shown[end:start]), Markup('<mark title="not in the picture">'), escape(shown[start:stop]), Markup("</mark>")]
        end = stop
    rest = f" … ({len(response) - LONGEST:,} more characters)" if len(response) > LONGEST else ""
    return Markup("").join([*pieces, escape(shown[end:] + rest)])


def places(text: str, wrong: Sequence[str]) -> list[tuple[int, int]]:
    """Where wrong words stand, from left to right, none inside another; a word that is nowhere as such is looked for as a singular."""
    found = [place for word in wrong for place in occurrences(text, word)]
    kept: list[tuple[int, int]] = []
    for start, stop in sorted(found, key=lambda place: (place[0], -place[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, stop))
    return kept


def occurrences(text: str, word: str) -> Iterable[tuple[int, int]]:
    """Of one word, or of several words with any white space between them; capitals do not matter."""
    if not word.strip():
        return []
    pattern = r"\s+".join(re.escape(part) for part in word.split())
    exact = [match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE)]
    return exact or [match.span() for match in re.finditer(r"\w+", text) if singularize_pattern(match.group().lower()) == word.lower()]
