"""What a data format is, and what all readers need."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from veridical.records.pairing import edits
from veridical.records.record import Media, Pair, Part, Provenance, Record, Response, Turn

MARK = re.compile(r"<image>|<image-placeholder>")
Row = Mapping[str, Any]


class RowError(ValueError):
    """A row that cannot become a record: which field, and what was expected."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field_name


@dataclass(frozen=True)
class Place:
    """Where a row stands, and where its pictures are."""

    file: str
    index: int
    root: Path
    context: Mapping[str, Any] = field(default_factory=dict)
    """What a companion file says of the columns (`dataset_info.json`)."""

    def provenance(self, dataset: str, **known: Any) -> Provenance:
        """The place as a record's provenance."""
        return Provenance(dataset=dataset, file=self.file, index=self.index, **known)

    def name(self, given: object = None) -> str:
        """A record id: the given one, else file and row."""
        return str(given) if given not in (None, "") else f"{Path(self.file).stem}-{self.index}"


@dataclass(frozen=True)
class Format:
    """A way in which the field writes its data."""

    name: str
    description: str
    recognise: Callable[[Row, str], str | None]
    """The first row and the file's name to a reason in words, or None. The most specific reason wins (`rank`)."""
    read: Callable[[Row, Place], list[Record]]
    write: Callable[[Record], Iterable[dict[str, Any]]] | None = None
    loses: Callable[[Record], Sequence[str]] = lambda record: ()
    """What of a record this format cannot hold."""
    rank: int = 0
    container: str = "json"
    """What is written by default: "json", "jsonl" or "parquet"."""


def need(row: Row, name: str, kind: type | tuple[type, ...] = str) -> Any:
    """A field of the right type. RowError otherwise."""
    if name not in row or row[name] is None:
        raise RowError(name, f"missing; the row has {sorted(row)}")
    if not isinstance(row[name], kind):
        wanted = kind.__name__ if isinstance(kind, type) else " or ".join(one.__name__ for one in kind)
        raise RowError(name, f"expected {wanted}, found {type(row[name]).__name__}: {str(row[name])[:60]!r}")
    return row[name]


def text_of(row: Row, name: str) -> str:
    """A text field that is not empty."""
    found = need(row, name)
    if not found.strip():
        raise RowError(name, "is empty")
    return found


def media_of(value: Any, root: Path, name: str = "image", start: int = 0, role: str = "input") -> tuple[Media, ...]:
    """Pictures from a path, a data URL, bytes, an Arrow image struct, or a list of these."""
    items = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return tuple(medium(item, root, f"m{start + place}", name, role) for place, item in enumerate(items))


def medium(item: Any, root: Path, media_id: str, name: str, role: str = "input") -> Media:
    """One picture."""
    if isinstance(item, Mapping) and item.get("bytes") is not None:
        return Media(media_id=media_id, data=bytes(item["bytes"]), path=str(item.get("path") or ""), role=role)
    if isinstance(item, Mapping) and (item.get("path") or item.get("url")):
        item = item.get("path") or item["url"]
    if isinstance(item, bytes):
        return Media(media_id=media_id, data=item, role=role)
    if isinstance(item, str) and item.startswith("data:"):
        try:
            return Media(media_id=media_id, data=base64.b64decode(item.partition(",")[2], validate=True), role=role)
        except ValueError as error:
            raise RowError(name, f"a data URL that is not base64 ({error})") from error
    if not isinstance(item, str) or not item:
        raise RowError(name, f"expected a path, bytes or a picture, found {type(item).__name__}")
    if item.startswith(("http://", "https://")):
        raise RowError(name, f"is an address on the network ({item[:60]}); download the pictures and name files")
    return Media(media_id=media_id, path=str(path_of(item.removeprefix("file://"), root)), role=role)


def path_of(written: str, root: Path) -> Path:
    """An absolute path: relative ones start at the root."""
    path = Path(written)
    return path if path.is_absolute() else root / path


