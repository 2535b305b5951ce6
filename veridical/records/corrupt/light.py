"""Light, and what stands in its way."""

from __future__ import annotations

import numpy as np
from PIL import Image

from veridical.records.corrupt.noise import by_bands

CELLS = 256
"""Sides of the map from which fog is cut."""


def brightness(picture: Image.Image, rng: np.random.Generator, more: float = 0.1) -> Image.Image:
    """The value of hue, saturation and value larger by `more`: v' = clip(v + more, 0, 1), and all channels times v' / v.

    Source: ImageNet-C, arXiv 1903.12261.
    """

    def change(values: np.ndarray) -> np.ndarray:
        value = values.max(-1, keepdims=True)
        brighter = np.clip(value + more, 0, 1)
        return np.where(value > 0, values * brighter / np.where(value > 0, value, 1), brighter)

    return by_bands(picture, change)


def contrast(picture: Image.Image, rng: np.random.Generator, left: float = 0.4) -> Image.Image:
    """(I - m) left + m, with m the mean of each channel: so much of the contrast is left.

    Source: ImageNet-C, arXiv 1903.12261.
    """
    means = np.asarray(picture).mean((0, 1)) / 255
    return by_bands(picture, lambda values: (values - means) * left + means)


def fog(picture: Image.Image, rng: np.random.Generator, thick: float = 1.5, decay: float = 2.0) -> Image.Image:
    """(I + thick F) M / (M + thick), with F a fractal in [0, 1], and M the picture's largest value.

    A larger `decay` makes the fog smoother: each halving of the distance divides the fractal's amplitude by decay².

    Source: ImageNet-C, arXiv 1903.12261.
    Differs: the fractal is stretched over the picture, whatever its size.
    """
    if thick < 0 or decay <= 0:
        raise ValueError("thick must not be negative, and decay more than 0")
    cloud = Image.fromarray(plasma(rng, decay).astype(np.float32)).crop((0, 0, 224, 224)).resize(picture.size, Image.Resampling.BILINEAR)
    values, most = np.asarray(picture, dtype=np.float32) / 255, np.asarray(picture).max() / 255
    mixed = (values + thick * np.asarray(cloud)[..., None]) * most / (most + thick) if most + thick else values
    return Image.fromarray(np.clip(np.round(mixed * 255), 0, 255).astype(np.uint8))


def plasma(rng: np.random.Generator, decay: float) -> np.ndarray:
    """A fractal of values from 0 to 1, [256, 256], whose opposite sides fit together: midpoints displaced, squares then diamonds."""
    field, step, spread = np.zeros((CELLS, CELLS)), CELLS, 1.0
    while step >= 2:
        half, corners = step // 2, field[::step, ::step]
        middles = (corners + np.roll(corners, -1, 0) + np.roll(corners, -1, 1) + np.roll(corners, (-1, -1), (0, 1))) / 4
        field[half::step, half::step] = middles + spread * rng.uniform(-1, 1, middles.shape)
        inner = field[half::step, half::step]
        across = (corners + np.roll(corners, -1, 1) + inner + np.roll(inner, 1, 0)) / 4
        down = (corners + np.roll(corners, -1, 0) + inner + np.roll(inner, 1, 1)) / 4
        field[::step, half::step] = across + spread * rng.uniform(-1, 1, across.shape)
        field[half::step, ::step] = down + spread * rng.uniform(-1, 1, down.shape)
        step, spread = half, spread / decay**2
    return (field - field.min()) / (field.max() - field.min())
