"""Pairs with a score on either side, as CLIP-DPO's pipeline makes them: no file of that set is published, so this is the plainest layout of what it states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import number_of, preferred, responses_pair
from veridical.records.formats.pictures import cell, media_of, only_picture
from veridical.records.record import Record

SCORES = ("chosen_score", "rejected_score")
TAKEN = ("id", "image", "prompt", "chosen", "rejected", *SCORES)


def recognise(row: Row, name: str) -> str | None:
    """A picture, a prompt, and two texts with their scores."""
    told = all(isinstance(row.get(key), str) for key in ("prompt", "chosen", "rejected")) and row.get("image") is not None and set(SCORES) <= set(row)
    return "columns image, prompt, chosen and rejected with chosen_score and rejected_score" if told and not {"video", "frame"} & set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record; the margin is the difference of the scores (a similarity of picture and text)."""
    media = media_of(row.get("image"), place.root)
    scores = [number_of(row.get(name), name) for name in SCORES]
    responses, pairs = responses_pair(row.get("chosen"), row.get("rejected"), margin=None if None in scores else scores[0] - scores[1])
    responses = tuple(one.replace(score=score) for one, score in zip(responses, scores, strict=True))
    known = {"prompt": asked(text_of(row, "prompt"), media, "prompt"), "extra": take(row, *TAKEN), "provenance": place.provenance("")}
    return [Record(record_id=place.name(row.get("id")), media=media, responses=responses, pairs=pairs, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair; scores that are not known are null."""
    picture = only_picture(record)
    for name, chosen, rejected, _ in preferred(record):
        scores = dict(zip(SCORES, (chosen.score, rejected.score), strict=True))
        yield {"id": name, "image": cell(picture), "prompt": record.prompt_text, "chosen": chosen.text, "rejected": rejected.text, **scores}


FORMAT = Format(
    "clip_dpo", "pairs with scores, as CLIP-DPO makes them (image, prompt, chosen, rejected, chosen_score, rejected_score)", recognise, read, write, reading_back(read, write),
    columns=("image", "prompt", "chosen", "rejected", *SCORES), rank=6, container="jsonl",
)  # fmt: skip
