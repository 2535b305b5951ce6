"""What a judge says under MLLM-as-a-Judge, in words or as rewards, against what people said."""

from __future__ import annotations

import re
from collections.abc import Callable

from veridical.evaluate.asking import LETTERS
from veridical.evaluate.labels import by_label
from veridical.evaluate.rewarded import numbers
from veridical.grade.grade import Grade, Grader
from veridical.grade.judging.inside import values
from veridical.grade.transcript import distance
from veridical.records.record import Record

TOKEN = re.compile(r"\[\[\s*([A-Z]|\d)\s*\]\]")
KEYS = ("Judgement", "judgement", "Judgment", "judgment")
SCORES = ("1", "2", "3", "4", "5")
Read = Callable[[Record, str], str | None]
"""(record, response) -> a score, a letter, or a ranking; None where it cannot be read."""


def judgement(text: str) -> str | None:
    """The key Judgement of the last JSON object that has it; None where there is none."""
    found = [str(value[key]) for value in values(text, "{") if (key := next((key for key in KEYS if key in value), None))]
    return found[-1] if found else None


def tokens(text: str) -> str:
    """The letters or digits of every [[X]] in the judgement, in order; "" where there is none."""
    return "".join(TOKEN.findall(judgement(text) or ""))


def read_score(record: Record, response: str) -> str | None:
    """One number from 1 to 5."""
    found = tokens(response)
    return found if found in SCORES else None


def read_pair(record: Record, response: str) -> str | None:
    """A, B or C, once."""
    found = tokens(response)
    return found if found in ("A", "B", "C") else None


def read_batch(record: Record, response: str) -> str | None:
    """A ranking of all answers."""
    found = tokens(response)
    return found if sorted(found) == list(LETTERS[: len(record.responses)]) else None


def rewards_score(record: Record, response: str) -> str | None:
    """The reward of the one answer."""
    found = numbers(response, 1)
    return None if found is None else repr(found[0])


def rewards_pair(record: Record, response: str) -> str | None:
    """The answer with more; C where both have as much."""
    found = numbers(response, 2)
    return None if found is None else "C" if found[0] == found[1] else "A" if found[0] > found[1] else "B"


def rewards_batch(record: Record, response: str) -> str | None:
    """The answers in the order of their rewards; of equal ones the first stands first."""
    found = numbers(response, len(record.responses))
    return None if found is None else "".join(LETTERS[place] for place in sorted(range(len(found)), key=lambda place: -found[place]))


def agreeing(read: Read) -> Callable[..., Grader]:
    """A convention's grade: right where the judge says what people said; what cannot be read is in no number."""

    def grade(record: Record, response: str) -> Grade:
        found, gold = read(record, response), record.answer.value
        if found is None:
            return Grade(None, None, "no judgement could be read", {"unparsed": 1.0})
        ranking = len(gold) > 1
        away = {"distance": float(distance(gold, found)), "length": float(max(len(gold), len(found)))} if ranking else {}
        said = {"said": float(found), "people": float(gold)} if gold.isdigit() else {}
        return Grade(float(found == gold if not said else float(found) == float(gold)), found, f"said {found}, people {gold}", {**away, **said})

    return by_label(grade)
