"""Media for the page: only what stands in the data, only from the folders that were named, only files that are what they say."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from veridical.records.media import cache, file_of
from veridical.records.picture import LIMIT, PictureError
from veridical.records.record import Media, Record

PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "BMP": "image/bmp"}
"""Formats that every browser shows; none of them can hold a script."""
HEADERS: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftyp", "video/mp4"), (0, b"\x1a\x45\xdf\xa3", "video/webm"), (8, b"WAVE", "audio/wav"), (0, b"ID3", "audio/mpeg"), (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"), (0, b"fLaC", "audio/flac"),
)  # fmt: skip
"""Where the first bytes of clips and sounds stand, what they are, and what they make of the file."""
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")


class NotShown(ValueError):
    """A medium that is not given out; the message says why, to the owner."""


def frames_of(medium: Media) -> list[Media]:
    """The pictures of a clip that is a folder of frames, by name; any other medium is one file."""
    if medium.kind != "frames" or not medium.path or not Path(medium.path).is_dir():
        return [medium]
    files = sorted(file for file in Path(medium.path).iterdir() if file.suffix.lower() in ENDINGS)
    return [medium.replace(kind="image", media_id=f"{medium.media_id}/{file.name}", path=str(file)) for file in files]


def content(record: Record, medium: Media, roots: Sequence[Path]) -> tuple[bytes, str]:
    """A medium's bytes and their type, read from its own first bytes. Errors: NotShown."""
    where = f"record {record.record_id}, medium {medium.media_id}"
    for path in paths(record, medium):
        if not inside(path, roots):
            raise NotShown(f"{where}: {path} lies outside of {', '.join(map(str, roots))}; name its folder with --media if it is meant to be shown")
    try:
        data = file_of(record, medium)
    except PictureError as error:
        raise NotShown(str(error)) from error
    kind = picture_type(data) or next((kind for place, mark, kind in HEADERS if data[place : place + len(mark)] == mark), None)
    if kind is None:
        raise NotShown(f"{where} ({medium.path or 'bytes'}): is neither a picture nor a clip or sound that browsers know")
    return data, kind


def paths(record: Record, medium: Media) -> list[str]:
    """Files that are read for a medium: its own, or those of the media that its recipe works on."""
    if medium.recipe is None:
        return [medium.path] if medium.data is None else []
    return [path for one in record.media if one.media_id in (medium.parent_id, medium.other_id) and one.media_id != medium.media_id for path in paths(record, one)]


def inside(path: str, roots: Sequence[Path]) -> bool:
    """Whether a path, followed to its end, lies in one of the folders."""
    found = Path(path).resolve()
    return any(found.is_relative_to(root.resolve()) for root in (*roots, cache()))


def picture_type(data: bytes) -> str | None:
    """The type of a picture of bearable size; None for anything else. NotShown where it would be too large to show."""
    try:
        with Image.open(BytesIO(data)) as picture:
            if picture.width * picture.height > LIMIT:
                raise NotShown(f"{picture.width}×{picture.height} pixels are more than the {LIMIT:,} that are shown")
            return PICTURES.get(picture.format or "")
    except NotShown:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return None