def parts_of(text: str, media: Sequence[Media], name: str, prepend: bool = True) -> tuple[Part, ...]:
    """Text with marks as parts. Without any mark the pictures come first (when `prepend`).

    Errors: RowError when marks and pictures do not match.
    """
    marks = len(MARK.findall(text))
    if marks == 0 and media and prepend:
        return (*(Part(type="image", media_id=one.media_id) for one in media), Part(text=text))
    if marks != len(media):
        raise RowError(name, f"has {marks} picture marks for {len(media)} pictures")
    return split_marks(text, iter(media))


def split_marks(text: str, media: Iterable[Media]) -> tuple[Part, ...]:
    """Text cut at its marks, each mark replaced by the next picture."""
    supply = iter(media)
    parts: list[Part] = []
    for place, chunk in enumerate(MARK.split(text)):
        if place:
            parts.append(Part(type="image", media_id=next(supply).media_id))
        if chunk.strip():
            parts.append(Part(text=chunk.strip("\n") if place or MARK.match(text) else chunk.rstrip("\n")))
    return tuple(parts) or (Part(text=""),)


def turns_of(messages: Sequence[tuple[str, str]], media: Sequence[Media], name: str) -> tuple[Turn, ...]:
    """(role, text) pairs as turns; marks take pictures in order, and pictures without any mark go before the first user text."""
    marks = sum(len(MARK.findall(text)) for _, text in messages)
    if marks not in (0, len(media)):
        raise RowError(name, f"has {marks} picture marks for {len(media)} pictures")
    supply, turns, given = iter(media), [], marks > 0 or not media
    for role, text in messages:
        if role == "user" and not given:
            turns.append(Turn(role=role, parts=parts_of(text, media, name)))
            given = True
        else:
            turns.append(Turn(role=role, parts=split_marks(text, supply)))
    return tuple(turns)


def responses_pair(chosen: str, rejected: str, **extra: Any) -> tuple[tuple[Response, ...], tuple[Pair, ...]]:
    """Two responses and their pair, with the full difference. RowError when they do not differ or one is empty."""
    for name, text in (("chosen", chosen), ("rejected", rejected)):
        if not isinstance(text, str) or not text.strip():
            raise RowError(name, "is empty" if isinstance(text, str) else f"expected text, found {type(text).__name__}")
    if chosen == rejected:
        raise RowError("rejected", "is equal to chosen; there is nothing to prefer")
    responses = (Response(response_id="chosen", parts=(Part(text=chosen),)), Response(response_id="rejected", parts=(Part(text=rejected),)))
    return responses, (Pair(chosen="chosen", rejected="rejected", edits=edits(chosen, rejected), **extra),)


def flat(turn: Turn) -> str:
    """A turn's text with `<image>` marks."""
    return "".join(part.text if part.type == "text" else "<image>\n" for part in turn.parts)


def first_pair(record: Record) -> tuple[Response, Response] | None:
    """Chosen and rejected of the first pair that prefers one."""
    for pair in record.pairs:
        if pair.relation == ">":
            return record.response(pair.chosen), record.response(pair.rejected)
    return None


def shown(record: Record) -> list[Media]:
    """Pictures of the prompt, in order."""
    return [record.medium(part.media_id) for turn in record.prompt for part in turn.parts if part.type == "image"]


def pair_losses(record: Record) -> list[str]:
    """What a plain chosen/rejected row cannot hold."""
    lost = []
    used = {name for pair in record.pairs[:1] for name in (pair.chosen, pair.rejected)}
    if len(record.pairs) > 1:
        lost.append("pairs beyond the first")
    if any(response.response_id not in used for response in record.responses):
        lost.append("responses outside the pair")
    for name in ("aspects", "claims", "spans", "swaps"):
        if any(getattr(response, name) for response in record.responses):
            lost.append(name)
    if any(pair.relation == "=" for pair in record.pairs):
        lost.append("ties")
    if any(pair.margin is not None for pair in record.pairs):
        lost.append("margins")
    if record.facts or record.answer:
        lost.append("facts and answers")
    return lost
