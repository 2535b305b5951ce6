"""One stretch of time: how well it covers what is asked for."""

from __future__ import annotations

import re

from veridical.grade.extract import answering, unread
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Answer

TIME = r"(?:(\d{1,3}):)?(?:(\d{1,3}):)?(\d{1,6}(?:\.\d{1,6})?)"
INTERVAL = re.compile(rf"{TIME}\s*(?:s|sec|seconds)?\s*(?:,|;|-|–|—|to|and)\s*{TIME}", re.IGNORECASE)


def temporal_iou(threshold: float | None = None, reading: str = "found") -> Grader:
    """A grader of moments: intersection over union of two stretches of time; with `threshold` 1 where it is larger, else 0.

    "[12.5, 20]", "12.5 to 20 seconds", "1:05 - 1:20"; the answer must state one stretch, and it must end after it begins.
    """

    def right(said: str, answer: Answer) -> Grade:
        gold, found = interval(answer.value), interval(said)
        if gold is None:
            return Grade(None, said, f"the record's answer {answer.value[:60]!r} is no stretch of time")
        if found is None:
            return unread(f"{said[:60]!r} states no stretch of time, or several", said)
        shared = max(0.0, min(gold[1], found[1]) - max(gold[0], found[0]))
        value = shared / (gold[1] - gold[0] + found[1] - found[0] - shared)
        return Grade(value if threshold is None else float(value > threshold), f"{found[0]:g} to {found[1]:g} s")

    return answering(right, reading)


def interval(text: str) -> tuple[float, float] | None:
    """Start and end in seconds of the one stretch that a text states."""
    found = {(seconds(*one[:3]), seconds(*one[3:])) for one in INTERVAL.findall(text)}
    if len(found) != 1:
        return None
    start, end = found.pop()
    return (start, end) if start < end else None


def seconds(first: str, second: str, last: str) -> float:
    """[hours:][minutes:]seconds as seconds."""
    hours, minutes = (first, second) if second else ("", first)
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(last)
