"""Noise on pixels."""

from __future__ import annotations

import numpy as np
from PIL import Image

STEPS = 1000


def alpha_bar() -> np.ndarray:
    """Share of the signal's variance left after each of 1000 diffusion steps, shape [1000].

    b = sigmoid(linspace(-6, 6, 1000)) (5e-3 - 1e-5) + 1e-5;  alpha_bar_t = prod_{i <= t} (1 - b_i)

    Source: the schedule of visual contrastive decoding, as POVID and CHiP use it.
    """
    beta = 1 / (1 + np.exp(-np.linspace(-6, 6, STEPS))) * (5e-3 - 1e-5) + 1e-5
    return np.cumprod(1 - beta)


def diffusion_noise(picture: Image.Image, rng: np.random.Generator, t: int = 500) -> Image.Image:
    """sqrt(alpha_bar_t) I + sqrt(1 - alpha_bar_t) N(0, 1) on pixels in [0, 1], t from 0 to 999, back to 8 bits.

    Source: POVID, arXiv 2402.11411 (t = 500).
    Differs: values outside [0, 1] are clipped.
    """
    if not 0 <= t < STEPS or int(t) != t:
        raise ValueError(f"t must be a whole number from 0 to {STEPS - 1}")
    kept = alpha_bar()[int(t)]
    return image(np.sqrt(kept) * unit(picture) + np.sqrt(1 - kept) * rng.standard_normal(shape(picture)))


def gaussian_noise(picture: Image.Image, rng: np.random.Generator, std: float = 0.2) -> Image.Image:
    """I + std N(0, 1) on pixels in [0, 1]."""
    return image(unit(picture) + std * rng.standard_normal(shape(picture)))


def shape(picture: Image.Image) -> tuple[int, int, int]:
    """Height, width, channels."""
    return picture.height, picture.width, 3


def unit(picture: Image.Image) -> np.ndarray:
    """Pixels in [0, 1], shape [height, width, 3]."""
    return np.asarray(picture.convert("RGB"), dtype=np.float64) / 255


def image(values: np.ndarray) -> Image.Image:
    """Values in [0, 1] as an 8-bit picture; what lies outside is clipped."""
    return Image.fromarray(np.clip(np.round(values * 255), 0, 255).astype(np.uint8))
