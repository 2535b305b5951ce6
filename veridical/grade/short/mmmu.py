"""MMMU's rule for answers of a few words or a number."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from veridical.grade.grade import Grade
from veridical.records.record import Record

INDICATORS = ("could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result ")
EQUALS = "="
"""Announces an answer in the last line only."""
TRIVIAL = frozenset(":,.!?;'")
NUMBERS = (
    re.compile(r"-?\b\d{1,3}(?:,\d{3})+\b"),
    re.compile(r"-?\d+(?:\.\d+)?[eE][+-]?\d+"),
    re.compile(r"-?(?:\d+\.\d+|\.\d+|\d+\b)(?![eE][+-]?\d+)(?![,\d])"),
)

Read = str | float


def mmmu_open(record: Record, response: str) -> Grade:
    """1 where a number read out of the response is the answer to two decimals, or a text read out of it holds the answer.

    Read is what follows the last of some words ("is", "so" ...) in each line, the shortest of these, or all where there are none, and every number in
    it. Long responses are credited easily, since the answer only has to be held. A response of nothing is unparsed.

    Source: MMMU, arXiv 2311.16502. Follows: MMMU-Benchmark/MMMU, eval_utils.py, whose cut at the end of a sentence never happens.
    """
    if record.answer is None:
        raise ValueError(f"record {record.record_id}: has no answer to compare with")
    read, wanted = readings(response), [form for gold in golds(record.answer.value) for form in normal(gold)]
    right = any(one in wanted if isinstance(one, float) else any(isinstance(gold, str) and gold in one for gold in wanted) for one in read)
    counts = {} if response.strip() else {"unparsed": 1.0}
    return Grade(float(right), "; ".join(map(str, read)) or None, f"read {read}, the answer is {record.answer.value}", counts)


def golds(value: str) -> list[str]:
    """The accepted answers: a JSON list of texts, or the text itself."""
    if value.startswith('["'):
        return [str(one) for one in json.loads(value)]
    return [value]


def readings(response: str) -> list[Read]:
    """All that is read out of a response, numbers as numbers."""
    tails = announced(response)
    found = [*tails, *(number for tail in tails for rule in NUMBERS for number in rule.findall(tail))]
    return list(dict.fromkeys(form for one in found for form in normal(one)))


def announced(response: str) -> list[str]:
    """The shortest tail of each line behind a word that announces an answer; the whole response where no line has one."""
    said = response.strip().strip(".").lower()
    lines = said.split("\n")
    tails = [tail for number, line in enumerate(lines) if (tail := shortest(line, (*INDICATORS, EQUALS) if number == len(lines) - 1 else INDICATORS))]
    return [tail for tail in tails if tail not in TRIVIAL] or [said]


def shortest(line: str, indicators: Sequence[str]) -> str:
    """The shortest of the tails behind the last of each indicator; "" where there is none. An empty one gives way to the next."""
    found = ""
    for indicator in indicators:
        if indicator in line:
            tail = line.rpartition(indicator)[2].strip()
            found = tail if not found or len(tail) < len(found) else found
    return found


def normal(text: str) -> list[Read]:
    """A number to two decimals, or the text in lower case; one sign becomes two texts, with a space before and behind it."""
    said = text.strip()
    try:
        return [round(float(said.replace(",", "")), 2)]
    except ValueError:
        lower = said.lower()
        return [f" {lower}", f"{lower} "] if len(lower) == 1 else [lower]
