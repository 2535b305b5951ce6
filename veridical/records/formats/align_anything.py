"""align-anything: two responses with rates for each aspect and an overall choice, over any modality; and refinements with critiques.

Questions with or without a picture, sound or video have texts as responses; in the folders text-to-image, text-to-audio and
text-to-video the responses are media; in text-image-to-text-image they are a text and a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_of, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked, flat
from veridical.records.formats.pairs import response_text
from veridical.records.formats.pictures import all_shown, cell, media_of
from veridical.records.pairing import edits
from veridical.records.record import Aspect, Media, Pair, Part, Record, Response, text_parts

if TYPE_CHECKING:
    from datasets import Features

CHOICES = ("overall_response", "overall_image", "overall_audio", "overall_video")
SHOWN = {"image": "image", "image_url": "image", "audio_path": "audio", "audio": "audio", "video_path": "video", "video": "video"}
"""Columns with what is asked about, and its kind."""
COLUMNS = {"image": "image", "audio": "audio_path", "video": "video_path", "frames": "video_path"}
RATE, REASON, DRAWN = re.compile(r"(.+)_rate_([12])"), re.compile(r"(.+)_rationale_([12])"), re.compile(r"output_image(_url)?_([12])")
KINDS = {"video": (".mp4", ".avi", ".webm"), "audio": (".wav", ".mp3", ".flac"), "image": (".png", ".jpg", ".jpeg", ".webp")}
ENDINGS = {ending: kind for kind, endings in KINDS.items() for ending in endings}
TAKEN = ("id", "question", "prompt", "response", "response_1", "response_2", "refinement", "critique", *CHOICES, *SHOWN)


def recognise(row: Row, name: str) -> str | None:
    """Two responses and an overall choice, or a response with its refinement."""
    choice = next((key for key in CHOICES if key in row), None)
    if {"response_1", "response_2"} <= set(row) and choice:
        return f"columns response_1, response_2 and {choice}"
    return "columns prompt, response and refinement" if {"prompt", "response", "refinement"} <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record; a choice that is neither 1 nor 2 gives no pair."""
    column, value = first_of(row, *SHOWN)
    media = media_of(value, place.root, column, kind=SHOWN[column])
    asks, _ = first_of(row, "question", "prompt")
    known = {
        "record_id": place.name(row.get("id")), "prompt": asked(text_of(row, asks), media, asks), "provenance": place.provenance("align-anything"),
        "extra": take(row, *(name for name in TAKEN if name not in unused(row, asks)), *(name for name in row if any(one.fullmatch(name) for one in (RATE, REASON, DRAWN)))),
    }  # fmt: skip
    if "refinement" in row:
        return [refined(row, media, known)]
    made = [response(row, number, place.root, len(media)) for number in (1, 2)]
    responses = tuple(one for one, _ in made)
    pairs = chosen_of(row, responses)
    return [Record(kind="preference" if pairs else "ranking", media=(*media, *(one for _, found in made for one in found)), responses=responses, pairs=pairs, **known)]


def unused(row: Row, asks: str) -> tuple[str, ...]:
    """Columns of the other layout, which are kept as they are."""
    return ({"question": "prompt", "prompt": "question"}[asks], *(() if "refinement" in row else ("response", "critique")))


def refined(row: Row, media: tuple[Media, ...], known: dict[str, Any]) -> Record:
    """A response with its critique, and the better one that came of it."""
    better, worse = (response_text(row.get(name), name) for name in ("refinement", "response"))
    if better.strip() == worse.strip():
        raise RowError("refinement", "is equal to response; there is nothing to prefer")
    first = Response(response_id="r0", parts=text_parts(worse), origin="model", critique=optional(row, "critique") or "")
    both = (first, Response(response_id="r1", parts=text_parts(better), origin="corrected"))
    return Record(media=media, responses=both, pairs=(Pair(chosen="r1", rejected="r0", edits=edits(better, worse)),), **known)


def response(row: Row, number: int, root: Path, start: int) -> tuple[Response, tuple[Media, ...]]:
    """One of the two responses with its rates: a text, or a medium with its own kind."""
    name, value = f"response_{number}", row.get(f"response_{number}")
    kind = kind_of(value)
    aspects = tuple(aspect(row, found[1], number) for key in row if (found := RATE.fullmatch(key)) and found[2] == str(number) and row[key] is not None)
    known = {"response_id": f"r{number}", "origin": "model", "aspects": aspects}
    if kind is None:
        drawn, shown = first_of(row, f"output_image_url_{number}", f"output_image_{number}")
        media = media_of(shown, root, drawn, start + number - 1, "output")
        return Response(parts=(*text_parts(response_text(value, name)), *(Part(type="image", media_id=one.media_id) for one in media)), **known), media
    media = media_of(value, root, name, start + number - 1, "output", kind)
    return Response(parts=tuple(Part(type="video" if one.kind == "frames" else one.kind, media_id=one.media_id) for one in media), **known), media


