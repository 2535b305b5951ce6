"""Mathematical answers: the same expression, number or set, however it is written."""

from __future__ import annotations

import re

from veridical.grade.equation import bare, equal, explosive, parsed, parts, quantity, result, unit
from veridical.grade.exact import normal
from veridical.grade.extract import answering, boxed, compared, tagged
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Answer

ALSO = re.compile(r"[(（]\s*or\b(.*)[)）]\s*$", re.DOTALL)
COMMAND = re.compile(r"\\[A-Za-z]+|\$[^$]*\$")
PROSE = re.compile(r"[A-Za-z]{4,}")
SAYS = re.compile(r"\w|\\[A-Za-z]|[π∞]")
CLOSE = 1e-6
"""Relative difference within which two numbers are one."""


def mathematics(reading: str = "found") -> Grader:
    r"""A grader of mathematical answers: 1 where the answer is equal to the record's.

    The ladder: the same letters; the same number, a unit left out; equal by math-verify, gold first. Several answers ("4; 6") are
    compared in order, all of them. A gold answer of words is compared as words. A gold answer that nothing can be read from is not scored, unless
    the very same is said. Expressions whose value is too large to compute are equal only letter by letter.

    Source: math-verify (huggingface/Math-Verify) as the last step. Differs: only the answer's place is read, so what is thought, or said beside the
    box, is no answer; a part of an answer is never taken for all of it.
    """

    def right(said: str, answer: Answer) -> Grade:
        gold = unwrapped(answer.value)
        forms = alternatives(gold)
        if any(normal(said) == normal(form) or bare(said) == bare(form) for form in (gold, *forms)):
            return compared(True, said, gold)
        if all(prose(form) for form in forms):
            return compared(False, said, gold)
        verdicts = [same(form, said) for form in forms if not prose(form)]
        if all(verdict is None for verdict in verdicts):
            return Grade(None, said, f"the record's answer {gold[:60]!r} cannot be read as mathematics")
        return compared(any(verdicts), said, gold)

    return answering(right, reading)


def unwrapped(gold: str) -> str:
    """A gold answer without tags and box around it."""
    inside = tagged(gold) or gold.strip()
    return boxed(inside) or inside


def alternatives(gold: str) -> list[str]:
    """The answers that a record accepts: "x ≥ 2 (or x > 2)" accepts two."""
    found = ALSO.search(gold)
    return [gold[: found.start()], found[1]] if found else [gold]


def prose(text: str) -> bool:
    """Whether an answer is no mathematics: two long words beside its formulas, or only signs ("<")."""
    return len(PROSE.findall(COMMAND.sub(" ", text))) >= 2 or not SAYS.search(text)


def same(gold: str, said: str) -> bool | None:
    """Whether all parts of an answer are right; None where a part of the gold answer cannot be read."""
    wanted, given = parts(gold), parts(said)
    if len(wanted) != len(given):
        wanted, given = [", ".join(wanted)], [", ".join(given)]
    verdicts = [same_part(one, other) for one, other in zip(wanted, given, strict=True)]
    return False if False in verdicts else None if None in verdicts else True


def same_part(gold: str, said: str) -> bool | None:
    """Whether one expression is the other; None where the gold one cannot be read."""
    if bare(gold) == bare(said):
        return True
    gold, said = result(gold), result(said)
    if "=" in said and "=" not in gold:
        return False
    numbers = quantity(gold), quantity(said)
    if None not in numbers:
        return abs(numbers[1] - numbers[0]) <= CLOSE * abs(numbers[0]) and (not unit(gold) or unit(said) in ("", unit(gold)))
    if prose(gold) or prose(said) or explosive(said):
        return False
    if explosive(gold) or not parsed(gold):
        return None
    return equal(parsed(gold), parsed(said)) if parsed(said) else False
