"""Texts as pictures, in a font that is known by its content: the same words in another font are another picture."""

from __future__ import annotations

import bisect
import hashlib
import textwrap
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LEAST = 8
"""Pixels below which letters are taken for unreadable."""


class LetteringError(ValueError):
    """A text that cannot be written; the message says what to do."""


@cache
def font_bytes(file: str = "") -> bytes:
    """A font file's content; of the one that comes with Pillow where none is named. Errors: LetteringError."""
    if not file:
        return bytes(ImageFont.load_default(size=20).font_bytes)
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise LetteringError(f"font {file}: cannot be read ({error}); another font would make other pictures, so none is put in its place") from error


def font_hash(file: str = "") -> str:
    """SHA-256 of a font file."""
    return hashlib.sha256(font_bytes(file)).hexdigest()


@cache
def font(size: int, file: str = "", expected: str = "") -> ImageFont.FreeTypeFont:
    """A font in pixels. Errors: LetteringError where its hash is not the expected one."""
    if expected and font_hash(file) != expected:
        found = f"font {file or 'of Pillow'}: its SHA-256 is {font_hash(file)[:12]}..."
        raise LetteringError(f"{found}, the picture was made with {expected[:12]}...; name the font file that it was made with")
    try:
        return ImageFont.truetype(BytesIO(font_bytes(file)), size)
    except OSError as error:
        raise LetteringError(f"font {file}: is no font ({error})") from error


def wrapped(text: str, width: int) -> str:
    """The text in lines of at most `width` characters (words that are longer are cut); as it is with 0."""
    return "\n".join(textwrap.fill(line, width) for line in text.splitlines()) if width else text


def box_of(text: str, size: int, file: str = "", expected: str = "", spacing: float = 4) -> tuple[float, float, float, float]:
    """Left, top, right and below of a text that is written at the origin."""
    return ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), text, font(size, file, expected), spacing=spacing)


def fitting(text: str, room: tuple[float, float], size: int, file: str = "", expected: str = "", spacing: float = 4) -> int:
    """The largest size up to `size` at which the text stays within `room` (width and height). Errors: LetteringError where none is readable."""
    def inside(pixels: int) -> bool:
        _, _, right, below = box_of(text, pixels, file, expected, spacing)
        return right <= room[0] and below <= room[1]

    if not inside(LEAST):
        raise LetteringError(f"{text[:40]!r} does not fit into {room[0]:.0f}x{room[1]:.0f} pixels in letters of {LEAST} or more; give a larger picture or a shorter text")
    return LEAST + bisect.bisect_left(range(LEAST + 1, size + 1), True, key=lambda pixels: not inside(pixels))


def page(text: str, side: int = 760, size: int = 80, file: str = "", origin: tuple[int, int] = (20, 10), spacing: int = 11) -> tuple[Image.Image, int]:
    """Black letters on a white square, and their size: smaller than `size` where the text would leave the page."""
    used = fitting(text, (side - 2 * origin[0], side - 2 * origin[1]), size, file, "", spacing)
    picture = Image.new("RGB", (side, side), "white")
    ImageDraw.Draw(picture).multiline_text(origin, text, "black", font(used, file), spacing=spacing)
    return picture, used