def kind_of(value: Any) -> str | None:
    """The kind of medium that a response is; None for a text."""
    if isinstance(value, str):
        return ENDINGS.get(Path(value).suffix.lower()) if " " not in value.strip() else None
    if isinstance(value, Mapping) and value.get("array") is not None:
        return "audio"
    data = value if isinstance(value, bytes) else value.get("bytes") if isinstance(value, Mapping) else None
    named = ENDINGS.get(Path(str(value.get("path") or "")).suffix.lower()) if isinstance(value, Mapping) else None
    if isinstance(data, bytes) and named is None:
        return "audio" if data[:4] == b"RIFF" or data[:3] == b"ID3" else "video" if data[4:8] == b"ftyp" else "image"
    return named


def aspect(row: Row, name: str, number: int) -> Aspect:
    """One rate of a response. A rate that is no number is kept as written."""
    value = row[f"{name}_rate_{number}"]
    try:
        score = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        score = None
    return Aspect(name=name, score=score, raw=f"{value:g}" if isinstance(value, (int, float)) else str(value), rationale=str(row.get(f"{name}_rationale_{number}") or ""))


def chosen_of(row: Row, responses: tuple[Response, ...]) -> tuple[Pair, ...]:
    """The pair that the overall choice makes; choices count from 1. RowError where both responses are the same text."""
    choice = first_of(row, *CHOICES)[1]
    if choice not in (1, 2, "1", "2") or isinstance(choice, bool):
        return ()
    better, worse = responses[int(choice) - 1], responses[2 - int(choice)]
    if better.text and better.text.strip() == worse.text.strip():
        raise RowError("response_2", "is equal to response_1; there is nothing to prefer")
    return (Pair(chosen=better.response_id, rejected=worse.response_id, edits=edits(better.text, worse.text)),)


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row of two responses. RowError for more or fewer, or where both are equally good."""
    if len(record.responses) != 2 or len(record.pairs) > 1 or any(pair.relation == "=" for pair in record.pairs):
        raise RowError("responses", f"{len(record.responses)} responses in {len(record.pairs)} pairs; a row of this format has two, of which one may be better")
    media, texts = all_shown(record), [turn.role for turn in record.prompt] == ["user"]
    if len(media) > 1 or not texts:
        raise RowError("prompt", "is a conversation or shows several media; a row of this format asks one question about one medium")
    first, second = record.responses
    row = {"id": record.record_id, ("question" if media and media[0].kind == "image" else "prompt"): flat(record.prompt[0])}
    row |= {COLUMNS[one.kind]: cell(one) for one in media} | {f"response_{number}": said(record, one) for number, one in ((1, first), (2, second))}
    for number, one in ((1, first), (2, second)):
        row |= {f"output_image_{number}": cell(record.medium(part.media_id)) for part in one.parts if one.text and part.type == "image"}
        for rate in one.aspects:
            row[f"{rate.name}_rate_{number}"] = int(rate.raw) if rate.raw.isdigit() else rate.raw if rate.score is None else rate.score
            row |= {f"{rate.name}_rationale_{number}": rate.rationale} if rate.rationale else {}
    yield row | {overall(first): 0 if not record.pairs else 1 + (record.pairs[0].chosen == second.response_id)}


def said(record: Record, one: Response) -> Any:
    """A response as a row holds it."""
    return one.text or next((cell(record.medium(part.media_id)) for part in one.parts if part.type != "text"), "")


def overall(one: Response) -> str:
    """The column of the choice."""
    return "overall_response" if one.text else next((f"overall_{part.type}" for part in one.parts), "overall_response")


def features() -> Features:
    """Columns of the folder text-image-to-text."""
    from datasets import Audio, Features, Image, Value, Video

    rates = {f"{name}_rate_{number}": Value("float64") for number in (1, 2) for name in ("prompt_following", "objective_rules", "clarity", "information_richness", "safety")}
    texts = {name: Value("string") for name in ("id", "question", "prompt", "response_1", "response_2")}
    return Features({"image": Image(), "audio_path": Audio(), "video_path": Video()} | texts | rates | {"overall_response": Value("int64")})


FORMAT = Format(
    "align_anything", "align-anything, every modality (response_1, response_2, overall choice, rates; refinements)", recognise, read, write, reading_back(read, write),
    columns=("question", "image", "response_1", "response_2", "overall_response"), features=features, rank=6, container="json", media_in_responses=True,
)  # fmt: skip
