"""Text with `<image>` marks to parts and back: where a picture stands is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from veridical.records.formats.format import RowError
from veridical.records.record import Media, Part, Turn

MARK = re.compile(r"<image>|<image-placeholder>")
OTHER = re.compile(r"<video>|<audio>")


def marks_in(text: str, name: str) -> int:
    """Picture marks in a text. RowError for marks of other media."""
    if found := OTHER.search(text):
        raise RowError(name, f"has a {found[0]} mark; only pictures are read. Leave the row out")
    return len(MARK.findall(text))


def without_marks(text: str, name: str) -> str:
    """A response's text. RowError when it has a mark: a model would read a picture there."""
    if marks_in(text, name):
        raise RowError(name, "has a picture mark; a response is text only. Remove the mark")
    return text


def parts_of(text: str, media: Sequence[Media], name: str) -> tuple[Part, ...]:
    """Text with marks as parts. Without any mark the pictures come first.

    Errors: RowError when marks and pictures do not match.
    """
    return turns_of([("user", text)], media, name)[0].parts


def turns_of(messages: Sequence[tuple[str, str]], media: Sequence[Media], name: str, prepend: bool = True) -> tuple[Turn, ...]:
    """(role, text) pairs as turns; marks take pictures in order, and pictures without any mark go before the first user text (when `prepend`).

    Errors: RowError when nothing is said, or marks and pictures do not match.
    """
    marks = sum(marks_in(text, name) for _, text in messages)
    if marks != len(media) and (marks or not prepend):
        raise RowError(name, f"has {marks} picture marks for {len(media)} pictures; there must be one mark for each picture")
    if not any(role == "user" for role, _ in messages):
        raise RowError(name, "holds nothing that a user says")
    supply, turns, given = iter(media), [], marks > 0
    for role, text in messages:
        parts = split_marks(text, supply)
        if role == "user" and not given:
            parts, given = (*(Part(type="image", media_id=one.media_id) for one in media), *(part for part in parts if part.text)), True
        turns.append(Turn(role=role, parts=parts))
    return tuple(turns)


def split_marks(text: str, media: Iterable[Media]) -> tuple[Part, ...]:
    """Text cut at its marks, each mark replaced by the next picture. Line breaks that only set the first or last marks apart are dropped."""
    supply, chunks, parts = iter(media), MARK.split(text), []
    said = [place for place, chunk in enumerate(chunks) if chunk.strip()]
    for place, chunk in enumerate(chunks):
        if place:
            parts.append(Part(type="image", media_id=next(supply).media_id))
        if place in said:
            chunk = chunk.lstrip("\n") if place and place == said[0] else chunk
            parts.append(Part(text=chunk.rstrip("\n") if place == said[-1] and place < len(chunks) - 1 else chunk))
    return tuple(parts) or (Part(text=""),)


def flat(turn: Turn) -> str:
    """A turn's text with `<image>` marks; a line break after the first marks and before the last ones."""
    said = [place for place, part in enumerate(turn.parts) if part.type == "text" and part.text]
    out = []
    for place, part in enumerate(turn.parts):
        if part.type == "text":
            out.append(part.text)
        elif not said or place < said[0]:
            out.append("<image>\n" if said else "<image>")
        else:
            out.append("\n<image>" if place > said[-1] else "<image>")
    return "".join(out)
