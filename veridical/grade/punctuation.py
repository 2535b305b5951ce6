"""Punctuation as the VQA evaluation treats it, which several yes/no and open-answer rules start from."""

from __future__ import annotations

import re

MARKS = ';/[]"{}()=+\\_-><@`,?!'
PERIODS = 32
"""Most periods that are removed: the original hands a regular-expression flag (whose value is 32) over as the count."""

PERIOD = re.compile(r"\.(?!\d)")
GROUPED = re.compile(r"\d,\d")


def vqa_punct(text: str) -> str:
    """The text with VQA's marks deleted or turned into spaces, and without periods.

    A mark that touches a space anywhere in `text` is deleted everywhere; another becomes a space. Where a digit, a
    comma and a digit follow one another, every mark is deleted. Periods before a digit stay.

    Source: VQA, arXiv 1505.00468. Follows: the evaluation script's behaviour, its limit of 32 periods included.
    """
    delete_all = GROUPED.search(text) is not None
    result = text
    for mark in MARKS:
        touches = f"{mark} " in text or f" {mark}" in text
        result = result.replace(mark, "" if touches or delete_all else " ")
    return PERIOD.sub("", result, count=PERIODS)
