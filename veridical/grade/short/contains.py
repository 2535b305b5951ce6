"""OCRBench's rule: the response holds one of the answers."""

from __future__ import annotations

from veridical.grade.grade import Grade
from veridical.grade.short.mmmu import golds
from veridical.records.record import Record

FORMULAS = "HME100k"


def contains_norm(record: Record, response: str) -> Grade:
    """1 where an answer is part of the response: lower case and line breaks as spaces; formulas (a record of split HME100k) without spaces, case kept.

    Long responses are credited easily. Silence is unparsed, and wrong.

    Source: OCRBench, arXiv 2305.07895. Follows: Yuliang-Liu/MultimodalOCR, OCRBench/example.py.
    """
    if record.answer is None:
        raise ValueError(f"record {record.record_id}: has no answer to compare with")
    plain = formula if record.split == FORMULAS else sentence
    said = plain(response)
    right = any(plain(gold) in said for gold in golds(record.answer.value))
    return Grade(float(right), said or None, f"does{'' if right else ' not'} hold {record.answer.value[:60]!r}", {} if said else {"unparsed": 1.0})


def sentence(text: str) -> str:
    """Words as they are compared."""
    return text.lower().strip().replace("\n", " ")


def formula(text: str) -> str:
    """Formulas as they are compared."""
    return text.strip().replace("\n", " ").replace(" ", "")
