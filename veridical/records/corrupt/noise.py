"""Noise on pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

STEPS = 1000
BAND = 1 << 20
"""Pixels that are computed at once: a large picture never stands in memory as floating-point numbers."""


def alpha_bar() -> np.ndarray:
    """Share of the signal's variance left after each of 1000 diffusion steps, shape [1000].

    b = sigmoid(linspace(-6, 6, 1000)) (5e-3 - 1e-5) + 1e-5;  alpha_bar_t = prod_{i <= t} (1 - b_i)

    Source: the schedule of visual contrastive decoding, as POVID and CHiP use it.
    """
    beta = 1 / (1 + np.exp(-np.linspace(-6, 6, STEPS))) * (5e-3 - 1e-5) + 1e-5
    return np.cumprod(1 - beta)


def diffusion_noise(picture: Image.Image, rng: np.random.Generator, t: int = 500, box: tuple[float, float, float, float] | None = None) -> Image.Image:
    """sqrt(alpha_bar_t) I + sqrt(1 - alpha_bar_t) N(0, 1) on pixels in [0, 1], t from 0 to 999, back to 8 bits.

    With `box` (x1, y1, x2, y2 as shares of width and height) only inside it, as MFPO does with key objects.

    Source: POVID, arXiv 2402.11411 (t = 500).
    Differs: values outside [0, 1] are clipped.
    """
    if not 0 <= t < STEPS or int(t) != t:
        raise ValueError(f"t must be a whole number from 0 to {STEPS - 1}")
    kept = alpha_bar()[int(t)]
    noised = by_bands(picture, lambda values: np.sqrt(kept) * values + np.sqrt(1 - kept) * rng.standard_normal(values.shape))
    if box is None:
        return noised
    out, corners = picture.copy(), pixels_of(box, picture.size)
    out.paste(noised.crop(corners), corners[:2])
    return out


def gaussian_noise(picture: Image.Image, rng: np.random.Generator, std: float = 0.2) -> Image.Image:
    """I + std N(0, 1) on pixels in [0, 1]."""
    if std < 0:
        raise ValueError("std must not be negative")
    return by_bands(picture, lambda values: values + std * rng.standard_normal(values.shape))


def shot_noise(picture: Image.Image, rng: np.random.Generator, photons: float = 60) -> Image.Image:
    """Poisson(photons I) / photons on pixels in [0, 1]: white is so many photons.

    Source: ImageNet-C, arXiv 1903.12261.
    """
    if photons <= 0:
        raise ValueError("photons must be more than 0")
    return by_bands(picture, lambda values: rng.poisson(photons * values) / photons)


def impulse_noise(picture: Image.Image, rng: np.random.Generator, share: float = 0.03) -> Image.Image:
    """A share of all values (red, green and blue each for itself), half of it set to the largest, half to the least.

    Source: ImageNet-C, arXiv 1903.12261.
    """
    if not 0 <= share <= 1:
        raise ValueError("share must be from 0 to 1")

    def change(values: np.ndarray) -> np.ndarray:
        drawn = rng.random(values.shape)
        return np.where(drawn < share / 2, 1.0, np.where(drawn < share, 0.0, values))

    return by_bands(picture, change)


def speckle_noise(picture: Image.Image, rng: np.random.Generator, std: float = 0.15) -> Image.Image:
    """I + I std N(0, 1) on pixels in [0, 1].

    Source: ImageNet-C, arXiv 1903.12261, an extra corruption.
    """
    if std < 0:
        raise ValueError("std must not be negative")
    return by_bands(picture, lambda values: values * (1 + std * rng.standard_normal(values.shape)))


def by_bands(picture: Image.Image, change: Callable[[np.ndarray], np.ndarray]) -> Image.Image:
    """The picture with pixels in [0, 1] changed some rows at a time, from the top; `change` takes and gives [rows, width, 3]."""
    pixels = np.asarray(picture.convert("RGB"))
    out, rows = np.empty_like(pixels), max(1, BAND // picture.width)
    for top in range(0, picture.height, rows):
        out[top : top + rows] = eight_bits(change(pixels[top : top + rows] / 255))
    return Image.fromarray(out)


def eight_bits(values: np.ndarray) -> np.ndarray:
    """Values in [0, 1] as whole numbers to 255; what lies outside is clipped."""
    return np.clip(np.round(values * 255), 0, 255).astype(np.uint8)


def pixels_of(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A box in shares of width and height as pixels: left, top, right, below."""
    x1, y1, x2, y2 = box
    if not (0 <= x1 <= x2 <= 1 and 0 <= y1 <= y2 <= 1):
        raise ValueError(f"box {tuple(box)}: expected x1, y1, x2, y2 as shares of width and height, from 0 to 1")
    return round(x1 * size[0]), round(y1 * size[1]), round(x2 * size[0]), round(y2 * size[1])
