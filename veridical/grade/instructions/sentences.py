"""How many sentences a text has: by Punkt, which IFEval uses, or by a rule that needs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from veridical.grade.grade import NotInstalled

ADVICE = "; or choose sentences=rule, which needs nothing and counts a little differently"
END = re.compile(r"""(?P<word>\S*?)(?P<mark>\.{2,}|…|[.?!]+)["'”’)\]*_]*\s+(?=(?P<next>\S+))""")
SHORT = frozenset(
    "mr mrs ms dr prof st jr sr rev gen col capt lt sgt gov sen rep hon vs etc inc ltd co corp bros dept est approx fig vol ed eds pp al jan feb mar apr jun jul aug sep sept "
    "oct nov dec u.s u.k e.g i.e a.m p.m ph.d u.n d.c b.c a.d".split()
)
"""Words whose full stop is no end."""


def punkt() -> Callable[[str], int]:
    """Sentences of nltk's English Punkt model. Errors: NotInstalled."""
    try:
        from nltk.tokenize.punkt import PunktTokenizer
    except ImportError as error:
        raise NotInstalled(f"counting sentences as IFEval does needs nltk: pip install nltk and python -m nltk.downloader punkt_tab{ADVICE}") from error
    try:
        model = PunktTokenizer("english")
    except LookupError as error:
        raise NotInstalled(f"nltk lacks its model of sentences: python -m nltk.downloader punkt_tab{ADVICE}") from error
    return lambda text: len(model.tokenize(text))


def rule() -> Callable[[str], int]:
    """Pieces between ends; an end is . ? or ! before a space, but not behind an initial or a common short form, and dots only before no small letter."""
    return counted


def counted(text: str) -> int:
    """Sentences by the rule."""
    said = text.strip()
    return sum(map(ends, END.finditer(said))) + 1 if said else 0


def ends(found: re.Match[str]) -> bool:
    """Whether a mark ends a sentence."""
    word, mark, following = found["word"].lstrip("\"'(“‘[*_").lower(), found["mark"], found["next"]
    if mark[0] in "?!":
        return True
    if word in SHORT or (len(word) == 1 and word.isalpha() and word != "i"):
        return False
    return mark == "." or not following[0].islower()


COUNTERS: Mapping[str, Callable[[], Callable[[str], int]]] = {"punkt": punkt, "rule": rule}
