"""Numbers: read out of a text, and compared within a tolerance."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from veridical.grade.exact import rule_of
from veridical.grade.extract import answering, compared, unread
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Answer

NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|[-+]?\.\d+")
FRACTION = re.compile(r"([-+]?)\\[dt]?frac\s*\{\s*(\d{1,15})\s*\}\s*\{\s*(\d{1,15})\s*\}")
RATIO = re.compile(r"(?<![\d/.])([-+]?\d{1,15})\s?/\s?(\d{1,15})(?![\d/.])")
COMPUTED = re.compile(r"\d[)}\s]*(?:\^|\*\*?|\\times|\\cdot|×|·|\+|(?<=\s)-(?=\s))[({\s]*[-+]?\d|\\(?:sqrt|binom|sum|int|prod)(?![a-z])")
"""Numbers joined by signs, which state what is to be computed and not a number."""
MINUS = str.maketrans({"−": "-", "–": "-", "＋": "+"})
WORDS = dict(
    zip("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(), range(21), strict=True)
)
WORD = re.compile(rf"\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)


def numbers(text: str) -> list[float]:
    r"""Every number of a text in order: 1,000 and 1e3 and \frac{3}{2} and 3/2 are one number each; a unit behind it is passed over."""
    plain = FRACTION.sub(lambda found: f" {found[1]}{quotient(found[2], found[3])} ", text.translate(MINUS))
    plain = RATIO.sub(lambda found: f" {quotient(found[1], found[2])} ", plain)
    values = [float(found.group().replace(",", "")) for found in NUMBER.finditer(plain)]
    return [value for value in values if math.isfinite(value)]


def quotient(above: str, below: str) -> str:
    """A fraction as a decimal; as it is where it has no value."""
    return repr(int(above) / int(below)) if int(below) else f"{above} {below}"


def spelt(text: str) -> str:
    """The text with "zero" to "twenty" as digits."""
    return WORD.sub(lambda found: str(WORDS[found.group().lower()]), text)


def only_number(text: str) -> float | None:
    """The number that a text states; None where it states none, several that differ, or a computation."""
    values = set() if COMPUTED.search(text.translate(MINUS)) else set(numbers(text))
    return values.pop() if len(values) == 1 else None


def number(relative: float = 1e-6, absolute: float = 0.0, reading: str = "found", rule: str = "tolerance") -> Grader:
    """A grader of numbers.

        value = 1[|said − gold| ≤ max(absolute, relative · |gold|)]

    The answer must state exactly one number ("5 apples" does, "3 or 4 or 5" does not). `rule="video_r1"`: both or neither
    are written with "." or ",", and they agree when rounded to two decimals. A gold answer that is no number is not scored.

    Source: Video-R1, arXiv 2503.21776, for the second rule. Follows: tulerfeng/Video-R1, grpo.py.
    """

    def within(said: str, gold: float) -> bool | None:
        value = only_number(spelt(said))
        return None if value is None else abs(value - gold) <= max(absolute, relative * abs(gold))

    rules: Mapping[str, Callable[[str, Answer], Grade]] = {"tolerance": lambda said, answer: numeric(said, answer, within), "video_r1": video_r1}
    return answering(rule_of(rules, rule), reading)


def numeric(said: str, answer: Answer, right: Callable[[str, float], bool | None]) -> Grade:
    """The grade by a rule of (said, gold as a number)."""
    gold = only_number(spelt(answer.value))
    if gold is None:
        return Grade(None, said, f"the record's answer {answer.value[:60]!r} is not one number")
    verdict = right(said, gold)
    return unread(f"{said[:60]!r} states no number, or several", said) if verdict is None else compared(verdict, said, answer.value)


def video_r1(said: str, answer: Answer) -> Grade:
    """Video-R1's rule for numbers."""
    pointed = [any(mark in text for mark in ".,") for text in (said, answer.value)]
    values = [plain_number(text) for text in (said, answer.value)]
    if values[1] is None:
        return Grade(None, said, f"the record's answer {answer.value[:60]!r} is not a number")
    if values[0] is None:
        return unread(f"{said[:60]!r} is no number", said)
    return compared(pointed[0] == pointed[1] and round(values[0], 2) == round(values[1], 2), said, answer.value)


def plain_number(text: str) -> float | None:
    """The whole text as a number, commas left out; None where it is none."""
    try:
        value = float(text.strip().replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def regression(reading: str = "found") -> Grader:
    """A grader of estimates: how near a number comes.

        value = 1 − min(1, (|said − gold| + 10⁻⁹) / (|gold| + 10⁻⁹))

    Source: Video-R1, arXiv 2503.21776. Follows: tulerfeng/Video-R1, grpo.py.
    """

    def near(said: str, answer: Answer) -> Grade:
        gold, value = only_number(answer.value), only_number(said)
        if gold is None:
            return Grade(None, said, f"the record's answer {answer.value[:60]!r} is not one number")
        if value is None:
            return unread(f"{said[:60]!r} states no number, or several", said)
        return Grade(1 - min(1.0, (abs(value - gold) + 1e-9) / (abs(gold) + 1e-9)), said)

    return answering(near, reading)


COUNTS: Mapping[str, Callable[[float, float], float]] = MappingProxyType(
    {"exact": lambda said, gold: float(said == gold), "relative": lambda said, gold: max(0.0, 1 - abs(said - gold) / gold) if gold else float(said == gold)}
)


def count(rule: str = "exact", reading: str = "found") -> Grader:
    """A grader of counts: one whole number, in digits or words.

    exact: 1[said = gold]      relative: max(0, 1 − |said − gold| / gold)
    """
    right = rule_of(COUNTS, rule)

    def grade(said: str, answer: Answer) -> Grade:
        gold, value = only_number(spelt(answer.value)), only_number(spelt(said))
        if gold is None or gold < 0 or gold % 1:
            return Grade(None, said, f"the record's answer {answer.value[:60]!r} is not a count")
        if value is None or value < 0 or value % 1:
            return unread(f"{said[:60]!r} states no count, or several", said)
        return Grade(right(value, gold), said, "" if value == gold else f"read {value:g}, there are {gold:g}")

    return answering(grade, reading)
