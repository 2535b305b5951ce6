"""Detail taken away.

Where an operator has a `side`, its lengths are pixels of a picture whose shorter side has so many, and grow with the picture;
with 0 they are the picture's own pixels.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter
from scipy.ndimage import gaussian_filter
from scipy.signal import oaconvolve

from veridical.records.corrupt.noise import eight_bits


def gaussian_blur(picture: Image.Image, rng: np.random.Generator, radius: float | None = None, side: int = 0) -> Image.Image:
    """Gaussian blur; the default radius (one standard deviation) in pixels is 5% of the longer side."""
    return picture.filter(ImageFilter.GaussianBlur(0.05 * max(picture.size) if radius is None else radius * scale(picture, side)))


def defocus_blur(picture: Image.Image, rng: np.random.Generator, radius: float = 3.0, soft: float = 0.1, side: int = 0) -> Image.Image:
    """The mean over a disk of that radius, whose edge is softened by a Gaussian of deviation `soft`.

    Source: ImageNet-C, arXiv 1903.12261.
    Differs: the disk is softened by a whole Gaussian, there by one of 3 or 5 pixels; the picture's edge is continued.
    """
    factor = scale(picture, side)
    return convolved(picture, disk(radius * factor, soft * factor))


def motion_blur(
    picture: Image.Image, rng: np.random.Generator, reach: float = 10.0, deviation: float = 3.0, degrees: tuple[float, float] = (-45, 45), side: int = 0
) -> Image.Image:
    """The mean along a line that starts at the pixel, weighted by half a Gaussian, in a random direction within `degrees`.

    Source: ImageNet-C, arXiv 1903.12261.
    Differs: the line's steps are rounded to whole pixels by this program, there by ImageMagick.
    """
    factor = scale(picture, side)
    return convolved(picture, streak(reach * factor, deviation * factor, math.radians(float(rng.uniform(*degrees)))))


def zoom_blur(picture: Image.Image, rng: np.random.Generator, most: float = 1.1, step: float = 0.01) -> Image.Image:
    """The mean of the picture and of its enlargements about the middle by 1, 1 + step ... up to `most`.

    Source: ImageNet-C, arXiv 1903.12261.
    """
    if most < 1 or step <= 0:
        raise ValueError("most must be at least 1, and step more than 0")
    factors = 1 + step * np.arange(math.floor((most - 1) / step + 1e-6) + 1)
    total = np.asarray(picture, dtype=np.float32).copy()
    for factor in factors:
        width, height = picture.width / factor, picture.height / factor
        left, top = (picture.width - width) / 2, (picture.height - height) / 2
        total += np.asarray(picture.resize(picture.size, Image.Resampling.BILINEAR, box=(left, top, left + width, top + height)))
    return Image.fromarray(eight_bits(total / (len(factors) + 1) / 255))


def pixelate(picture: Image.Image, rng: np.random.Generator, blocks: int = 12, share: float = 0.0, side: int = 0) -> Image.Image:
    """The picture as so many blocks along its longer side; with `share`, as so many per pixel of a side (of a picture of that `side`)."""
    factor = min(1.0, blocks / max(picture.size)) if not share else min(1.0, share / scale(picture, side))
    small = picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), Image.Resampling.BOX)
    return small.resize(picture.size, Image.Resampling.NEAREST)


def low_resolution(picture: Image.Image, rng: np.random.Generator, shorter: int = 20) -> Image.Image:
    """Scaled so that the shorter side has so many pixels, and back.

    Source: STIC, arXiv 2405.19716.
    """
    factor = min(1.0, shorter / min(picture.size))
    small = picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), Image.Resampling.BILINEAR)
    return small.resize(picture.size, Image.Resampling.BILINEAR)


def scale(picture: Image.Image, side: int) -> float:
    """What one unit of length is in the picture's own pixels."""
    if side < 0:
        raise ValueError("side must be a number of pixels, or 0")
    return min(picture.size) / side if side else 1.0


def disk(radius: float, soft: float) -> np.ndarray:
    """Weights of a disk, which add up to 1."""
    if radius < 0 or soft < 0:
        raise ValueError("radius and soft must not be negative")
    reach = math.ceil(radius + 3 * soft)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = gaussian_filter((rows**2 + columns**2 <= radius**2).astype(float), soft) if soft else (rows**2 + columns**2 <= radius**2).astype(float)
    return inside / inside.sum()


def streak(reach: float, deviation: float, angle: float) -> np.ndarray:
    """Weights along a line from the middle, which add up to 1."""
    if reach < 0 or deviation <= 0:
        raise ValueError("reach must not be negative, and deviation more than 0")
    steps, size = np.arange(2 * math.ceil(reach) + 1), 2 * math.ceil(reach)
    weights = np.zeros((2 * size + 1, 2 * size + 1))
    places = np.round(steps * math.sin(angle)).astype(int), np.round(steps * math.cos(angle)).astype(int)
    np.add.at(weights, (size + places[0], size + places[1]), np.exp(-(steps**2) / (2 * deviation**2)))
    return weights / weights.sum()


def convolved(picture: Image.Image, weights: np.ndarray) -> Image.Image:
    """The picture with every pixel the weighted mean around it; beyond its sides it goes on with their colours."""
    pixels, down, across = np.asarray(picture), weights.shape[0] // 2, weights.shape[1] // 2
    out = np.empty_like(pixels)
    for channel in range(3):
        wide = np.pad(pixels[..., channel].astype(np.float32) / 255, ((down, down), (across, across)), mode="edge")
        out[..., channel] = eight_bits(oaconvolve(wide, weights.astype(np.float32), mode="valid"))
    return Image.fromarray(out)
