"""Records of questions with any number of pictures, at their places in the text, and with options."""

from __future__ import annotations

import base64
import hashlib
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from veridical.evaluate.labels import facts_of
from veridical.records.record import Answer, Fact, Media, Part, Provenance, Record, Turn

LETTERS = string.ascii_uppercase
LABEL = re.compile(r"^\s*(?:\(([A-Z])\)|([A-Z])[.:)])\s*")
PLACE = re.compile(r"<image(?:[ _]?(\d+))?>")
"""Where a picture stands: "<image 1>", "<image1>", or "<image>", the next one."""
POINTER = 64
"""Characters up to which the picture of a table's row is the index of another row."""


def media(shown: Sequence[Any], root: Path, kind: Literal["image", "video", "frames"] = "image") -> tuple[Media, ...]:
    """Media of file names, bytes, {"bytes": ..., "path": ...} as tables of the hub have, or base64; nothing where nothing is shown."""
    return tuple(medium(one, root, f"{kind}{number}", kind) for number, one in enumerate(shown, 1) if one is not None and one != "")


def medium(value: Any, root: Path, media_id: str, kind: Literal["image", "video", "frames"]) -> Media:
    """One medium."""
    if isinstance(value, Mapping):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, str) and len(value) > 1000:
        value = base64.b64decode(value)
    if isinstance(value, bytes):
        return Media(media_id=media_id, kind=kind, data=value, sha256=hashlib.sha256(value).hexdigest())
    return Media(media_id=media_id, kind=kind, path=str(root / str(value)))


def parts(text: str, shown: Sequence[Media]) -> tuple[Part, ...]:
    """The text with each medium at its place; those that the text does not name stand before it. A place without a medium stays as it is written."""
    pieces: list[Part] = []
    used: set[int] = set()
    start = 0
    for found in PLACE.finditer(text):
        number = int(found[1]) - 1 if found[1] else len(used)
        if number >= len(shown) or number in used:
            continue
        pieces += [Part(text=text[start : found.start()]), Part(type=part_type(shown[number]), media_id=shown[number].media_id)]
        used.add(number)
        start = found.end()
    pieces.append(Part(text=text[start:]))
    before = [Part(type=part_type(one), media_id=one.media_id) for number, one in enumerate(shown) if number not in used]
    return (*before, *(one for one in pieces if one.type != "text" or one.text))


def part_type(one: Media) -> Literal["image", "video"]:
    """How a medium stands in a turn."""
    return "image" if one.kind == "image" else "video"


def ask(
    benchmark: str,
    record_id: str,
    text: str,
    shown: Sequence[Media],
    gold: str,
    options: Sequence[str] = (),
    *,
    labels: Mapping[str, str | Iterable[str]] | None = None,
    facts: Iterable[tuple[str, str]] = (),
    split: str = "",
    source_id: str = "",
    file: Path | None = None,
    index: int = -1,
    license: str = "unknown",
) -> Record:
    """A record that asks `text` about media. With options the answer is a letter, or the text of one; without, a short text."""
    kinds = [*facts, *facts_of(labels or {})]
    return Record(
        record_id=record_id,
        kind="prompt_only",
        task=benchmark,
        split=split,
        media=tuple(shown),
        prompt=(Turn(role="user", parts=parts(text, shown)),),
        answer=Answer(type="choice" if options else "exact", value=gold, choices=tuple(options)),
        facts=tuple(Fact(kind=kind, text=fact) for kind, fact in kinds),
        provenance=Provenance(dataset=benchmark, file=str(file or ""), index=index, source_id=source_id or record_id, license=license),
    )


def pointed(options: Sequence[str]) -> str:
    """Options as lines "A. text"."""
    return "\n".join(f"{letter}. {option}" for letter, option in zip(LETTERS, options))


def bracketed(options: Sequence[str]) -> str:
    """Options as lines "(A) text"."""
    return "\n".join(f"({letter}) {option}" for letter, option in zip(LETTERS, options))


def unlabelled(options: Sequence[str]) -> list[str]:
    """Options without the letters before them, where each has its own."""
    found = [LABEL.match(option) for option in options]
    own = all(one and (one[1] or one[2]) == letter for one, letter in zip(found, LETTERS))
    return [option[one.end() :] for option, one in zip(options, found) if one] if own else list(options)
