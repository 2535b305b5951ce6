"""MM-RLHF's full annotation: every response of a prompt with its rank, its scores by aspect and the annotator's reasons.

The published file's keys differ between copies: `mapping.json` beside the data names them where they are not the usual ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import number_of, response_text
from veridical.records.formats.pictures import cell, media_of, only_medium
from veridical.records.formats.sources import content_of
from veridical.records.pairing import edits
from veridical.records.record import Aspect, Pair, Record, Response, text_parts

MAPPING = "mapping.json"
USUAL = {
    "id": "id", "image": "image", "video": "video", "prompt": "prompt", "responses": "responses", "text": "response", "model": "model", "rank": "rank", "scores": "scores",
    "score": "score", "reason": "reason",
}  # fmt: skip
"""What this reader needs, and the key under which it looks for it."""


def recognise(row: Row, name: str) -> str | None:
    """A list of responses with ranks."""
    items = row.get("responses")
    ranked = isinstance(items, (list, tuple)) and len(items) > 1 and all(isinstance(one, Mapping) and {"response", "rank"} <= set(one) for one in items)
    return "responses with ranks" if ranked and "prompt" in row else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: a pair for every two responses, a tie where their ranks are equal."""
    keys = keys_of(place)
    medium = next((kind for kind in ("image", "video") if row.get(keys[kind]) is not None), "image")
    media = media_of(row.get(keys[medium]), place.root, keys[medium], kind=medium)
    items = need(row, keys["responses"], (list, tuple))
    responses = tuple(response(one, number, keys) for number, one in enumerate(items))
    if len(responses) < 2:
        raise RowError(keys["responses"], f"holds {len(responses)} responses; two are needed to rank them")
    taken = [keys[name] for name in ("id", "image", "video", "prompt", "responses")]
    known = {"responses": responses, "pairs": pairs_of(responses), "extra": take(row, *taken), "provenance": place.provenance("MM-RLHF")}
    prompt = asked(text_of(row, keys["prompt"]), media, keys["prompt"])
    return [Record(record_id=place.name(row.get(keys["id"])), kind="ranking", media=media, prompt=prompt, **known)]


def keys_of(place: Place) -> Mapping[str, str]:
    """The keys of this file."""
    given = content_of(Path(place.file).parent / MAPPING, dict) if place.file else {}
    if strange := sorted(set(given) - set(USUAL)):
        raise RowError("", f"{MAPPING} names {', '.join(strange)}; it may name {', '.join(USUAL)}")
    return {**USUAL, **given}


def response(item: Any, number: int, keys: Mapping[str, str]) -> Response:
    """One response with its rank, scores and reason."""
    where = f"{keys['responses']}.{number}"
    if not isinstance(item, Mapping):
        raise RowError(where, f"expected an object with {keys['text']} and {keys['rank']}, found {str(item)[:60]!r}")
    text = response_text(item.get(keys["text"]), f"{where}.{keys['text']}")
    rank = need(item, keys["rank"], int)
    aspects = tuple(aspect(name, value, where) for name, value in (optional(item, keys["scores"], dict) or {}).items())
    score = number_of(item.get(keys["score"]), f"{where}.{keys['score']}")
    known = {"score": score, "critique": optional(item, keys["reason"]) or "", "model": optional(item, keys["model"]) or ""}
    return Response(response_id=f"r{number}", parts=text_parts(text), origin="model", rank=rank, aspects=aspects, **known)


def aspect(name: str, value: Any, where: str) -> Aspect:
    """A score, with or without its reason."""
    if isinstance(value, Mapping):
        return Aspect(name=name, score=number_of(value.get("score"), f"{where}.scores.{name}"), rationale=str(value.get("reason") or ""), annotator="human")
    return Aspect(name=name, score=number_of(value, f"{where}.scores.{name}"), annotator="human")


def pairs_of(responses: tuple[Response, ...]) -> tuple[Pair, ...]:
    """Every two responses by rank (1 is best); equal texts make none."""
    found = []
    for first, second in combinations(responses, 2):
        better, worse = (first, second) if first.rank <= second.rank else (second, first)
        if better.text.strip() != worse.text.strip():
            relation = "=" if better.rank == worse.rank else ">"
            found.append(Pair(chosen=better.response_id, rejected=worse.response_id, relation=relation, rule="rank", edits=edits(better.text, worse.text)))
    return tuple(found)


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row with the usual keys. RowError for a response without a rank."""
    medium = only_medium(record)
    if medium.kind == "audio":
        raise RowError("media", "has a sound; a row of this format has a picture or a video")
    if len(record.responses) < 2 or any(one.rank is None for one in record.responses):
        raise RowError("responses", "have no ranks, or are fewer than two; a row of this format ranks them")
    yield {"id": record.record_id, "image" if medium.kind == "image" else "video": cell(medium), "prompt": record.prompt_text, "responses": [said(one) for one in record.responses]}


def said(one: Response) -> dict[str, Any]:
    """A response as an object; what it lacks is left out."""
    scores = {aspect.name: {"score": aspect.score, "reason": aspect.rationale} if aspect.rationale else aspect.score for aspect in one.aspects}
    known = {"model": one.model, "rank": one.rank, "score": one.score, "scores": scores, "reason": one.critique}
    return {"response": one.text} | {name: value for name, value in known.items() if value not in (None, "", {})}


FORMAT = Format(
    "mm_rlhf_ranking", "MM-RLHF rankings (prompt, responses with rank, scores and reason; keys may be named in mapping.json)", recognise, read, write, reading_back(read, write),
    columns=("prompt", "responses", "image"), rank=7, container="jsonl",
)  # fmt: skip
