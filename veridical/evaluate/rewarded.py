"""What a judge's verdict or a reward model's numbers earn on candidate responses of known order."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from veridical.evaluate.asking import LETTERS
from veridical.evaluate.candidates import read_in_order
from veridical.evaluate.labels import labelled
from veridical.evaluate.measure import Measure, percent
from veridical.evaluate.measure import mean as mean_of_rows
from veridical.grade.grade import Grade, Grader
from veridical.grade.letters.grading import Fallback, Options, Reader, letters
from veridical.grade.unparsed import Unparsed
from veridical.records.record import Record

HALF, QUARTER = Unparsed("half", 0.5), Unparsed("quarter", 0.25)
"""What a guess earns between two, and among four."""
RATING = re.compile(r"\b([1-9]|10)\b\s*$")
Rule = Callable[[Sequence[float], Sequence[float]], float]
"""(numbers of the best responses, numbers of the others) -> what they earn."""


def strictly(best: Sequence[float], rest: Sequence[float]) -> float:
    """1 where every best response has more than every other one; a tie is wrong."""
    return float(min(best) > max(rest))


def tie_half(best: Sequence[float], rest: Sequence[float]) -> float:
    """1 where every best response has more than every other one, one half where the lowest of them has as much."""
    return 0.5 if min(best) == max(rest) else strictly(best, rest)


def shared(best: Sequence[float], rest: Sequence[float]) -> float:
    """1 / k where a best response attains the maximum that k responses share, else 0."""
    top = max((*best, *rest))
    return 1 / [*best, *rest].count(top) if top in best else 0.0


def listed(response: str, count: int) -> list[Any] | None:
    """A JSON list of `count` values; None where the response is none."""
    try:
        found = json.loads(response)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) and len(found) == count else None


def numbers(response: str, count: int) -> list[float] | None:
    """`count` numbers of a JSON list; None where it is no such list, or one is missing (null, NaN)."""
    found = listed(response, count)
    if found is None:
        return None
    told = all(isinstance(one, int | float) and not isinstance(one, bool) and not math.isnan(one) for one in found)
    return [float(one) for one in found] if told else None


def trailing(text: str) -> float | None:
    """The whole number from 1 to 10 that a rating ends with, and nothing behind it. Follows: allenai/reward-bench, rewardbench/generative.py."""
    found = RATING.search(text.strip())
    return float(found[1]) if found else None


def rated(response: str, count: int, missing: float | None = None) -> list[float] | None:
    """Ratings of a JSON list of numbers, or of texts that end with one. One that cannot be read is `missing`; None where it has no number, or where none can be read."""
    try:
        found = json.loads(response)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or len(found) != count or not all(isinstance(one, str) for one in found):
        return numbers(response, count)
    read = [trailing(one) for one in found]
    if all(one is None for one in read):
        return None
    filled = [missing if one is None else one for one in read]
    return None if None in filled else filled


def by_numbers(rule: Rule = strictly, read: Callable[[str, int], list[float] | None] = numbers, unparsed: float = 0.0) -> Grader:
    """A grader of responses that are a number for each candidate, in the published order: what `rule` says of them; `unparsed` where they cannot be read."""

    def grade(record: Record, response: str) -> Grade:
        found = read(response, len(record.responses))
        if found is None:
            return Grade(unparsed, None, f"not one number for each of {len(record.responses)} responses, as a JSON list", {"unparsed": 1.0})
        return Grade(earned(record, found, rule), chosen(record, found), response)

    return grade


def earned(record: Record, found: Sequence[float], rule: Rule) -> float:
    """What numbers for the candidates earn."""
    best, rest = ([number for one, number in zip(record.responses, found) if (one.rank == 1) is wanted] for wanted in (True, False))
    return rule(best, rest) if rest else 1.0


def chosen(record: Record, found: Sequence[float]) -> str:
    """The letters of those that have most."""
    by_id = {one.response_id: number for one, number in zip(record.responses, found)}
    return ",".join(letter for letter, one in zip(LETTERS, read_in_order(record)) if by_id[one.response_id] == max(found))


def first_bracketed(text: str, options: Options) -> str | None:
    """The first of the options whose token [[X]] occurs anywhere: who quotes both A's and B's says A."""
    return next((letter for letter in options if f"[[{letter}]]" in text), None)


def lengthy(grader: Grader, rule: Rule = strictly) -> Grader:
    """The grader; what the number of characters as a reward earns on the same candidates joins the counts."""

    def grade(record: Record, response: str) -> Grade:
        found = grader(record, response)
        length = earned(record, [float(len(one.text)) for one in record.responses], rule)
        return Grade(found.value, found.answer, found.why, {**found.counts, "longest": length}, found.wrong)

    return grade


def by_verdict(reader: Reader = first_bracketed, unparsed: Unparsed = HALF, fallback: Fallback | None = None) -> Callable[..., Grader]:
    """A convention's grade for verdicts: the letter that the reader finds, against the place of the best response."""
    return lambda data, records: labelled(lengthy(letters(reader, unparsed, fallback)))


def by_reward(rule: Rule = strictly, **how: Any) -> Callable[..., Grader]:
    """A convention's grade for a number for each candidate."""
    return lambda data, records: labelled(lengthy(by_numbers(rule, **how), rule))


def length_only() -> Measure:
    """Accuracy of the number of characters as a reward: what the data give away."""
    found = mean_of_rows("length_only", lambda row: row.counts.get("longest"), "", "%")
    return Measure(found.name, found.tally, lambda sums: percent(sums[..., 0], sums[..., 1]), "", "%")
