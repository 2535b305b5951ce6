"""Where the answer stands in a response: after the thinking, between tags, in a box, behind "Answer:".

Every reading is `(text) -> str | None`, None being unparsed. All of them take time proportional to the text's length, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from veridical.grade.grade import Grade
from veridical.records.record import Answer, Record

Reading = Callable[[str], str | None]

OPEN, CLOSE = "<answer>", "</answer>"
BOXES = ("\\boxed{", "\\fbox{")
LINE = re.compile(r"\banswer(?:\s{1,3}is)?\**\s{0,3}:\**[ \t]*([^\n]+)|\banswer\s{1,3}is\b[ \t]*([^\n]+)", re.IGNORECASE)
LONGEST = 2000
"""Characters beyond which a short answer is none."""


def after_thinking(text: str) -> str:
    """What follows the last `</think>`; all of the text where nothing is thought; nothing where the thinking does not end."""
    before, mark, rest = text.rpartition("</think>")
    if mark:
        return rest
    return "" if "<think>" in rest else rest


def tagged(text: str) -> str | None:
    """What stands between `<answer>` and `</answer>` behind the thinking, where there is exactly one such pair.

    Several pairs are several answers, and the response must choose.
    """
    rest = after_thinking(text)
    if rest.count(OPEN) != 1 or rest.count(CLOSE) != 1:
        return None
    start, end = rest.index(OPEN) + len(OPEN), rest.index(CLOSE)
    return (rest[start:end].strip() or None) if start <= end else None


def boxed(text: str) -> str | None:
    r"""What the last `\boxed{...}` holds, with its braces counted; one that does not close is none."""
    start = max(text.rfind(box) + len(box) if box in text else -1 for box in BOXES)
    if start < 0:
        return None
    depth, place = 1, start
    while place < len(text):
        if text[place] == "\\":
            place += 1  # an escaped brace is no brace
        elif text[place] in "{}":
            depth += 1 if text[place] == "{" else -1
            if depth == 0:
                return text[start:place].strip() or None
        place += 1
    return None


def line(text: str) -> str | None:
    """What follows the last "Answer:" or "answer is", to the end of its line."""
    found = None
    for found in LINE.finditer(text):
        pass
    return None if found is None else (found[1] or found[2]).strip() or None


def whole(text: str) -> str | None:
    """All that is said behind the thinking."""
    return after_thinking(text).strip() or None


def place(text: str) -> str | None:
    """The answer's place: between answer tags where there are any, else all behind the thinking."""
    rest = after_thinking(text)
    return tagged(rest) if OPEN in rest or CLOSE in rest else rest.strip() or None


def found(text: str) -> str | None:
    """The answer: in its place the last box, else behind "Answer:", else all of it. What is thought is no answer."""
    inside = place(text)
    return None if inside is None else boxed(inside) or line(inside) or inside


READINGS: Mapping[str, Reading] = MappingProxyType({one.__name__: one for one in (found, tagged, boxed, line, whole, place)})


def find_reading(name: str) -> Reading:
    """A reading by name. Errors: ValueError naming what there is."""
    if name not in READINGS:
        raise ValueError(f"reading={name}: unknown; there are {', '.join(READINGS)}")
    return READINGS[name]


def answering(right: Callable[[str, Answer], Grade], reading: str) -> Callable[[Record, str], Grade]:
    """A grader that reads a short answer and leaves the comparison with the record's to `right`.

    A record without an answer is not scored. A response without a readable answer earns 0 and counts as unparsed.
    """
    read = find_reading(reading)

    def grade(record: Record, response: str) -> Grade:
        if record.answer is None or not record.answer.value.strip():
            return Grade(None, None, f"record {record.record_id}: has no answer to compare with")
        said = read(response)
        if said is None:
            return unread("no answer could be read")
        if len(said) > LONGEST:
            return unread(f"an answer of {len(said)} characters; a short one was asked for")
        return right(said, record.answer)

    return grade


def unread(why: str, said: str | None = None) -> Grade:
    """Nothing earned, because nothing could be read."""
    return Grade(0.0, said, why, {"unparsed": 1.0})


def compared(right: bool, said: str, gold: str) -> Grade:
    """1 where the answer is right, with what was read."""
    return Grade(float(right), said, "" if right else f"read {said[:60]!r}, the answer is {gold[:60]!r}")
