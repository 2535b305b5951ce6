"""video-SALMONN 2 and 2+: captions of a video with its sound. The role `gpt` is the chosen text in the first and the reference in the second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, optional, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import MARK, turns_of
from veridical.records.formats.pairs import preferred, response_text, responses_pair
from veridical.records.formats.pictures import all_shown, cell, media_of
from veridical.records.record import Media, Record, Response, text_parts

FIRST: Mapping[str, str] = MappingProxyType({"gpt": "chosen", "reject_gpt": "rejected", "gt": "gold"})
PLUS: Mapping[str, str] = MappingProxyType({"chosen": "chosen", "reject": "rejected", "gpt": "gold"})
"""Who says what: in a row with a turn `chosen`, `gpt` is the reference."""
TAKEN = ("id", "video", "audio", "use_audio", "conversations")


def recognise(row: Row, name: str) -> str | None:
    """By the speakers of its turns."""
    turns = row.get("conversations")
    if not isinstance(turns, (list, tuple)) or not row.get("video"):
        return None
    speakers = {str(one.get("from")) for one in turns if isinstance(one, Mapping)}
    if {"chosen", "reject"} <= speakers:
        return "turns of chosen and reject, gpt is the reference (video-SALMONN 2+)"
    return "turns of gpt and reject_gpt, gpt is chosen (video-SALMONN 2)" if "reject_gpt" in speakers else None


def read(row: Row, place: Place) -> list[Record]:
    """One record about a video and its sound; in the second version the video itself is heard."""
    turns = need(row, "conversations", (list, tuple))
    said = {str(one.get("from")): one.get("value") for one in turns if isinstance(one, Mapping)}
    roles = PLUS if "chosen" in said else FIRST
    if set(said) - {"human", *roles} or len(said) != len(turns):
        speakers = [str(one.get("from") if isinstance(one, Mapping) else one)[:20] for one in turns]
        raise RowError("conversations", f"expected one turn each of human, {', '.join(roles)}, found {', '.join(speakers)}")
    texts = {role: said.get(speaker) for speaker, role in roles.items()}
    names = {role: f"conversations.{speaker}" for speaker, role in roles.items()}
    responses, pairs = responses_pair(texts["chosen"], texts["rejected"], (names["chosen"], names["rejected"]))
    responses = tuple(one.replace(origin="model") for one in responses)
    if texts["gold"] is not None:
        responses = (*responses, Response(response_id="gold", parts=text_parts(response_text(texts["gold"], names["gold"])), origin="gold"))
    media = media_in(row, place)
    asks = MARK.sub("", need(said, "human")).strip()
    known = {"prompt": turns_of([("user", asks)], media, "conversations"), "extra": take(row, *TAKEN), "provenance": place.provenance("video-SALMONN 2")}
    return [Record(record_id=place.name(row.get("id")), task="caption", media=media, responses=responses, pairs=pairs, **known)]


def media_in(row: Row, place: Place) -> tuple[Media, ...]:
    """The video, and its sound where it is a file of its own or is to be used."""
    video = media_of(need(row, "video"), place.root, "video", kind="video")
    sound = optional(row, "audio") or (row["video"] if optional(row, "use_audio", bool) else None)
    return (*video, *media_of(sound, place.root, "audio", len(video), kind="audio"))


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair, in the first version's roles."""
    media = all_shown(record)
    videos, sounds = ([one for one in media if (one.kind == "audio") == heard] for heard in (False, True))
    if len(videos) != 1 or videos[0].kind == "image" or len(sounds) > 1 or [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("media", "a row of this format asks one question about one video and at most one sound")
    gold = [{"from": "gt", "value": one.text} for one in record.responses if one.origin == "gold" and one.response_id == "gold"][:1]
    for name, chosen, rejected, _ in preferred(record):
        turns = [{"from": "human", "value": f"<image>\n{record.prompt_text}"}, {"from": "gpt", "value": chosen.text}, {"from": "reject_gpt", "value": rejected.text}, *gold]
        yield {"id": name, "video": cell(videos[0])} | {"audio": cell(one) for one in sounds} | {"conversations": turns}


FORMAT = Format(
    "video_salmonn", "video-SALMONN 2 and 2+ (video, audio, conversations with a rejected turn)", recognise, read, write, reading_back(read, write),
    columns=("video", "audio", "conversations"), rank=8,
)  # fmt: skip
