"""How a response is written: whether it repeats itself, and in which script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from veridical.grade.exact import rule_of
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Record

UNWRITTEN = re.compile(r"\$[^$]{0,500}\$|\\[A-Za-z]+|</?[A-Za-z_|]{1,20}>")
"""Formulas, commands and tags, which belong to no language."""
LABELLED = re.compile(r'"label"\s*:\s*"([^"]{0,100})"')


def runs(text: str, size: int) -> list[tuple[str, ...]]:
    """Sequences of `size` words, in lower case."""
    words = text.lower().split()
    return list(zip(*(words[start:] for start in range(size)), strict=False))


def labels(text: str, size: int) -> list[tuple[str, ...]]:
    """VLM-R1's rule: the labels of boxes where there are any, else sequences of words."""
    found = LABELLED.findall(text)
    return [(one,) for one in found] if found else runs(text, size)


RULES: Mapping[str, Callable[[str, int], list[tuple[str, ...]]]] = MappingProxyType({"words": runs, "vlm_r1": labels})


def repetition(size: int = 3, rule: str = "words") -> Grader:
    """A penalty for repetition: −(1 − different / all), over sequences of `size` words; in (−1, 0], 0 for texts shorter than that.

    vlm_r1: over the labels of boxes where there are any (it uses size=6).

    Source: arXiv 2502.03373, as in TRL and R1-Reward (size=3); VLM-R1, arXiv 2504.07615. Differs: words instead of tokens.
    """
    cut = rule_of(RULES, rule)

    def grade(record: Record, response: str) -> Grade:
        found = cut(response, size)
        return Grade(-(1 - len(set(found)) / len(found)) if found else 0.0, f"{len(found) - len(set(found))} repeated")

    return grade


def language(script: str = "latin") -> Grader:
    """A grader of the language of a response: the share of its letters that are of one script ("latin", "cjk", "cyrillic", "arabic", "hiragana" …).

    Formulas, commands and tags are left out; a response without letters earns 0. Languages of one script are not told apart.

    Source: DeepSeek-R1, arXiv 2501.12948 (share of words of the target language).
    """
    wanted = script.upper()
    if not any(script_of(sign) == wanted for sign in map(chr, (*range(0x250, 0xFFFF), *range(0x250)))):
        raise ValueError(f"script={script}: no letter has a name that begins so; expected the first word of Unicode names, as latin, cjk, cyrillic")

    def grade(record: Record, response: str) -> Grade:
        letters = [sign for sign in UNWRITTEN.sub(" ", response) if sign.isalpha()]
        share = sum(script_of(sign) == wanted for sign in letters) / len(letters) if letters else 0.0
        return Grade(share, None, "" if share == 1 else f"{share:.0%} of {len(letters)} letters are {script}")

    return grade


@lru_cache(maxsize=100_000)
def script_of(sign: str) -> str:
    """The first word of a letter's Unicode name, which is its script."""
    return unicodedata.name(sign, "").split(" ")[0] if sign.isalpha() else ""
