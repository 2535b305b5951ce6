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
    return made(record, media_id, root, limit, ())


def made(record: Record, media_id: str, root: Path | None, limit: int, within: tuple[str, ...]) -> Image.Image:
    """The medium, opened while those of `within` are being made from it."""
    medium = record.medium(media_id)
    where = f"record {record.record_id}, medium {media_id}"
    if medium.kind != "image":
        raise PictureError(f"{where}: is of kind {medium.kind}, a picture was expected; this model reads pictures")
    if medium.recipe is None:
        return decode(medium, where, root, limit)
    if not medium.parent_id or media_id in within:
        raise PictureError(f"{where}: its recipe {medium.recipe.op} works on {medium.parent_id or 'nothing'}; parent_id must name another medium")
    parent, other = (made(record, name, root, limit, (*within, media_id)) if name else None for name in (medium.parent_id, medium.other_id))
    try:
        return corrupt(parent, medium.recipe, other)
    except CorruptionError as error:
        raise PictureError(f"{where}: {error}") from error


def decode(medium: Media, where: str, root: Path | None = None, limit: int = LIMIT) -> Image.Image:
    """Read and decode; the header is checked before the pixels are."""
    name = f"{where} ({medium.path or 'bytes'})"
    source: BytesIO | Path = BytesIO(medium.data) if medium.data is not None else located(medium.path, root, name)
    try:
        with Image.open(source) as picture:
            if picture.width * picture.height > limit:
                raise PictureError(f"{name}: {picture.width}×{picture.height} pixels, the limit is {limit:,}; scale the file down, or raise the limit if it is meant")
            picture.load()
            return on_white(ImageOps.exif_transpose(picture))
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name}: too many pixels to decode ({error}); scale the file down") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{name}: not a picture in a known format") from error
    except Exception as error:  # noqa: BLE001 - decoders raise whatever their format's code raises
        raise PictureError(f"{name}: cannot be decoded ({error}); the file is damaged or was not copied to the end") from error


def on_white(picture: Image.Image) -> Image.Image:
    """RGB; what is transparent is white, and 16 bits of grey become 8."""
    if picture.mode.startswith("I"):
        return Image.fromarray((np.asarray(picture).clip(0, 65535) >> 8).astype(np.uint8)).convert("RGB")
    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def located(path: str, root: Path | None, name: str) -> Path:
    """The file, or a clear error."""
    file = Path(path) if root is None else root / path
    if not path:
        raise PictureError(f"{name}: has neither a path nor bytes")
    if not file.is_file():
        raise PictureError(f"{name}: no such file; set media_root to the folder that the paths start from")
    return file


def png(picture: Image.Image) -> bytes:
    """The picture as PNG bytes."""
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def picture_hash(picture: Image.Image) -> str:
    """SHA-256 of size and pixels."""
    return hashlib.sha256(str(picture.size).encode() + picture.convert("RGB").tobytes()).hexdigest()


def perceptual_hash(picture: Image.Image) -> int:
    """64 bits that change little when a picture is scaled or compressed: whether each of 8 x 8 cells is darker than its right neighbour."""
    grey = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    return int("".join("1" if bit else "0" for bit in (grey[:, 1:] > grey[:, :-1]).flatten()), 2)
