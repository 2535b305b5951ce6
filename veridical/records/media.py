"""Where a record's pictures are when it is stored: embedded as bytes, or as files beside the data."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from veridical.records.picture import PictureError, located, open_picture, png
from veridical.records.record import Media, Record

FRAMES = (".jpg", ".jpeg", ".png", ".webp")
ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp", "TIFF": ".tif"}


def each(record: Record, change: Callable[[Media], Media]) -> Record:
    """The record with every medium changed."""
    return record.replace(media=tuple(change(medium) for medium in record.media))


def file_of(record: Record, medium: Media) -> bytes:
    """The medium's file: its bytes, what its path holds, or its recipe's outcome as PNG. PictureError where there is none."""
    if medium.data is not None:
        return medium.data
    if medium.kind == "frames":
        raise PictureError(f"record {record.record_id}, medium {medium.media_id} ({medium.path}): is a folder of frames; write .json or .jsonl, which name it")
    if medium.recipe is None:
        name = f"record {record.record_id}, medium {medium.media_id} ({medium.path or 'bytes'})"
        try:
            return located(medium.path, None, name).read_bytes()
        except OSError as error:
            raise PictureError(f"{name}: cannot be read ({error})") from error
    return png(open_picture(record, medium.media_id))


def embedded(record: Record) -> Record:
    """Every picture as bytes, recipes performed; of paths the file's name stays. Errors: PictureError."""
    return each(record, lambda medium: medium.replace(data=file_of(record, medium), path=Path(medium.path).name, recipe=None))


def as_files(record: Record, folder: Path, written: list[Path]) -> Record:
    """Every picture by path: bytes, and the outcomes of recipes, become files of `folder` named by their hash. `written` gets the new ones."""
    return each(record, lambda medium: medium if medium.data is None and medium.recipe is None else stored(medium, file_of(record, medium), folder, written))


def stored(medium: Media, data: bytes, folder: Path, written: list[Path]) -> Media:
    """The medium as a file of `folder`."""
    name = hashlib.sha256(data).hexdigest()
    path = folder / f"{name}{ending(data)}"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_bytes(data)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        written.append(path)
    return medium.replace(path=str(path), data=None, recipe=None, sha256=name)


def ending(data: bytes) -> str:
    """A file's ending by its header."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return ".wav"
    if data[4:8] == b"ftyp":
        return ".mp4"
    if data[:3] == b"ID3" or data[:2] == b"\xff\xfb":
        return ".mp3"
    try:
        with Image.open(BytesIO(data)) as picture:
            return ENDINGS.get(picture.format or "", ".bin")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return ".bin"


def relative(record: Record, folder: Path) -> Record:
    """Paths below `folder` start from it, so that data and pictures can move together."""
    folder = folder.absolute()
    return each(record, lambda medium: medium.replace(path=str(Path(medium.path).relative_to(folder))) if medium.path and Path(medium.path).is_relative_to(folder) else medium)


def frames_of(medium: Media, most: int | None = None) -> list[Path]:
    """The frames of a folder in the order of their names (numbers by their value); at `most` evenly spaced ones, the first and the last among them.

    Errors: PictureError when the folder is not there or holds no picture.
    """
    folder = Path(medium.path)
    found = sorted((one for one in folder.iterdir() if one.suffix.lower() in FRAMES), key=by_number) if folder.is_dir() else []
    if not found:
        raise PictureError(f"medium {medium.media_id} ({medium.path}): {'holds no frames' if folder.is_dir() else 'no such folder'}; frames end in {', '.join(FRAMES)}")
    if most is None or most >= len(found):
        return found
    return [found[round(place * (len(found) - 1) / max(1, most - 1))] for place in range(most)]


def by_number(path: Path) -> list[tuple[int, str]]:
    """A name's pieces so that frame_10 comes after frame_9."""
    return [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in re.split(r"(\d+)", path.stem)]


@dataclass
class Spill:
    """Embedded pictures in memory as long as they are few; the others in files of the user's cache, read when they are shown.

    Life cycle: one per reading of a source.
    """

    limit: int = 2**30
    """Bytes that are held."""
    held: int = 0

    def __call__(self, record: Record) -> Record:
        """The record with the pictures that are too many moved to files."""
        return each(record, self.keep) if any(medium.data for medium in record.media) else record

    def keep(self, medium: Media) -> Media:
        """One medium."""
        size = len(medium.data or b"")
        if self.held + size <= self.limit:
            self.held += size
            return medium
        return stored(medium, medium.data or b"", cache(), [])


def cache() -> Path:
    """The folder of pictures that were taken out of data files; `VERIDICAL_CACHE` moves it."""
    return Path(os.environ.get("VERIDICAL_CACHE", Path.home() / ".cache" / "veridical")) / "pictures"
