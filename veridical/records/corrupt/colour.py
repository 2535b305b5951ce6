"""Colours changed."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance


def color_jitter(picture: Image.Image, rng: np.random.Generator, brightness: float = 0.5, hue: float = 0.3) -> Image.Image:
    """Brightness times a factor within 1 +- `brightness`; hue turned by up to +- `hue` of the circle.

    Source: STIC, arXiv 2405.19716.
    """
    brighter = ImageEnhance.Brightness(picture).enhance(float(rng.uniform(max(0.0, 1 - brightness), 1 + brightness)))
    channels = np.array(brighter.convert("HSV"))
    turn = round(float(rng.uniform(-hue, hue)) * 255)
    channels[..., 0] = (channels[..., 0].astype(np.int16) + turn) % 256
    return Image.fromarray(channels, "HSV").convert("RGB")
