"""A grader of multiple choice from a rule that reads a letter, and a policy for what no letter could be read from."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping

from veridical.grade.grade import Grade, Grader
from veridical.grade.unparsed import WRONG, Unparsed
from veridical.records.record import Record

Options = Mapping[str, str]
"""Text of each option, by its letter."""

Reader = Callable[[str, Options], str | None]
"""(response, options) -> letter; None: nothing could be read."""

Fallback = Callable[[Options], str]
"""The letter that a response counts as from which none could be read."""


def options_of(record: Record) -> dict[str, str]:
    """The record's options by letter."""
    return dict(zip(string.ascii_uppercase, record.answer.choices if record.answer else ()))


def letters(reader: Reader, unparsed: Unparsed = WRONG, fallback: Fallback | None = None) -> Grader:
    """1 where the letter that `reader` finds is the record's answer. Where it finds none: `fallback`'s letter, else `unparsed`.

    Errors: ValueError for a record without an answer.
    """

    def grade(record: Record, response: str) -> Grade:
        gold, options = gold_of(record), options_of(record)
        found = reader(response, options)
        if found is not None:
            return Grade(float(found == gold), found, f"read {found}, the answer is {gold}")
        taken = fallback(options) if fallback else unparsed.answer
        policy = f"taken for {taken}" if fallback else unparsed.name
        value = float(taken == gold) if taken else unparsed.value
        return Grade(value, taken or None, f"no letter could be read ({policy})", {"unparsed": 1.0})

    return grade


def gold_of(record: Record) -> str:
    """The record's letter. Errors: ValueError."""
    if record.answer is None:
        raise ValueError(f"record {record.record_id}: has no answer to compare with; multiple choice needs `answer`")
    return record.answer.value.strip()


def drawn(seed: int, extra: str = "") -> Fallback:
    """Uniform draws among the options' letters and `extra`, one stream from `seed`: what an official script guesses, made repeatable.

    The stream is as long as a grader lives and is read in the order of the responses without a letter, as in the scripts.
    """
    stream = random.Random(seed)
    return lambda options: stream.choice([*options, *extra])
