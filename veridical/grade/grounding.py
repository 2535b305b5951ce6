"""A box for a phrase, read by the rules of three harnesses and compared by IoU."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from veridical.grade.grade import Grade
from veridical.records.record import Record

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as fractions of width and height."""

Reader = Callable[[str, float, float], Box | None]
"""(response, width, height) -> box."""

NUMBER = r"-?\d+(?:\.\d+)?"
FOUR = re.compile(rf"\[\s*({NUMBER}),\s*({NUMBER}),\s*({NUMBER}),\s*({NUMBER})\s*\]")
LOOSE = re.compile(rf"[\[(]\s*({NUMBER})(?:\s*,\s*|\s+)({NUMBER})(?:\s*,\s*|\s+)({NUMBER})(?:\s*,\s*|\s+)({NUMBER})\s*[\])]")
PLAIN = re.compile(NUMBER)
RIGHT = 0.5
"""IoU from which a box is right."""


def box_lmms(text: str, width: float, height: float) -> Box | None:
    """The first [a, b, c, d] of four decimal numbers, taken for fractions."""
    found = FOUR.search(text)
    return tuple(float(one) for one in found.groups()) if found else None


def box_internvl(text: str, width: float, height: float) -> Box | None:
    """The first [a, b, c, d], single or double brackets; per mille where the four add up to 4 or more.

    Follows: OpenGVLab/InternVL, internvl_chat/eval/refcoco/evaluate_grounding.py.
    """
    box = box_lmms(text, width, height)
    return box and (tuple(one / 1000 for one in box) if sum(box) >= 4 else box)


def box_vlm(text: str, width: float, height: float) -> Box | None:
    """Four numbers in brackets, else the first four anywhere: fractions up to 1.5, per mille up to 1,000, else pixels; clipped, corners in order.

    Follows: VLMEvalKit, dataset/refcoco.py. A box in pixels that are all at most 1,000 is misread as per mille.
    """
    found = LOOSE.search(text)
    four = [float(one) for one in (found.groups() if found else PLAIN.findall(text)[:4])]
    if len(four) < 4:
        return None
    most = max(map(abs, four))
    sizes = (1.0, 1.0) if most <= 1.5 else (1000.0, 1000.0) if most <= 1000 else (width, height)
    left, top, right, bottom = (min(1.0, max(0.0, one / sizes[place % 2])) for place, one in enumerate(four))
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


def grounding(reader: Reader) -> Callable[[Record, str], Grade]:
    """1 where the box read covers the record's with an IoU of at least 0.5; the IoU is among the counts. Without a box: unparsed, IoU 0, wrong.

    The record's answer is a JSON list: left, top, right, bottom, width, height in pixels.
    """

    def grade(record: Record, response: str) -> Grade:
        if record.answer is None:
            raise ValueError(f"record {record.record_id}: has no answer to compare with; grounding needs a box")
        *gold, width, height = json.loads(record.answer.value)
        box = reader(response, width, height)
        overlap = iou(pixels(box, width, height), tuple(gold)) if box else 0.0
        counts = {"iou": overlap} | ({} if box else {"unparsed": 1.0})
        return Grade(float(overlap >= RIGHT), str(list(box)) if box else None, f"IoU {overlap:.3f}", counts)

    return grade


def pixels(box: Box, width: float, height: float) -> Box:
    """Fractions as pixels."""
    return box[0] * width, box[1] * height, box[2] * width, box[3] * height


def iou(one: Box, other: Box) -> float:
    """Intersection over union; 0 where both are empty."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, across) * max(0.0, down)
    union = area(one) + area(other) - shared
    return shared / union if union > 0 else 0.0


def area(box: Box) -> float:
    """Width times height."""
    return (box[2] - box[0]) * (box[3] - box[1])
