"""VLFeedback: several responses to a prompt, each rated on three aspects by a judge."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, media_of, need, parts_of, text_of
from veridical.records.pairing import edits
from veridical.records.record import Aspect, Pair, Part, Record, Response, Turn


def recognise(row: Row, name: str) -> str | None:
    """By its annotated completions."""
    return "field completions with annotations" if "completions" in row and ("models" in row or "img_path" in row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: every pair of responses whose mean rating differs; equal means are ties. Ratings that are no numbers are kept as written."""
    media = media_of(row.get("image") if row.get("image") is not None else row.get("img_path"), place.root, "img_path")
    items = need(row, "completions", (list, tuple, Mapping))
    rows = transposed(items) if isinstance(items, Mapping) else items
    responses = tuple(response(item, number) for number, item in enumerate(rows))
    if len(responses) < 2:
        raise RowError("completions", f"holds {len(responses)} responses, two are needed")
    turns = (Turn(role="user", parts=parts_of(text_of(row, "prompt"), media, "prompt")),)
    return [Record(record_id=place.name(row.get("id")), kind="ranking", media=media, prompt=turns, responses=responses, pairs=pairs_of(responses), provenance=place.provenance("VLFeedback"))]


def transposed(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A list of structs that was read back as a struct of lists."""
    size = len(next(iter(columns.values())))
    return [{name: values[place] for name, values in columns.items()} for place in range(size)]


def response(item: Mapping[str, Any], number: int) -> Response:
    """One rated response; its score is the mean of the ratings that are numbers, and only when all are."""
    aspects = tuple(aspect(name, value or {}) for name, value in (item.get("annotations") or {}).items())
    scores = [one.score for one in aspects]
    mean = sum(scores) / len(scores) if scores and all(score is not None for score in scores) else None
    return Response(response_id=f"r{number}", parts=(Part(text=item.get("response") or ""),), model=item.get("model") or "", origin="model", score=mean, aspects=aspects)


def aspect(name: str, value: Mapping[str, Any]) -> Aspect:
    """One rating, from 1 to 5."""
    raw = str(value.get("Rating", ""))
    try:
        score: float | None = float(raw)
    except ValueError:
        score = None
    return Aspect(name=name, score=score, raw=raw, scale_min=1, scale_max=5, rationale=value.get("Rationale") or "", annotator="gpt-4v")


def pairs_of(responses: tuple[Response, ...]) -> tuple[Pair, ...]:
    """All pairs by mean rating."""
    found = []
    for first, second in combinations([one for one in responses if one.score is not None and one.text.strip()], 2):
        better, worse = (first, second) if first.score >= second.score else (second, first)
        if better.text != worse.text:
            relation = ">" if better.score > worse.score else "="
            found.append(Pair(chosen=better.response_id, rejected=worse.response_id, relation=relation, margin=better.score - worse.score, rule="mean_rating", edits=edits(better.text, worse.text)))
    return tuple(found)


FORMAT = Format("vlfeedback", "VLFeedback / Silkie (completions with three rated aspects)", recognise, read, rank=7)
