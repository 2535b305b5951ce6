"""Colours changed."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance


def color_jitter(picture: Image.Image, rng: np.random.Generator, brightness: float = 0.5, hue: float = 0.3) -> Image.Image:
    """Brightness times a factor within 1 ± `brightness`, hue turned by up to ± `hue` of the circle.

    Source: STIC, arXiv 2405.19716.
    """
    factor = float(rng.uniform(max(0.0, 1 - brightness), 1 + brightness))
    turn = round(float(rng.uniform(-hue, hue)) * 256)
    return turned(ImageEnhance.Brightness(picture).enhance(factor), turn)


def turned(picture: Image.Image, turn: int) -> Image.Image:
    """The hue turned by `turn` of 256 steps."""
    if turn % 256 == 0:
        return picture  # the way through hue and back rounds, which would change a picture that nothing is to happen to
    hue, saturation, value = picture.convert("HSV").split()
    moved = (np.asarray(hue, dtype=np.int16) + turn) % 256
    return Image.merge("HSV", (Image.fromarray(moved.astype(np.uint8)), saturation, value)).convert("RGB")
