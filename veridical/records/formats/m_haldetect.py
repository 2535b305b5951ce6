"""M-HalDetect: descriptions of COCO pictures with spans that annotators marked as accurate or hallucinated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import response_text
from veridical.records.formats.pictures import cell, media_of, only_picture
from veridical.records.formats.sources import coco_picture
from veridical.records.record import Record, Response, Span, text_parts

TAKEN = ("question", "response", "image", "annotations")
SEEN_IN_TESTS = "coco_val2014"
"""Its pictures are those of POPE and CHAIR: training on them spoils these benchmarks."""
NUMBERED = re.compile(r"\d{12}\.\w+$")
"""COCO's names."""


def recognise(row: Row, name: str) -> str | None:
    """By spans beside a response."""
    spans = row.get("annotations")
    if not {"question", "response", "image"} <= set(row) or not isinstance(spans, (list, tuple)):
        return None
    return "columns question, response, image and annotations with offsets" if all(isinstance(one, Mapping) and {"start", "end"} <= set(one) for one in spans) else None


def read(row: Row, place: Place) -> list[Record]:
    """One response with its spans, which may overlap. RowError where a span is not the text at its offsets."""
    image = need(row, "image", (str, dict, bytes))
    media = media_of(coco_picture(image, place.root, "val2014") if isinstance(image, str) and not image.startswith("data:") else image, place.root)
    text = response_text(row.get("response"), "response")
    spans = tuple(span(one, text, number) for number, one in enumerate(need(row, "annotations", (list, tuple))))
    said = Response(response_id="r0", parts=text_parts(text), origin="model", spans=spans)
    tags = (SEEN_IN_TESTS,) if any(NUMBERED.search(one.path) for one in media) else ()
    known = {"tags": tags, "extra": take(row, *TAKEN), "provenance": place.provenance("M-HalDetect")}
    return [Record(record_id=place.name(), kind="unpaired", media=media, prompt=asked(text_of(row, "question"), media, "question"), responses=(said,), **known)]


def span(one: Any, text: str, number: int) -> Span:
    """One span; offsets are characters of the response."""
    where = f"annotations.{number}"
    if not isinstance(one, Mapping):
        raise RowError(where, f"expected start, end, text and label, found {str(one)[:60]!r}")
    start, end = need(one, "start", int), need(one, "end", int)
    if not 0 <= start <= end <= len(text) or one.get("text") not in (None, text[start:end]):
        raise RowError(where, f"[{start}, {end}) of the response is {text[max(0, start) : end]!r}, not {one.get('text')!r}; offsets are characters (code points)")
    return Span(start=start, end=end, text=text[start:end], label=str(one.get("label") or ""))


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every response that has spans."""
    picture, marked = only_picture(record), [one for one in record.responses if one.spans]
    if not marked:
        raise RowError("responses", "none has spans; a row of this format is a response with marked spans")
    for one in marked:
        spans = [{"start": span.start, "end": span.end, "text": one.text[span.start : span.end], "label": span.label} for span in one.spans]
        yield {"question": record.prompt_text, "response": one.text, "image": cell(picture), "annotations": spans}


FORMAT = Format(
    "m_haldetect", "M-HalDetect (question, response, image, annotations with offsets)", recognise, read, write, reading_back(read, write), columns=TAKEN, rank=7,
)  # fmt: skip
