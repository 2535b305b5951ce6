"""Pixels replaced by nothing."""

from __future__ import annotations

import numpy as np
from PIL import Image

from veridical.records.corrupt.noise import image, unit


def mask_pixels(picture: Image.Image, rng: np.random.Generator, share: float = 0.3, block: int = 1) -> Image.Image:
    """A share of positions (blocks of `block` x `block` pixels) set to the picture's mean colour.

    Source: OPA-DPO, arXiv 2501.09695 (30% of single pixels; block=14 is the variant that hides patches).
    Differs: the mean is taken before the processor normalises.
    """
    values = unit(picture)
    rows, columns = -(-picture.height // block), -(-picture.width // block)
    hidden = np.zeros(rows * columns, dtype=bool)
    hidden[rng.permutation(rows * columns)[: round(share * rows * columns)]] = True
    wide = hidden.reshape(rows, columns).repeat(block, 0).repeat(block, 1)[: picture.height, : picture.width]
    return image(np.where(wide[..., None], values.mean((0, 1)), values))


def mask_box(picture: Image.Image, rng: np.random.Generator, box: tuple[float, float, float, float] = (0.25, 0.25, 0.75, 0.75)) -> Image.Image:
    """A rectangle (x1, y1, x2, y2 as shares of width and height) set to the picture's mean colour."""
    values = unit(picture)
    x1, y1, x2, y2 = box
    rows = slice(round(y1 * picture.height), round(y2 * picture.height))
    columns = slice(round(x1 * picture.width), round(x2 * picture.width))
    values[rows, columns] = values.mean((0, 1))
    return image(values)


def black(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Nothing but black."""
    return Image.new("RGB", picture.size)


def mean(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Nothing but the picture's mean colour."""
    values = unit(picture)
    return image(np.broadcast_to(values.mean((0, 1)), values.shape))
