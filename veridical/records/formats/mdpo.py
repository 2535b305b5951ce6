"""mDPO's sample: the prompt has a chat template baked in, which is taken off."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import flat, turns_of
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import media_of, only_picture
from veridical.records.record import Record

TAKEN = ("img_path", "prompt", "chosen", "rejected")
SPEAKER = re.compile(r"\s*\b(USER|ASSISTANT):\s?")
NAMES = {"USER": "user", "ASSISTANT": "assistant"}


def recognise(row: Row, name: str) -> str | None:
    """A picture's path, and a prompt in which USER and ASSISTANT speak."""
    told = all(isinstance(row.get(key), str) for key in TAKEN)
    return "columns img_path, prompt (with a chat template), chosen and rejected" if told and "USER:" in row["prompt"] and "ASSISTANT:" in row["prompt"] else None


def read(row: Row, place: Place) -> list[Record]:
    """One record; the sentence before the first speaker is the system's."""
    media = media_of(need(row, "img_path"), place.root, "img_path")
    responses, pairs = responses_pair(row.get("chosen"), row.get("rejected"))
    known = {"prompt": turns_of(unwrapped(text_of(row, "prompt")), media, "prompt"), "extra": take(row, *TAKEN), "provenance": place.provenance("mDPO")}
    return [Record(record_id=place.name(), media=media, responses=responses, pairs=pairs, **known)]


def unwrapped(text: str) -> list[tuple[str, str]]:
    """Messages of a text with the template; its last speaker is about to answer. RowError where it is not."""
    system, *said = SPEAKER.split(text)
    messages = [(NAMES[name], words.strip().removesuffix("</s>")) for name, words in zip(said[::2], said[1::2], strict=True)]
    if not messages or messages[-1] != ("assistant", ""):
        raise RowError("prompt", f"does not end with ASSISTANT: but with {text[-40:]!r}")
    return [*([("system", system.strip())] if system.strip() else []), *messages[:-1]]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair, with the template put on. RowError for a text in which a speaker would be read."""
    picture, said = only_picture(record), [(turn.role, flat(turn)) for turn in record.prompt]
    if any(role == "tool" or (role == "system" and place) or SPEAKER.search(text) for place, (role, text) in enumerate(said)):
        raise RowError("prompt", "has a tool's turn, a late system turn, or the words USER: or ASSISTANT:, which a row of this format reads as speakers")
    wrapped = " ".join(text if role == "system" else f"{role.upper()}: {text}" for role, text in said) + " ASSISTANT:"
    yield from ({"img_path": picture.path, "prompt": wrapped, "chosen": chosen.text, "rejected": rejected.text} for _, chosen, rejected, _ in preferred(record))


FORMAT = Format("mdpo", "mDPO (img_path, prompt with its template, chosen, rejected)", recognise, read, write, reading_back(read, write), columns=TAKEN, rank=7)
