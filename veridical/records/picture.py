"""Pictures of records, opened when they are needed: from a path, from bytes, or by performing a recipe on another one."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from veridical.records.corrupt import CorruptionError, corrupt
from veridical.records.record import Media, Record

LIMIT = 64_000_000
"""Largest number of pixels that is decoded; more is taken for a mistake or an attack."""


class PictureError(ValueError):
    """A picture that cannot be shown; the message names record, medium and file."""


def open_picture(record: Record, media_id: str, root: Path | None = None, limit: int = LIMIT) -> Image.Image:
    """The medium as an upright RGB picture. A medium with a recipe is made from its parent, the same every time.

    `root` is the folder of relative paths (readers have already made them absolute). Errors: PictureError.
    """
    medium = record.medium(media_id)
    where = f"record {record.record_id}, medium {media_id}"
    if medium.kind != "image":
        raise PictureError(f"{where}: is of kind {medium.kind}, a picture was expected; this model reads pictures")
    if medium.recipe is not None and medium.parent_id:
        try:
            return corrupt(open_picture(record, medium.parent_id, root, limit), medium.recipe)
        except CorruptionError as error:
            raise PictureError(f"{where}: {error}") from error
    return decode(medium, where, root, limit)


def decode(medium: Media, where: str, root: Path | None, limit: int) -> Image.Image:
    """Read and decode; the header is checked before the pixels are."""
    name = f"{where} ({medium.path or 'bytes'})"
    try:
        source: BytesIO | Path = BytesIO(medium.data) if medium.data is not None else located(medium.path, root, name)
        with Image.open(source) as picture:
            if picture.width * picture.height > limit:
                raise PictureError(f"{name}: {picture.width}×{picture.height} pixels, the limit is {limit:,}; scale the file down, or raise the limit if it is meant")
            picture.load()
            return ImageOps.exif_transpose(picture).convert("RGB")
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name}: more pixels than are safe to decode; scale the file down") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{name}: not a picture in a known format") from error
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError(f"{name}: cannot be decoded ({error}); the file is damaged or was not copied to the end") from error


def located(path: str, root: Path | None, name: str) -> Path:
    """The file, or a clear error."""
    file = Path(path) if root is None else root / path
    if not path:
        raise PictureError(f"{name}: has neither a path nor bytes")
    if not file.is_file():
        raise PictureError(f"{name}: no such file; set media_root to the folder that the paths start from")
    return file


def picture_hash(picture: Image.Image) -> str:
    """SHA-256 of size and pixels."""
    return hashlib.sha256(str(picture.size).encode() + picture.convert("RGB").tobytes()).hexdigest()


def perceptual_hash(picture: Image.Image) -> int:
    """64 bits that change little when a picture is scaled or compressed: whether each of 8 x 8 cells is darker than its right neighbour."""
    grey = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    return int("".join("1" if bit else "0" for bit in (grey[:, 1:] > grey[:, :-1]).flatten()), 2)
