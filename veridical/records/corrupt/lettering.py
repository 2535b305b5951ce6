"""Words written on a picture."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from veridical.records.lettering import box_of, fitting, font, wrapped

MARGIN = 0.15
"""Free space around the letters, as a share of their size."""


def typography(
    picture: Image.Image,
    rng: np.random.Generator,
    text: str = "text",
    height: float = 0.15,
    x: float | None = 0.5,
    y: float | None = 0.9,
    ink: str = "black",
    ground: str = "white",
    wrap: int = 0,
    font_file: str = "",
    font_sha256: str = "",
) -> Image.Image:
    """The text on the picture, its middle at (x, y) as shares of width and height (drawn at random where None), kept inside.

    Letters are `height` of the shorter side, smaller where they would not fit. They stand on a strip of the colour `ground`;
    with "" they stand on the picture. With `font_sha256` another font than that one is refused.

    Source: word-on-object attacks on CLIP.
    """
    lines, size = wrapped(text, wrap), max(1, round(height * min(picture.size)))
    if size >= 8:
        size = fitting(lines, (picture.width * (1 - 2 * MARGIN / 3), picture.height), size, font_file, font_sha256)
    left, top, right, below = box_of(lines, size, font_file, font_sha256)
    border = MARGIN * size
    width, tall = right - left + 2 * border, below - top + 2 * border
    corner = [round(start(share, room, length, rng)) for share, room, length in ((x, picture.width, width), (y, picture.height, tall))]
    out = picture.copy()
    pen = ImageDraw.Draw(out)
    if ground:
        pen.rectangle((corner[0], corner[1], corner[0] + width, corner[1] + tall), fill=ground)
    pen.multiline_text((corner[0] + border - left, corner[1] + border - top), lines, ink, font(size, font_file, font_sha256))
    return out


def start(share: float | None, room: int, length: float, rng: np.random.Generator) -> float:
    """Where something of that length begins so that its middle is at a share of the room, and it stays inside as far as it can."""
    middle = (rng.random() if share is None else share) * room
    return max(0.0, min(middle - length / 2, room - length))
