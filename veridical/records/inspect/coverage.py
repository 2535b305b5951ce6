"""What a data set is about: every record under one task, by what it states of itself or else by what it asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from veridical.records.inspect.spread import counted
from veridical.records.record import Record

Sign = Callable[[Record, str], bool]
"""Whether a record, with its question in lower case, is of a task."""


def asks(*words: str) -> Sign:
    """A question with one of these words (regular expressions) at the start of a word."""
    pattern = re.compile(rf"\b(?:{'|'.join(words)})")
    return lambda record, text: bool(pattern.search(text))


def begins(*words: str) -> Sign:
    """A question, or one of its sentences, that begins with one of these."""
    pattern = re.compile(rf"(?:^|[.!?\n:,]\s*)(?:{'|'.join(words)})\b")
    return lambda record, text: bool(pattern.search(text))


def answered(*types: str) -> Sign:
    """A verifiable answer of one of these types."""
    return lambda record, text: record.answer is not None and record.answer.type in types


def either(*signs: Sign) -> Sign:
    """Any of these signs."""
    return lambda record, text: any(one(record, text) for one in signs)


def stated_unsafe(record: Record, text: str) -> bool:
    """A record that says it is about safety."""
    return record.task == "safety" or "unsafe" in " ".join(record.tags)


MATHEMATICS = (
    "triangle", "angle", "equation", "\\\\frac", "\\\\sqrt", "area of", "perimeter", "solve", "probability", "calculate", "compute", "radius", "function \\$?f",
)  # fmt: skip
TASKS: Mapping[str, Sign] = MappingProxyType({
    "safety": either(stated_unsafe, asks("how (?:to|do i|can i) (?:make a bomb|hurt|kill|steal|hack)", "illegal")),
    "video or sound": lambda record, text: any(one.kind != "image" for one in record.media if one.role == "input"),
    "chart": asks("charts?\\b", "graph shows", "bar graph", "pie\\b", "plot\\b", "x-axis", "y-axis", "histogram", "line graph"),
    "document or table": asks("tables?\\b.*(?:row|column|cell)", "document", "invoice", "receipt", "form\\b", "screenshot", "web ?page"),
    "reading text": asks("what (?:does|is).*(?:say|written|printed)", "read (?:the|what|it)", "text (?:in|on)", "ocr", "transcribe", "what word", "spelled"),
    "mathematics": either(answered("math"), asks(*MATHEMATICS)),
    "grounding": either(answered("boxes"), asks("bounding box", "coordinates", "where exactly", "locate", "point to")),
    "counting": asks("how many", "count", "number of"),
    "several pictures": lambda record, text: sum(part.type == "image" for turn in record.prompt for part in turn.parts) > 1,
    "description": asks("describe", "description", "caption", "what (?:do you see|is shown|can be seen)", "tell me (?:everything|about the (?:picture|image))", "depict"),
    "position": asks("left of", "right of", "behind", "in front of", "above", "below", "under", "on top of", "next to", "between", "which side"),
    "attribute": asks("what colou?r", "colou?r", "material", "shape", "how (?:big|large|tall|old|long)\\b"),
    "existence": either(begins("is there", "are there", "does the (?:image|picture)", "do you see", "can you see")),
    "reasoning": begins("why", "how (?:could|would|might|can|does|do)", "what (?:could|might|would)", "explain", "infer", "which .* because"),
    "yes or no": either(answered("yes_no"), begins("is", "are", "was", "were", "does", "do", "did", "has", "have", "can", "could")),
    "naming": begins("what", "who", "which", "where", "when", "name"),
})  # fmt: skip
"""Tasks in the order in which they are tried: the first sign that is seen gives the task."""
OTHER, TEXT = "other", "text only"


def task_of(record: Record) -> str:
    """The task of a record by the first sign."""
    text = record.prompt_text.lower()
    found = next((name for name, sign in TASKS.items() if sign(record, text)), OTHER)
    return TEXT if found in (OTHER, "naming", "reasoning", "yes or no") and not record.media else found


def coverage(records: Sequence[Record]) -> dict[str, int]:
    """Records by task, the most frequent first; tasks that nothing is about are last, with 0."""
    found = counted(map(task_of, records))
    return found | {name: 0 for name in TASKS if name not in found}
