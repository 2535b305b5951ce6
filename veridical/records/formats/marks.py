"""Text with `<image>`, `<video>` and `<audio>` marks to parts and back: where a medium stands is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from veridical.records.formats.format import RowError
from veridical.records.record import Media, Part, Turn

MARKS: Mapping[str, str] = MappingProxyType({"<image>": "image", "<image-placeholder>": "image", "<video>": "video", "<audio>": "audio"})
"""Marks, and the type of part that stands there."""
MARK = re.compile("|".join(MARKS))
SHOWN_AS: Mapping[str, str] = MappingProxyType({"image": "image", "video": "video", "frames": "video", "audio": "audio"})
"""Kinds of media, and the type of part that shows them."""
WORDS: Mapping[str, str] = MappingProxyType({"image": "picture", "video": "video", "audio": "sound"})

Supply = Callable[[str], Media]
"""The next medium of a type."""


def marks_in(text: str, name: str) -> int:
    """Picture marks in a text. RowError for marks of other media."""
    found = MARK.findall(text)
    if other := [mark for mark in found if MARKS[mark] != "image"]:
        raise RowError(name, f"has a {other[0]} mark; only pictures are read. Leave the row out")
    return len(found)


def without_marks(text: str, name: str) -> str:
    """A response's text. RowError when it has a mark: a model would read a picture there."""
    if marks_in(text, name):
        raise RowError(name, "has a picture mark; a response is text only. Remove the mark")
    return text


def parts_of(text: str, media: Sequence[Media], name: str) -> tuple[Part, ...]:
    """Text with marks as parts. Without any mark the media come first.

    Errors: RowError when marks and media do not match.
    """
    return turns_of([("user", text)], media, name)[0].parts


def asked(text: str, media: Sequence[Media], name: str) -> tuple[Turn, ...]:
    """A prompt that is one question, with its media at their marks or in front."""
    return turns_of([("user", text)], media, name)


def turns_of(messages: Sequence[tuple[str, str]], media: Sequence[Media], name: str, prepend: bool = True) -> tuple[Turn, ...]:
    """(role, text) pairs as turns; marks take media of their kind in order, and media without any mark go before the first user text (when `prepend`).

    Errors: RowError when nothing is said, or marks and media do not match.
    """
    unmarked = checked(messages, media, name, prepend)
    if not any(role == "user" for role, _ in messages):
        raise RowError(name, "holds nothing that a user says")
    supply, turns, given = supply_of(media), [], not unmarked
    for role, text in messages:
        parts = split_marks(text, supply)
        if role == "user" and not given:
            parts, given = (*(shown_by(one) for one in unmarked), *(part for part in parts if part.text or part.media_id)), True
        turns.append(Turn(role=role, parts=parts))
    return tuple(turns)


def checked(messages: Sequence[tuple[str, str]], media: Sequence[Media], name: str, prepend: bool) -> list[Media]:
    """Media of the kinds that have no mark at all. RowError when marks and media do not match."""
    marks = [MARKS[mark] for _, text in messages for mark in MARK.findall(text)]
    for kind, word in WORDS.items():
        said, there = marks.count(kind), sum(SHOWN_AS[one.kind] == kind for one in media)
        if said and not there and kind != "image":
            raise RowError(name, f"has a <{kind}> mark, and the row names no {word} that is read. Leave the row out")
        if said != there and (said or not prepend):
            raise RowError(name, f"has {said} {word} marks for {there} {word}s; there must be one mark for each {word}")
    return [one for one in media if SHOWN_AS[one.kind] not in marks]


def supply_of(media: Sequence[Media]) -> Supply:
    """Media handed out in order, each kind by itself."""
    supplies = {kind: iter([one for one in media if SHOWN_AS[one.kind] == kind]) for kind in WORDS}
    return lambda kind: next(supplies[kind])


def shown_by(medium: Media) -> Part:
    """The part that shows a medium."""
    return Part(type=SHOWN_AS[medium.kind], media_id=medium.media_id)


def split_marks(text: str, supply: Supply) -> tuple[Part, ...]:
    """Text cut at its marks, each mark replaced by the next medium of its kind. Line breaks that only set the first or last marks apart are dropped."""
    marks, chunks, parts = MARK.findall(text), MARK.split(text), []
    said = [place for place, chunk in enumerate(chunks) if chunk.strip()]
    for place, chunk in enumerate(chunks):
        if place:
            parts.append(shown_by(supply(MARKS[marks[place - 1]])))
        if place in said:
            chunk = chunk.lstrip("\n") if place and place == said[0] else chunk
            parts.append(Part(text=chunk.rstrip("\n") if place == said[-1] and place < len(chunks) - 1 else chunk))
    return tuple(parts) or (Part(text=""),)


def flat(turn: Turn) -> str:
    """A turn's text with marks; a line break after the first marks and before the last ones."""
    said = [place for place, part in enumerate(turn.parts) if part.type == "text" and part.text]
    out = []
    for place, part in enumerate(turn.parts):
        if part.type == "text":
            out.append(part.text)
        elif not said or place < said[0]:
            out.append(f"<{part.type}>\n" if said else f"<{part.type}>")
        else:
            out.append(f"\n<{part.type}>" if place > said[-1] else f"<{part.type}>")
    return "".join(out)
