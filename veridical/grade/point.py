"""One point: whether it lies in what is asked for."""

from __future__ import annotations

import re

from veridical.grade.boxes import VALUE, Box, read_boxes, scaled, system
from veridical.grade.extract import find_reading, unread
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Record

POINT = re.compile(rf"[\[(]\s*(?:x\s*=\s*)?({VALUE})\s*,\s*(?:y\s*=\s*)?({VALUE})\s*[\])]")


def point_in_box(reading: str = "place", said_in: str = "pixels", gold_in: str = "pixels") -> Grader:
    """A grader of pointing and clicking: 1 where the one point that the answer states lies in one of the record's boxes.

    (x, y) or [x, y], with decimals; several points are no answer. Coordinates: see `grade.boxes`.
    """
    read, mine, own = find_reading(reading), system(said_in), system(gold_in)

    def grade(record: Record, response: str) -> Grade:
        gold = None if record.answer is None else read_boxes(record.answer.value)
        if not gold:
            return Grade(None, None, f"record {record.record_id}: its answer states no box")
        points = set(POINT.findall(read(response) or ""))
        if len(points) != 1:
            return unread(f"{len(points)} points are stated; one was asked for")
        x, y = map(float, points.pop())
        dot = Box(x, y, x, y) if said_in == gold_in else scaled([Box(x, y, x, y)], mine(record), own(record))[0]
        return Grade(float(any(box.x1 <= dot.x1 < box.x2 and box.y1 <= dot.y1 < box.y2 for box in gold)), f"({x:g}, {y:g})")

    return grade
