"""Parts kept, moved or turned."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image


def crop(
    picture: Image.Image, rng: np.random.Generator, area: tuple[float, float] = (0.01, 0.2), aspect: tuple[float, float] = (0.75, 4 / 3)
) -> Image.Image:
    """A random window with a share of the area within `area`, resized to the whole picture's size.

    The window's aspect ratio is drawn uniformly in its logarithm; a window that does not fit is drawn again, and after
    ten tries the largest that fits is taken.

    Source: mDPO, arXiv 2406.11839 (1 to 20% in its code).
    """
    width, height = picture.size
    for _ in range(10):
        surface = width * height * rng.uniform(*area)
        ratio = math.exp(rng.uniform(math.log(aspect[0]), math.log(aspect[1])))
        w, h = round(math.sqrt(surface * ratio)), round(math.sqrt(surface / ratio))
        if 0 < w <= width and 0 < h <= height:
            break
    else:
        w, h = max(1, min(width, w)), max(1, min(height, h))
    left, top = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    return picture.crop((left, top, left + w, top + h)).resize(picture.size, Image.Resampling.BICUBIC)


def rotate(picture: Image.Image, rng: np.random.Generator, degrees: tuple[float, float] = (10, 80)) -> Image.Image:
    """Turned by a random angle within `degrees`; corners are black."""
    return picture.rotate(float(rng.uniform(*degrees)), Image.Resampling.BILINEAR)


def patch_shuffle(picture: Image.Image, rng: np.random.Generator, grid: int = 4) -> Image.Image:
    """The cells of a `grid` x `grid` raster in random order."""
    xs, ys = edges(picture.width, grid), edges(picture.height, grid)
    cells = [(xs[i], ys[j], xs[i + 1], ys[j + 1]) for j in range(grid) for i in range(grid)]
    out = picture.copy()
    for target, source in zip(cells, rng.permutation(len(cells)), strict=True):
        piece = picture.crop(cells[int(source)]).resize((target[2] - target[0], target[3] - target[1]))
        out.paste(piece, target[:2])
    return out


def edges(length: int, parts: int) -> list[int]:
    """Where so many parts of a length begin and end."""
    return [round(length * part / parts) for part in range(parts + 1)]


def swap(picture: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    """Another picture in its place, at its size."""
    return other.convert("RGB").resize(picture.size, Image.Resampling.BICUBIC)
