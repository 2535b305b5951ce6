"""Boxes: read out of a text, put into one coordinate system, and compared.

A box is [x1, y1, x2, y2], half-open: its area is (x2 − x1)(y2 − y1). The systems of coordinates are "pixels" (of the picture as it is
stored), "processed" (pixels after Qwen2-VL's resizing), "thousand" (0 to 1000) and "unit" (0 to 1).
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from PIL import Image

from veridical.grade.extract import find_reading, unread
from veridical.grade.grade import Grade
from veridical.records.record import Record

VALUE = r"[-+]?\d{1,7}(?:\.\d{1,9})?"
BOX = re.compile(
    rf"\[\s*({VALUE})\s*,\s*({VALUE})\s*,\s*({VALUE})\s*,\s*({VALUE})\s*\]"
    rf"|\(\s*({VALUE})\s*,\s*({VALUE})\s*\)\s*,?\s*\(\s*({VALUE})\s*,\s*({VALUE})\s*\)"
    rf"|<box>\s*({VALUE})[\s,]+({VALUE})[\s,]+({VALUE})[\s,]+({VALUE})\s*</box>"
)
PLACES, LABELS, SCORES = ("bbox_2d", "bbox", "box", "Position"), ("label", "category", "name"), ("score", "Confidence", "confidence")
NOTHING = frozenset({"none", "[]", "no object", "no objects", "nothing"})
MOST = 20_000
"""Characters of an answer with boxes."""


class Box(NamedTuple):
    """A box with what it is said to hold."""

    x1: float
    y1: float
    x2: float
    y2: float
    label: str = ""
    score: float = 1.0

    @property
    def area(self) -> float:
        """0 for a box that is turned inside out."""
        return max(0.0, self.x2 - self.x1) * max(0.0, self.y2 - self.y1)


def overlap(one: Box, other: Box, least: float = 0.0) -> float:
    """The area that two boxes share; 0 unless it is wider and higher than `least`."""
    width, height = min(one.x2, other.x2) - max(one.x1, other.x1), min(one.y2, other.y2) - max(one.y1, other.y1)
    return width * height if width > least and height > least else 0.0


def iou(one: Box, other: Box, least: float = 0.0) -> float:
    """Intersection over union, in [0, 1]."""
    shared = overlap(one, other, least)
    union = one.area + other.area - shared
    return shared / union if union > 0 else 0.0


def giou(one: Box, other: Box) -> float:
    """IoU less the share of the common hull that neither box covers, in [−1, 1].

    Source: arXiv 1902.09630.
    """
    hull = Box(min(one.x1, other.x1), min(one.y1, other.y1), max(one.x2, other.x2), max(one.y2, other.y2)).area
    union = one.area + other.area - overlap(one, other)
    return iou(one, other) - (hull - union) / hull if hull > 0 else -1.0


def read_boxes(text: str) -> list[Box] | None:
    """Boxes that a text states: JSON or Python lists of boxes or of objects with box, label and score, else every written box.

    [] where it says that there are none; None where nothing can be read. A list that is cut off ends with its last whole object.
    """
    inside = unfenced(text[:MOST])
    if inside.strip(" .").lower() in NOTHING:
        return []
    for form in (inside, inside[: inside.rfind("},")] + "}]" if "}," in inside else ""):
        if found := listed(form):
            return found
    written = [Box(*(float(value) for value in found.groups() if value is not None)) for found in BOX.finditer(inside)]
    return written or None


def unfenced(text: str) -> str:
    """What stands in the last code fence; the text where there is none."""
    pieces = text.split("```")
    return pieces[-2].strip().removeprefix("json") if len(pieces) > 2 else text


def listed(text: str) -> list[Box]:
    """Boxes of a JSON or Python value; [] where it is none."""
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        items = found if isinstance(found, list) and not is_place(found) else [found]
        boxes = [box_of(item) for item in items]
        return [box for box in boxes if box is not None] if boxes and None not in boxes else []
    return []


def box_of(item: Any) -> Box | None:
    """One box of a list; None where it is none."""
    if is_place(item):
        return Box(*map(float, item))
    if not isinstance(item, Mapping):
        return None
    place, label, score = (next((item[name] for name in names if name in item), None) for names in (PLACES, LABELS, SCORES))
    if not is_place(place):
        return None
    known = isinstance(score, (int, float)) and math.isfinite(score)
    return Box(*map(float, place), " ".join(str(label or "").lower().split()), min(1.0, max(0.0, float(score))) if known else 1.0)


def is_place(value: Any) -> bool:
    """Whether this is a list of four numbers."""
    return isinstance(value, (list, tuple)) and len(value) == 4 and all(isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one) for one in value)


def resized(width: float, height: float, factor: int = 28, least: int = 3136, most: int = 12_845_056) -> tuple[float, float]:
    """The size to which Qwen2-VL and Qwen2.5-VL bring a picture: multiples of `factor`, between `least` and `most` pixels in all.

    Follows: the behaviour of transformers' `smart_resize`.
    """
    high, wide = (max(factor, round(side / factor) * factor) for side in (height, width))
    if high * wide > most:
        shrink = math.sqrt(height * width / most)
        high, wide = (max(factor, math.floor(side / shrink / factor) * factor) for side in (height, width))
    elif high * wide < least:
        grow = math.sqrt(least / (height * width))
        high, wide = (math.ceil(side * grow / factor) * factor for side in (height, width))
    return wide, high


def size_of(record: Record) -> tuple[float, float]:
    """Width and height of the record's picture. Errors: ValueError where they are not known."""
    medium = next((one for one in record.media if one.kind == "image" and one.role == "input"), None)
    if medium is None:
        raise ValueError(f"record {record.record_id}: has no picture whose size the coordinates could be measured by")
    if medium.width and medium.height:
        return medium.width, medium.height
    try:
        with Image.open(medium.path) as picture:
            return picture.size
    except OSError as error:
        raise ValueError(f"record {record.record_id}, medium {medium.media_id}: its size is not known ({error}); store width and height") from error


