"""Detail taken away."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter


def gaussian_blur(picture: Image.Image, rng: np.random.Generator, radius: float | None = None) -> Image.Image:
    """Gaussian blur; the default radius in pixels is 5% of the longer side."""
    return picture.filter(ImageFilter.GaussianBlur(0.05 * max(picture.size) if radius is None else radius))


def pixelate(picture: Image.Image, rng: np.random.Generator, blocks: int = 12) -> Image.Image:
    """The picture as so many blocks along its longer side."""
    factor = min(1.0, blocks / max(picture.size))
    small = picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), Image.Resampling.BOX)
    return small.resize(picture.size, Image.Resampling.NEAREST)


def low_resolution(picture: Image.Image, rng: np.random.Generator, shorter: int = 20) -> Image.Image:
    """Scaled so that the shorter side has so many pixels, and back.

    Source: STIC, arXiv 2405.19716.
    """
    factor = min(1.0, shorter / min(picture.size))
    small = picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), Image.Resampling.BILINEAR)
    return small.resize(picture.size, Image.Resampling.BILINEAR)
