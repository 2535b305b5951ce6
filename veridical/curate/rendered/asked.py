"""What is asked about a picture: the question, its verifiable answer, a right response, and wrong ones with the name of their error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from veridical.records.record import Answer

NUMBER = "Answer with a single number."
LABEL = "Answer with the exact words in the picture."
YES_NO = "Answer yes or no."
WORKED = "Explain briefly and put the final answer in \\boxed{}."
BOX = "Answer with its box in pixels as [x1, y1, x2, y2]."


@dataclass(frozen=True)
class Wrong:
    """A response that is wrong in one way."""

    rule: str
    """The error's name."""
    reason: str
    """What went wrong, as a sentence."""
    text: str
    value: str
    """The wrong answer alone."""


@dataclass(frozen=True)
class Asked:
    """A question about a picture, with everything that is needed to learn from it and to grade it."""

    skill: str
    question: str
    answer: Answer
    chosen: str
    wrongs: tuple[Wrong, ...]


Slip = tuple[str, str, str]
"""A wrong value, the error's name, and what went wrong."""


def short(skill: str, question: str, answer: Answer, slips: Iterable[Slip]) -> Asked:
    """A question that is answered by its value alone. Slips that say the right value are left out."""
    wrongs = tuple(Wrong(rule, reason, value, value) for value, rule, reason in distinct(slips, answer.value))
    return Asked(skill, f"{question} {how(answer)}", answer, answer.value, wrongs)


def how(answer: Answer) -> str:
    """How a short answer is to be given."""
    if answer.type == "choice":
        return "Answer with the letter.\n" + "\n".join(answer.choices)
    return {"number": NUMBER, "yes_no": YES_NO, "boxes": BOX}.get(answer.type, LABEL)


def worked(skill: str, question: str, answer: Answer, lines: Sequence[str], slips: Iterable[tuple[Sequence[str], Slip]]) -> Asked:
    """A question that is answered with the way to the value, which stands in a box. A slip has its own way."""
    right = boxed(lines, answer.value)
    wrongs = [Wrong(rule, reason, boxed(way, value), value) for way, (value, rule, reason) in slips if value and value != answer.value]
    return Asked(skill, f"{question} {WORKED}", answer, right, tuple({wrong.text: wrong for wrong in wrongs}.values()))


def boxed(lines: Sequence[str], value: str) -> str:
    """Sentences, then the value in a box."""
    return " ".join([*lines, f"The answer is \\boxed{{{value}}}."])


def distinct(slips: Iterable[Slip], right: str) -> list[Slip]:
    """Slips with values that are wrong and not said twice."""
    found: dict[str, Slip] = {}
    for slip in slips:
        if slip[0] and slip[0].casefold() != right.casefold():
            found.setdefault(slip[0].casefold(), slip)
    return list(found.values())


def number(value: float | str) -> Answer:
    """An answer that is a number."""
    return Answer(type="number", value=value if isinstance(value, str) else plain(value))


def exact(value: str) -> Answer:
    """An answer that is a text."""
    return Answer(type="exact", value=value)


def plain(value: float) -> str:
    """A number without an exponent, and without zeros behind the point."""
    text = f"{round(float(value), 4):.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def verdict(skill: str, question: str, yes: bool, rule: str, reason: str, evidence: str = "") -> Asked:
    """A yes/no question; with evidence the answer stands behind it. The wrong response says the opposite."""
    said, other = ("yes", "no") if yes else ("no", "yes")
    answer = Answer(type="yes_no", value=said)
    if evidence:
        return Asked(
            skill, f"{question} Give the reason, then answer yes or no.", answer, f"{evidence} Answer: {said}", (Wrong(rule, reason, f"{evidence} Answer: {other}", other),)
        )
    return short(skill, question, answer, [(other, rule, reason)])


def chosen_from(skill: str, question: str, right: str, slips: Sequence[Slip], rng: np.random.Generator, most: int = 4) -> Asked | None:
    """A question with lettered options in a drawn order; None where there are fewer than two wrong ones."""
    wrong = distinct(slips, right)[: most - 1]
    if len(wrong) < 2:
        return None
    options = [right, *(value for value, _, _ in wrong)]
    order = [options[place] for place in rng.permutation(len(options))]
    letters = {option: "ABCDEF"[place] for place, option in enumerate(order)}
    answer = Answer(type="choice", value=letters[right], choices=tuple(f"{letter}. {option}" for option, letter in letters.items()))
    return short(skill, question, answer, [(letters[value], rule, reason) for value, rule, reason in wrong])


def first_found(makers: Iterable[Callable[[], Asked | None]]) -> Asked | None:
    """The first question that can be asked and has a wrong response."""
    return next((asked for make in makers if (asked := make()) is not None and asked.wrongs), None)
