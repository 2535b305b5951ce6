"""SQA3D's cleaning of answers, and its two ways to compare."""

from __future__ import annotations

import re

from veridical.grade.grade import Grade, Grader
from veridical.grade.letters.grading import gold_of
from veridical.records.record import Record

KEPT = re.compile(r"[^a-zA-Z0-9,'\s\-:]+")
SPACED = ((re.compile(r" +$"), ""), (re.compile(r"^ +"), ""), (re.compile(r" {2,}"), " "), (re.compile(r"\. {2,}"), ". "))
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
TYPOS = {
    "letf": "left", "let": "left", "tehre": "there", "rigth": "right", "rght": "right", "behine": "behind", "tv": "TV", "chai": "chair", "wasing": "washing",
    "waslked": "walked", "oclock": "o'clock",
}  # fmt: skip
CLOCK = re.compile(r"\bo' +clock\b")
SPELT = {str(number): word for number, word in enumerate(NUMBERS)} | {"none": "zero", "23": "twenty-three"}
NUMBERED = re.compile(r"\b([a-zA-Z]+)[0-9]\b")
ARTICLES = tuple(re.compile(rf"\b{article}\b ([a-zA-Z]+)") for article in ("a", "an", "the"))


def sqa3d_clean(text: str) -> str:
    """The answer in lower case, with one space between words, few signs, known typing errors mended, numbers to twenty (and 23) in words, no article, and "backward".

    Source: SQA3D, arXiv 2210.07474. Follows: SilongYong/SQA3D, LLM/eval_sqa3d_llm.py.
    """
    said = text.lower()
    for rule, instead in SPACED:
        said = rule.sub(instead, said)
    said = worded(KEPT.sub("", said), TYPOS)
    said = worded(CLOCK.sub("o'clock", said), SPELT)
    said = NUMBERED.sub(r"\1", said)
    for article in ARTICLES:
        said = article.sub(r"\1", said)
    return re.sub(r"\bbackwards\b", "backward", said)


def worded(text: str, words: dict[str, str]) -> str:
    """The text with whole words replaced, one after the other."""
    for word, instead in words.items():
        text = re.sub(rf"\b{word}\b", instead, text)
    return text


def sqa3d(refined: bool = False) -> Grader:
    """1 where the cleaned response is the answer; the answer is not cleaned.

    `refined`: also where it is part of the answer (spaces left out or not), or shares a word with it. Then silence is right, and is counted as unparsed.
    """

    def grade(record: Record, response: str) -> Grade:
        gold, said = gold_of(record), sqa3d_clean(response)
        right = said == gold or (refined and alike(said, gold))
        return Grade(float(right), said or None, f"read {said[:60]!r}, the answer is {gold!r}", {} if said else {"unparsed": 1.0})

    return grade


def alike(said: str, gold: str) -> bool:
    """The lenient comparison of the script for language models."""
    return said in gold or "".join(said.split()) in "".join(gold.split()) or bool({*said.split()} & {*gold.split()})
