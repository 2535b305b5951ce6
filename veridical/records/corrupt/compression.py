"""What storing takes away."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image


def jpeg(picture: Image.Image, rng: np.random.Generator, quality: int = 25) -> Image.Image:
    """Stored as JPEG at a quality from 1 to 95, and read again.

    Source: ImageNet-C, arXiv 1903.12261.
    """
    if not 1 <= quality <= 95:
        raise ValueError("quality must be from 1 to 95")
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")
