"""What a data format is, and how every reader checks the fields of a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from veridical.records.record import Provenance, Record

if TYPE_CHECKING:
    from datasets import Features

Row = Mapping[str, Any]
PICTURES = ("image", "images", "image_path", "img_path", "picture", "frame", "frames")
OTHERS = ("video", "videos", "video_path", "audio", "audios", "audio_path")
"""Columns in which public data sets keep media. One that a reader does not take is refused, never passed over."""
KEY = "__key__"
"""The name of a row in a file that is one object of named rows."""
LICENSES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "RLHF-V": ("CC-BY-NC-4.0", "unknown"), "RLAIF-V": ("CC-BY-NC-4.0", "unknown"), "MIA-DPO": ("CC-BY-NC-4.0", "unknown"), "M-HalDetect": ("CC-BY-NC-4.0", "COCO: Flickr terms"),
    "align-anything": ("CC-BY-NC-4.0", "unknown"), "SPA-VL": ("CC-BY-4.0", "unknown"), "MMPR": ("MIT", "unknown"), "LRV-Instruction": ("BSD-3-Clause", "Visual Genome"),
})  # fmt: skip
"""Licences of annotations and of media as the data sets' cards state them; others are unknown, never guessed."""


class RowError(ValueError):
    """A row that cannot become a record, or a record that cannot become a row: which field, and what was expected."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field_name


def plain(name: str) -> str:
    """Letters and digits of a name in lower case."""
    return "".join(character for character in name.lower() if character.isalnum())


@dataclass(frozen=True)
class Place:
    """Where a row stands, and where its pictures are."""

    file: str
    index: int
    root: Path
    context: Mapping[str, Any] = field(default_factory=dict)
    """What a companion file says of the columns (`dataset_info.json`)."""

    def provenance(self, dataset: str, named: bool = False, **known: Any) -> Provenance:
        """The place as a record's provenance. Licences are stated where the row names the data set (`named`) or the file's path does, never by layout alone."""
        named = named or plain(dataset) in plain(self.file)
        stated = dict(zip(("license", "media_license"), LICENSES.get(dataset if named else "", ("unknown", "unknown")), strict=True))
        return Provenance(dataset=dataset, file=self.file, index=self.index, **stated | known)

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
    """Rows of a record. RowError where the format has no place for it."""
    loses: Callable[[Record], Sequence[str]] = lambda record: ()
    """What of a record this format cannot hold."""
    columns: tuple[str, ...] = ()
    """Columns that make the format: an unknown file is compared with them."""
    features: Callable[[], Features] | None = None
    """Types of the columns; without them the format is not written as Parquet."""
    rank: int = 0
    container: str = "json"
    """What is written by default: "json", "jsonl" or "parquet"."""
    keeps_recipes: bool = False
    """Whether media are stored as they are; other formats get every picture performed and in one place."""
    register: Callable[[Path, Sequence[Row]], None] | None = None
    """Writes what other programs need beside the file."""
    media_in_responses: bool = False
    """Whether a response may be a picture or a sound; other formats are refused such records."""


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


def optional(row: Row, name: str, kind: type | tuple[type, ...] = str) -> Any:
    """A field of the right type, or None where it is absent."""
    return None if row.get(name) is None else need(row, name, kind)


def first_of(row: Row, *names: str) -> tuple[str, Any]:
    """The first of these columns that holds something, with its name; (the first name, None) otherwise."""
    return next(((name, row[name]) for name in names if row.get(name) not in (None, "", [], ())), (names[0], None))


def take(row: Row, *taken: str) -> str:
    """What the reader does not take, as canonical JSON for `Record.extra`. RowError when that holds media that are not read.

    A second column with pictures is no such medium where the reader has found its own. What JSON cannot write is left aside
    by its type's name.
    """
    rest = {name: value for name, value in row.items() if name not in taken and value is not None}
    own = [name for name in taken if name in PICTURES]
    for name in OTHERS if any(row.get(one) for one in own) else (*OTHERS, *PICTURES):
        if rest.get(name) not in (None, "", [], ()):
            kind = "sound" if name.startswith("audio") else "a video" if name in OTHERS else "pictures in a column that this format does not have"
            raise RowError(name, f"holds {kind}; only pictures under {', '.join(own) or 'other columns'} are read. Rename the column, or leave the row out")
    return json.dumps(rest, sort_keys=True, ensure_ascii=False, default=lambda value: f"<{type(value).__name__}>")


def as_text(value: Any) -> str:
    """A field that is text in some revisions and an object in others, as text."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
