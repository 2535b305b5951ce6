"""LLaVA-Hound: pairs about a video that is a folder of frames, or about one frame, with the scores that made them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_of, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import number_of, preferred, response_text, responses_pair
from veridical.records.formats.pictures import cell, media_of, only_medium
from veridical.records.record import Record, Response, text_parts

SCORES = ("chosen_score", "rejected_score")
TAKEN = ("id", "video", "frame", "prompt", "answer", "chosen", "rejected", *SCORES)


def recognise(row: Row, name: str) -> str | None:
    """A video or frame with a pair of texts."""
    column, value = first_of(row, "video", "frame")
    told = all(isinstance(row.get(key), str) for key in ("prompt", "chosen", "rejected")) and "chosen_reason" not in row
    return f"columns {column}, prompt, chosen and rejected" if told and isinstance(value, str) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record. The mark is taken off and the video comes first, as the official loader has it; `answer` is a gold response."""
    column, value = first_of(row, "video", "frame")
    media = media_of(value, place.root, column, kind="video" if column == "video" else "image")
    scores = [number_of(row.get(name), name) for name in SCORES]
    responses, pairs = responses_pair(row.get("chosen"), row.get("rejected"), margin=None if None in scores else scores[0] - scores[1])
    responses = tuple(one.replace(score=score, origin="model") for one, score in zip(responses, scores, strict=True))
    if (gold := optional(row, "answer")) is not None:
        responses = (*responses, Response(response_id="gold", parts=text_parts(response_text(gold, "answer")), origin="gold"))
    text = text_of(row, "prompt").replace("<video>", "").replace("<image>", "").strip()
    known = {"extra": take(row, *TAKEN), "provenance": place.provenance("LLaVA-Hound")}
    return [Record(record_id=place.name(row.get("id")), media=media, prompt=asked(text, media, "prompt"), responses=responses, pairs=pairs, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair."""
    medium = only_medium(record)
    if medium.kind == "audio":
        raise RowError("media", "has a sound; a row of this format has a video or a frame")
    column, mark = ("frame", "<image>") if medium.kind == "image" else ("video", "<video>")
    gold = {"answer": one.text for one in record.responses if one.origin == "gold"}
    for name, chosen, rejected, _ in preferred(record):
        scores = {key: side.score for key, side in zip(SCORES, (chosen, rejected), strict=True) if side.score is not None}
        yield {"id": name, column: cell(medium), "prompt": f"{mark}\n{record.prompt_text}", **gold, "chosen": chosen.text, "rejected": rejected.text, **scores}


FORMAT = Format(
    "llava_hound", "LLaVA-Hound (video, prompt, answer, chosen, rejected, scores)", recognise, read, write, reading_back(read, write),
    columns=("video", "prompt", "chosen", "rejected", *SCORES), rank=6, container="jsonl",
)  # fmt: skip