def system(name: str, **processed: int) -> Callable[[Record], tuple[float, float]]:
    """The extent of a system of coordinates for a record. Errors: ValueError naming what there is."""
    systems: Mapping[str, Callable[[Record], tuple[float, float]]] = {
        "pixels": size_of,
        "processed": lambda record: resized(*size_of(record), **processed),
        "thousand": lambda record: (1000.0, 1000.0),
        "unit": lambda record: (1.0, 1.0),
    }
    if name not in systems:
        raise ValueError(f"coordinates={name}: unknown; there are {', '.join(systems)}")
    return systems[name]


def located(right: Callable[[list[Box], list[Box]], Grade], reading: str, said_in: str, gold_in: str) -> Callable[[Record, str], Grade]:
    """A grader of boxes: reads the response's and the record's, brings the first into the system of the second, and leaves the rest to `right`.

    A record without readable boxes is not scored; a response without any earns 0 and counts as unparsed.
    """
    read, mine, own = find_reading(reading), system(said_in), system(gold_in)

    def grade(record: Record, response: str) -> Grade:
        gold = None if record.answer is None else read_boxes(record.answer.value)
        if gold is None:
            return Grade(None, None, f"record {record.record_id}: its answer states no boxes")
        text = read(response)
        said = None if text is None else read_boxes(text)
        if said is None:
            return unread("no box could be read", text)
        return right(gold, said if said_in == gold_in else scaled(said, mine(record), own(record)))

    return grade


def scaled(boxes: Sequence[Box], here: tuple[float, float], there: tuple[float, float]) -> list[Box]:
    """Boxes of one extent in another."""
    x, y = there[0] / here[0], there[1] / here[1]
    return [box._replace(x1=box.x1 * x, y1=box.y1 * y, x2=box.x2 * x, y2=box.y2 * y) for box in boxes]
