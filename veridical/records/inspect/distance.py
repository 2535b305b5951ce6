"""How far the negatives of a set are from their pictures: a negative that looks like its picture teaches an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from PIL import Image

from veridical.records.inspect.spread import Spread, spread
from veridical.records.picture import PictureError, open_picture
from veridical.records.record import Frozen, Media, Record

SIDE = 256
"""Pictures are compared at this length of their longer side."""
WINDOW = 7
LIGHT, CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2
SAME = 0.995
"""Structural similarity from which a negative cannot be told from its picture: that of a photograph saved again as JPEG at quality 75 (40 of them: 0.979 to 1.0, median 0.995)."""


class Negatives(Frozen):
    """Negatives by how they are made."""

    ssim: dict[str, Spread]
    """Structural similarity to the picture that each one stands in for: 1 is equal, near 0 is unlike."""
    same: tuple[str, ...]
    """Records whose negative looks the same."""
    looked: int
    of: int


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Mean structural similarity of two grey pictures of one size, over windows of 7 x 7 with equal weights.

        ((2 μ_x μ_y + C1) (2 σ_xy + C2)) / ((μ_x² + μ_y² + C1) (σ_x² + σ_y² + C2)),    C1 = (0.01·255)², C2 = (0.03·255)²

    Sample (co)variances, as scikit-image has them. Source: Wang et al. 2004, equation 13. Errors: ValueError for other sizes.
    """
    if one.shape != other.shape or min(one.shape) < WINDOW:
        raise ValueError(f"ssim compares grey pictures of one size, at least {WINDOW} pixels a side; found {one.shape} and {other.shape}")
    one, other = one.astype(float), other.astype(float)
    mean_one, mean_other = windowed(one), windowed(other)
    sample = WINDOW**2 / (WINDOW**2 - 1)
    var_one, var_other = sample * (windowed(one**2) - mean_one**2), sample * (windowed(other**2) - mean_other**2)
    both = sample * (windowed(one * other) - mean_one * mean_other)
    found = (2 * mean_one * mean_other + LIGHT) * (2 * both + CONTRAST) / ((mean_one**2 + mean_other**2 + LIGHT) * (var_one + var_other + CONTRAST))
    return float(found.mean())


def windowed(values: np.ndarray) -> np.ndarray:
    """Means of every window that lies inside."""
    total = np.pad(values.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return (total[WINDOW:, WINDOW:] - total[:-WINDOW, WINDOW:] - total[WINDOW:, :-WINDOW] + total[:-WINDOW, :-WINDOW]) / WINDOW**2


def negatives(records: Sequence[Record], most: int = 200) -> Negatives:
    """Every kind of negative beside its picture, at most `most` of each, evenly spaced. One that cannot be opened is passed over (the census names it)."""
    kinds: dict[str, list[tuple[Record, Media]]] = defaultdict(list)
    for record in records:
        for medium in record.media:
            if medium.role == "negative" and medium.parent_id and medium.kind == "image":
                kinds[medium.recipe.op if medium.recipe else "file"].append((record, medium))
    chosen = {kind: found[:: -(-len(found) // most)] for kind, found in kinds.items()}
    measured = {kind: [(record.record_id, value) for record, medium in found if (value := likeness(record, medium)) is not None] for kind, found in chosen.items()}
    return Negatives(
        ssim={kind: one for kind, found in measured.items() if (one := spread([value for _, value in found])) is not None},
        same=tuple(name for found in measured.values() for name, value in found if value >= SAME),
        looked=sum(map(len, measured.values())), of=sum(map(len, kinds.values())),
    )  # fmt: skip


def likeness(record: Record, medium: Media) -> float | None:
    """Similarity of a negative to its picture, both at the picture's size or smaller; None where one cannot be opened or is tiny."""
    try:
        picture, worse = open_picture(record, medium.parent_id), open_picture(record, medium.media_id)
    except PictureError:
        return None
    share = min(1.0, SIDE / max(picture.size))
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    if min(size) < WINDOW:
        return None
    one, other = (np.asarray(item.convert("L").resize(size, Image.Resampling.BOX)) for item in (picture, worse))
    return ssim(one, other)
