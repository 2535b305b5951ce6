"""Yes or no, read out of a response by the rules that published numbers were made with.

Every rule is `(text) -> "yes" | "no" | None`, None being unparsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from veridical.grade.extract import found
from veridical.grade.grade import Grade, Grader
from veridical.grade.punctuation import vqa_punct
from veridical.grade.unparsed import WRONG, Unparsed
from veridical.records.record import Record

Parser = Callable[[str], str | None]

SAID_YES = re.compile(r"\byes\b", re.IGNORECASE)


def yn_pope(text: str) -> str | None:
    """POPE's rule: no if a space-separated piece before the first period is "No", "no" or "not"; yes for anything else, even nothing.

    Commas are deleted first. So "NO", "Nope" and "The answer is: no\\n" are read as yes.

    Source: POPE, arXiv 2305.10355. Follows: AoiDragon/POPE, evaluate.py. LLaVA and R-Bench read the same way.
    """
    return pope_reading(text) or "yes"


def pope_reading(text: str) -> str | None:
    """What `yn_pope` reads where the response says yes or no; None where POPE's rule answers yes by default."""
    piece = text.split(".", 1)[0].replace(",", "")
    if {"No", "no", "not"} & set(piece.split(" ")):
        return "no"
    return "yes" if SAID_YES.search(piece) else None


def yn_vlm(text: str) -> str | None:
    """VLMEvalKit's rule: the word yes without the word no, or the reverse, after VQA's punctuation step; else unparsed.

    Source: VLMEvalKit, arXiv 2407.11691. Differs: where VLMEvalKit asks a language model about an unparsed response,
    it stays unparsed (its `exact_matching`).
    """
    words = set(vqa_punct(text.lower()).split()) & {"yes", "no"}
    return words.pop() if len(words) == 1 else None


def yn_exact_lmms(text: str) -> str | None:
    """lmms-eval's rule for POPE: the whole response is yes or no, whatever the case; "Yes." is unparsed."""
    said = text.lower().strip()
    return said if said in ("yes", "no") else None


def yn_amber(text: str) -> str | None:
    """AMBER's rule: the response is exactly "Yes" or "No".

    Source: AMBER, arXiv 2311.07397. Follows: junyangwang0410/AMBER, inference.py.
    """
    return {"Yes": "yes", "No": "no"}.get(text)


def yn_amber_lmms(text: str) -> str | None:
    """The rule of lmms-eval's AMBER forks: "yes" anywhere in the text, else "no" anywhere ("cannot", "know" and "another" hold one)."""
    lower = text.lower()
    return next((word for word in ("yes", "no") if word in lower), None)


def yn_answer(text: str) -> str | None:
    """VLMEvalKit's rule on the answer alone: what is thought, or said beside answer tags or a box, is not read."""
    said = found(text)
    return None if said is None else yn_vlm(said)


def yes_no(parser: Parser = yn_answer, unparsed: Unparsed = WRONG) -> Grader:
    """A grader of yes/no questions: 1 where the answer read by `parser` is the record's, `unparsed` where none was read."""

    def grade(record: Record, response: str) -> Grade:
        if record.answer is None:
            raise ValueError(f"record {record.record_id}: has no answer to compare with; a yes/no question needs `answer`")
        gold, said = record.answer.value.strip().lower(), parser(response)
        if said is not None:
            return Grade(float(said == gold), said, f"read {said}, the answer is {gold}")
        why = f"neither yes nor no could be read ({unparsed.name})"
        if unparsed.answer:
            return Grade(float(unparsed.answer == gold), unparsed.answer, why, {"unparsed": 1.0})
        return Grade(unparsed.value, None, why, {"unparsed": 1.0})

    return grade
