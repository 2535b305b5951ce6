"""Pictures inside the page: small, as data URLs; one that cannot be shown says why."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from veridical.records.picture import LIMIT, PictureError, decode
from veridical.records.record import Media

SIDE = 320
"""Longest side of a picture in the page, in pixels: twice the size it is shown at."""
SHARP = 12_000
"""Bytes up to which a picture stays PNG."""
LIGHT = 24_000
"""Characters of a data URL that are left as they are."""


@dataclass(frozen=True)
class Shown:
    """A picture in the page, or the reason why it is not there."""

    path: str
    source: str = ""
    """Data URL."""
    width: int = 0
    height: int = 0
    """Of the file, in pixels."""
    why: str = ""


def show(path: str, folders: tuple[Path, ...], side: int = SIDE) -> Shown:
    """The picture of a row; relative paths start at the folder of the result, else at the working directory."""
    if not path:
        return Shown("", why="no picture")
    file = next((place for folder in (*folders, Path()) if (place := folder / path).is_file()), None)
    if file is None:
        return Shown(path, why="no such file")
    try:
        picture = decode(Media(media_id="image", data=file.read_bytes()), "picture", None, LIMIT)
    except (OSError, PictureError) as error:
        return Shown(path, why=str(error).removeprefix("picture (bytes): "))
    return Shown(path, data_url(picture, side), picture.width, picture.height)


def data_url(picture: Image.Image, side: int = SIDE) -> str:
    """At most `side` pixels wide and high: PNG where that is small (drawings stay sharp), else JPEG."""
    small = picture.convert("RGB")
    small.thumbnail((side, side))
    if len(content := encoded(small, "PNG", optimize=True)) <= SHARP:
        return "data:image/png;base64," + base64.b64encode(content).decode()
    return "data:image/jpeg;base64," + base64.b64encode(encoded(small, "JPEG", quality=82)).decode()


def encoded(picture: Image.Image, kind: str, **settings: int | bool) -> bytes:
    """The bytes of a picture file."""
    buffer = BytesIO()
    picture.save(buffer, kind, **settings)
    return buffer.getvalue()


def lighter(source: str) -> str:
    """A data URL of a PNG or JPEG, made smaller where it is heavy; "" for anything else."""
    head, comma, body = source.partition(",")
    if not comma or head not in ("data:image/png;base64", "data:image/jpeg;base64"):
        return ""
    try:
        content = base64.b64decode(body, validate=True)
        if len(source) <= LIGHT:
            return source
        return data_url(decode(Media(media_id="image", data=content), "first batch", None, LIMIT))
    except (binascii.Error, PictureError):
        return ""
