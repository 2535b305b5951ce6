"""ChartQA's relaxed accuracy: numbers within five percent."""

from __future__ import annotations

from veridical.grade.grade import Grade, Grader
from veridical.grade.short.mmmu import golds
from veridical.records.record import Record

WITHIN = 0.05


def relaxed(strip: bool = False) -> Grader:
    """1 where |said − gold| / |gold| ≤ 0.05, both being numbers and gold not 0; else where the texts are equal, whatever the case. The best of several golds.

    A percent sign divides by 100, a comma makes a text of a number, and years are numbers too. `strip`: spaces at the ends do not count.

    Source: ChartQA, arXiv 2203.10244; Pix2Struct's reading of it, which VLMEvalKit (strip) and lmms-eval copy.
    """

    def grade(record: Record, response: str) -> Grade:
        if record.answer is None:
            raise ValueError(f"record {record.record_id}: has no answer to compare with")
        said = response.strip() if strip else response
        right = any(close(said, gold) for gold in golds(record.answer.value))
        return Grade(float(right), said or None, f"read {said[:60]!r}, the answer is {record.answer.value[:60]!r}", {} if said.strip() else {"unparsed": 1.0})

    return grade


def close(said: str, gold: str) -> bool:
    """The rule for one answer."""
    mine, wanted = fraction(said), fraction(gold)
    if mine is not None and wanted:
        return abs(mine - wanted) / abs(wanted) <= WITHIN
    return said.lower() == gold.lower()


def fraction(text: str) -> float | None:
    """The text as a number, percent as hundredths; None where it is none."""
    try:
        return float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None
