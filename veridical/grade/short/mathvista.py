"""MathVista's rule for an answer that was extracted: the nearest choice, or the number in the wanted form."""

from __future__ import annotations

import re
from collections.abc import Sequence

from veridical.grade.grade import Grade, Grader
from veridical.grade.letters.vlm import mcq_vlm
from veridical.records.record import Fact, Record

LETTER = re.compile(r"\(([a-zA-Z])\)")
QUOTED = re.compile(r'The answer is "(.*)"\.')
FORM, PRECISION = "answer_type", "precision"
"""Facts that a record must have: text, integer, float or list; the decimals of a float."""


def mathvista(quick: bool = True) -> Grader:
    """1 where the normalised extraction is the answer, letter by letter.

    The response is taken for what an extractor gives: the text of a choice, a letter, a number, a list. `quick`: the script's own pattern
    'The answer is "x".' is applied first. A choice that is no letter and no choice's text is the nearest by edit distance, even silence, and is
    counted as unparsed; a number that cannot be read is unparsed and wrong.

    Source: MathVista, arXiv 2310.02255. Follows: lupantech/MathVista, extract_answer.py and calculate_score.py. Differs: no language model is asked.
    """

    def grade(record: Record, response: str) -> Grade:
        gold, choices = parts(record)
        found = QUOTED.search(response) if quick else None
        said = found[1] if found else response
        if choices:
            chosen, sure = choice(said, choices)
            return Grade(float(chosen == gold), chosen, f"read {chosen!r}, the answer is {gold!r}", {} if sure else {"unparsed": 1.0})
        value = in_form(said, fact(record, FORM), fact(record, PRECISION))
        return Grade(float(value == gold), value, f"read {value!r}, the answer is {gold!r}", {"unparsed": 1.0} if value is None or not said.strip() else {})

    return grade


def mathvista_vlm() -> Grader:
    """VLMEvalKit's comparison without a judge: the letter by `mcq_vlm`; int() or float() of the whole response; a list is never right."""

    def grade(record: Record, response: str) -> Grade:
        gold, choices = parts(record)
        if choices:
            options = dict(zip("ABCDEFGH", choices))
            letter = mcq_vlm(response, options)
            return Grade(float(letter is not None and options.get(letter) == gold), letter, f"read {letter}", {} if letter else {"unparsed": 1.0})
        form = {"integer": int, "float": float}.get(fact(record, FORM))
        try:
            right = form is not None and form(response) == form(gold)
            return Grade(float(right), response, f"read {response[:60]!r}", {} if form else {"unparsed": 1.0})
        except ValueError:
            return Grade(0.0, None, "no number", {"unparsed": 1.0})

    return grade


def parts(record: Record) -> tuple[str, Sequence[str]]:
    """(answer, choices). Errors: ValueError."""
    if record.answer is None:
        raise ValueError(f"record {record.record_id}: has no answer to compare with")
    return record.answer.value, record.answer.choices


def fact(record: Record, kind: str) -> str:
    """The text of a fact; "" where there is none."""
    return next((one.text for one in record.facts if isinstance(one, Fact) and one.kind == kind), "")


def choice(text: str, choices: Sequence[str]) -> tuple[str, bool]:
    """The choice that a text names, and whether it names it: the first "(x)", a letter alone, a choice's text, else the nearest."""
    said = text.strip()
    if found := LETTER.search(said):
        said = found[1].upper()
    letters = [chr(ord("A") + place) for place in range(len(choices))]
    if said in letters:
        return choices[letters.index(said)], True
    return min(choices, key=lambda one: distance(said, one)), said in choices


def distance(one: str, other: str) -> int:
    """Levenshtein's edit distance."""
    row = list(range(len(other) + 1))
    for place, sign in enumerate(one, 1):
        last, row[0] = row[0], place
        for column, against in enumerate(other, 1):
            last, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, last + (sign != against))
    return row[-1]


def in_form(text: str, form: str, precision: str) -> str | None:
    """An integer, a float rounded to `precision` decimals, or a list as it is; None where it is none."""
    try:
        if form == "integer":
            return str(int(float(text)))
        return str(round(float(text), int(float(precision)))) if form == "float" else text
    except (ValueError, OverflowError):
        return None
