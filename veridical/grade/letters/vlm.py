"""VLMEvalKit's rule for multiple choice, and lmms-eval's older copy of it for MMBench."""

from __future__ import annotations

import re
from collections.abc import Collection

from veridical.grade.letters.grading import Options

FAILED = "Failed to obtain answer via API"
REFUSALS = (
    "Sorry, I can't help with images of people yet.",
    "I can't process this file.",
    "I'm sorry, but without the image provided",
    "Cannot determine the answer",
)
REFUSED = "Z"
"""The letter of no option: the response refuses."""
MARKS = str.maketrans(dict.fromkeys(".()[],:;!*#{}", " "))
STATED = re.compile(r"answer\s+is\s+\**([ABCD])\**", re.IGNORECASE)
AFFIXES = (("", "."), ("", ","), ("", ":"), ("", ")"), ("", ")."), ("(", ")"), ("(", ")."), (":", ""), (":", ","), (":", "."), (":", ")"), (":", ")."))
FIVE = "ABCDE"


def mcq_vlm(text: str, options: Options) -> str | None:
    """One option's letter among the last four words; else the letter behind "answer is"; else the one option whose text is in the response.

    Marks are spaces; letters count only in upper case. A refusal, or a lone Z, is "Z", which is wrong.

    Source: VLMEvalKit, arXiv 2407.11691. Follows: utils/matching_util.py. Differs: where a judge would be asked, the response is unparsed.
    """
    return None if FAILED in text else by_letter(text, options) or by_text(text, options)


def by_letter(text: str, options: Options) -> str | None:
    """The letter that is said as one."""
    if any(phrase in text for phrase in REFUSALS):
        return REFUSED
    words = text.translate(MARKS).split()
    said = [letter for letter in options if letter in words]
    if len(said) == 1 and words.index(said[0]) > len(words) - 5:
        return said[0]
    if not said and REFUSED in words:
        return REFUSED
    stated = STATED.search(text)
    return stated[1].upper() if stated and stated[1].upper() in options else None


def by_text(text: str, options: Options) -> str | None:
    """The only option whose text the response holds, unless it is longer than twice all options together."""
    lower = text.lower()
    return None if len(lower) > 2 * sum(map(len, options.values())) else only_held(lower, options)


def only_held(lower: str, options: Options) -> str | None:
    """The only option whose text is in a lower-case text."""
    held = [letter for letter, option in options.items() if option.lower() in lower]
    return held[0] if len(held) == 1 else None


def mcq_mmbench_lmms(text: str, options: Options) -> str | None:
    """lmms-eval's rule for MMBench: one of A to E as a word, bare or with one of twelve kinds of marks; else the one option whose text is held.

    A bare "A" among more than three words is taken for the article, and then no bare letter counts.

    Follows: tasks/mmbench/mmbench_evals.py, whose five letters do not depend on the options.
    """
    if FAILED in text:
        return None
    words = text.split()
    bare = alone(words, "", "")
    if bare and not ("A" in words and len(words) > 3):
        return bare
    marked = (alone(words, before, behind) for before, behind in AFFIXES)
    return next(filter(None, marked), None) or only_held(text.lower(), options)


def alone(words: Collection[str], before: str, behind: str) -> str | None:
    """The only one of A to E that is a word with these marks."""
    said = [letter for letter in FIVE if f"{before}{letter}{behind}" in words]
    return said[0] if len(said) == 1 else None
