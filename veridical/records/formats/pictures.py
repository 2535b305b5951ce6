"""Pictures of rows: a path, a data URL, bytes, or an Arrow image struct, to `Media` and back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from veridical.records.formats.format import RowError
from veridical.records.record import Media, Record


def media_of(value: Any, root: Path, name: str = "image", start: int = 0, role: str = "input") -> tuple[Media, ...]:
    """Pictures from one value or a list of them, named m0, m1 ... from `start`."""
    items = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return tuple(medium(item, root, f"m{start + place}", name, role) for place, item in enumerate(items))


def medium(item: Any, root: Path, media_id: str, name: str, role: str = "input") -> Media:
    """One picture. RowError where there is none that can be read from here."""
    if isinstance(item, Mapping) and isinstance(item.get("bytes"), (bytes, str)):
        data = item["bytes"] if isinstance(item["bytes"], bytes) else from_base64(item["bytes"], name)
        return Media(media_id=media_id, data=data, path=str(item.get("path") or ""), role=role)
    if isinstance(item, Mapping) and (item.get("path") or item.get("url")):
        item = item.get("path") or item["url"]
    if isinstance(item, bytes):
        return Media(media_id=media_id, data=item, role=role)
    if isinstance(item, str) and item.startswith("data:"):
        return Media(media_id=media_id, data=from_base64(item.partition(",")[2], name), role=role)
    if not isinstance(item, str) or not item:
        raise RowError(name, f"expected a path, bytes or a picture, found {type(item).__name__}{' that is empty' if item == '' else ''}")
    if item.startswith(("http://", "https://")):
        raise RowError(name, f"is an address on the network ({item[:60]}); download the pictures and name files")
    return Media(media_id=media_id, path=str(path_of(item.removeprefix("file://"), root)), role=role)


def from_base64(text: str, name: str) -> bytes:
    """Bytes written as text. RowError where it is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise RowError(name, f"is not base64 ({error})") from error


def path_of(written: str, root: Path) -> Path:
    """An absolute path; relative ones start at the root.

    Where there is no such file, leading folders are left off as long as a folder and a file's name remain: published
    files often name pictures from the root of a repository that the user does not have.
    """
    path = Path(written)
    if path.is_absolute() or (root / path).exists():
        return root / path
    parts = path.parts
    shorter = (root.joinpath(*parts[place:]) for place in range(1, len(parts) - 1))
    return next((candidate for candidate in shorter if candidate.is_file()), root / path)


def shown(record: Record) -> list[Media]:
    """Pictures of the prompt, in order."""
    return [record.medium(part.media_id) for turn in record.prompt for part in turn.parts if part.type == "image"]


def cell(medium: Media) -> dict[str, Any] | str:
    """The picture as a row holds it: a path, or with its bytes."""
    return medium.path if medium.data is None else {"bytes": medium.data, "path": Path(medium.path).name or None}


def only_picture(record: Record) -> Media:
    """The one picture of a format whose rows have one. RowError otherwise."""
    pictures = shown(record)
    if len(pictures) != 1:
        raise RowError("media", f"{len(pictures)} pictures; a row of this format has one")
    return pictures[0]
