"""Parts kept, moved or turned."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from PIL import Image


def crop(picture: Image.Image, rng: np.random.Generator, area: tuple[float, float] = (0.01, 0.2), aspect: tuple[float, float] = (0.75, 4 / 3)) -> Image.Image:
    """A random window with a share of the area within `area`, resized to the whole picture's size.

    The window's aspect ratio (width / height) is drawn uniformly in its logarithm within `aspect`. A window that does not
    fit is drawn again; the tenth is cut to the picture's sides.

    Source: mDPO, arXiv 2406.11839.
    Differs: the paper keeps 0 to 20%, its code 1 to 20%, as here; the code crops after normalisation, this before it.
    """
    for _ in range(10):
        width, height = window(picture.size, rng.uniform(*area), math.exp(rng.uniform(math.log(aspect[0]), math.log(aspect[1]))))
        if width <= picture.width and height <= picture.height:
            break
    width, height = min(width, picture.width), min(height, picture.height)
    left, top = int(rng.integers(0, picture.width - width + 1)), int(rng.integers(0, picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height)).resize(picture.size, Image.Resampling.BICUBIC)


def window(size: tuple[int, int], share: float, ratio: float) -> tuple[int, int]:
    """Width and height of a rectangle with that share of the area and that width / height, at least one pixel each."""
    surface = size[0] * size[1] * share
    return max(1, round(math.sqrt(surface * ratio))), max(1, round(math.sqrt(surface / ratio)))


def crop_pixels(picture: Image.Image, rng: np.random.Generator, width: int = 320, height: int = 240) -> Image.Image:
    """A random window of so many pixels (or of the whole side where that is shorter), which keeps its own size.

    Source: an option of CHiP, arXiv 2501.16629.
    Differs: its code takes one side for the other and keeps 240 across and 320 down.
    """
    if width < 1 or height < 1:
        raise ValueError("width and height must be at least 1 pixel")
    wide, high = min(width, picture.width), min(height, picture.height)
    left, top = int(rng.integers(0, picture.width - wide + 1)), int(rng.integers(0, picture.height - high + 1))
    return picture.crop((left, top, left + wide, top + high))


def resize(picture: Image.Image, rng: np.random.Generator, width: int = 320, height: int = 240) -> Image.Image:
    """Another size in pixels; the aspect ratio changes with it."""
    return picture.resize((width, height), Image.Resampling.BICUBIC)


def rotate(picture: Image.Image, rng: np.random.Generator, degrees: tuple[float, float] = (10, 80)) -> Image.Image:
    """Turned by a random angle within `degrees`, at the same size; corners are black."""
    return picture.rotate(float(rng.uniform(*degrees)), Image.Resampling.BILINEAR)


def patch_shuffle(picture: Image.Image, rng: np.random.Generator, grid: int = 4) -> Image.Image:
    """The cells of a `grid` x `grid` raster in random order (fewer cells where a side has fewer pixels)."""
    xs, ys = edges(picture.width, min(grid, picture.width)), edges(picture.height, min(grid, picture.height))
    cells = [(x, y, right, below) for y, below in pairwise(ys) for x, right in pairwise(xs)]
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
