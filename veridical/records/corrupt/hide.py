"""Pixels replaced by nothing."""

from __future__ import annotations

import numpy as np
from PIL import Image

from veridical.records.corrupt.noise import by_bands, pixels_of

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
"""Mean and spread that CLIP's processor normalises with, for red, green and blue in [0, 1]."""


def mask_pixels(picture: Image.Image, rng: np.random.Generator, share: float = 0.3, block: int = 1) -> Image.Image:
    """A share of positions (blocks of `block` x `block` pixels) set to the picture's mean colour.

    Source: OPA-DPO, arXiv 2501.09695 (30% of single pixels; block=14 is the variant that hides patches).
    Differs: the mean is taken before the processor normalises.
    """
    if not 0 <= share <= 1 or block < 1:
        raise ValueError("share must be from 0 to 1, and block at least 1 pixel")
    rows, columns = -(-picture.height // block), -(-picture.width // block)
    hidden = np.zeros(rows * columns, dtype=bool)
    hidden[rng.permutation(rows * columns)[: round(share * rows * columns)]] = True
    wide = hidden.reshape(rows, columns).repeat(block, 0).repeat(block, 1)[: picture.height, : picture.width]
    pixels = np.array(picture)
    pixels[wide] = mean_colour(picture)
    return Image.fromarray(pixels)


def mask_box(picture: Image.Image, rng: np.random.Generator, box: tuple[float, float, float, float] = (0.25, 0.25, 0.75, 0.75)) -> Image.Image:
    """A rectangle (x1, y1, x2, y2 as shares of width and height) set to the picture's mean colour."""
    out = picture.copy()
    out.paste(mean_colour(picture), pixels_of(box, picture.size))
    return out


def black(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Nothing but black."""
    return Image.new("RGB", picture.size)


def mean(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Nothing but the picture's mean colour."""
    return Image.new("RGB", picture.size, mean_colour(picture))


def no_picture(picture: Image.Image, rng: np.random.Generator, noise: bool = False) -> Image.Image:
    """What a CLIP processor normalises to zeros; with `noise` what it normalises to a Gaussian of mean 0 and spread 1.

    Source: the condition without a picture of V-DPO, arXiv 2411.02712.
    Differs: rounded to 8 bits, and clipped to [0, 1].
    """
    spread = CLIP_STD if noise else (0.0, 0.0, 0.0)
    return by_bands(picture, lambda values: np.asarray(CLIP_MEAN) + np.asarray(spread) * rng.standard_normal(values.shape))


def mean_colour(picture: Image.Image) -> tuple[int, int, int]:
    """Red, green and blue, rounded."""
    red, green, blue = np.round(np.asarray(picture).mean((0, 1))).astype(int).tolist()
    return red, green, blue
