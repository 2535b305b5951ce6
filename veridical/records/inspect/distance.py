"""How far the negatives of a set are from their pictures: a negative that looks like its picture teaches an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from PIL import Image

from veridical.records.inspect.spread import Spread, spread
from veridical.records.inspect.structure import ssim
from veridical.records.picture import PictureError, open_picture
from veridical.records.record import Frozen, Media, Record

SIDE = 256
"""Pictures are compared at this length of their longer side."""
SMALLEST = 7
SAME = 0.994
"""Structural similarity from which a negative cannot be told from its picture: that of a photograph saved again as JPEG at quality 75 (40 of them: 0.975 to 1.0, median 0.994)."""


class Negatives(Frozen):
    """Negatives by how they are made."""

    ssim: dict[str, Spread]
    """Structural similarity to the picture that each one stands in for: 1 is equal, near 0 is unlike."""
    same: tuple[str, ...]
    """Records whose negative looks the same."""
    looked: int
    of: int


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
    if min(size) < SMALLEST:
        return None
    return ssim(*(item.convert("L").resize(size, Image.Resampling.BOX) for item in (picture, worse)))
