"""A look at every picture of a data set, each file once: size, content, and why it cannot be shown."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image
from rich.console import Console
from rich.progress import track

from veridical.records.inspect.spread import Spread, spread
from veridical.records.picture import PictureError, decode, perceptual_hash, picture_hash
from veridical.records.record import Frozen, Media, Record

FEW = 200
"""Below so many there is no progress bar."""
THUMBNAIL = (8, 8)


@dataclass(frozen=True)
class Look:
    """What one picture file shows."""

    name: str
    width: int = 0
    height: int = 0
    exact: str = ""
    """SHA-256 of its pixels."""
    alike: int = 0
    """Perceptual hash."""
    thumbnail: bytes = b""
    error: str = ""


class Pictures(Frozen):
    """The pictures of a data set."""

    shown: int
    """Media of all records."""
    files: int
    """Different ones among them."""
    looked: int
    unreadable: int
    by_recipe: dict[str, int]
    """Made when they are shown, by operator."""
    other_kinds: dict[str, int]
    """Media that are no pictures."""
    per_record: dict[str, int]
    """Records by how many media they have."""
    width: Spread | None
    height: Spread | None
    aspect: Spread | None
    """Longer side over shorter."""
    smallest: str
    largest: str


def key_of(medium: Media) -> str:
    """The same for media with the same file or the same bytes."""
    return hashlib.sha256(medium.data).hexdigest() if medium.data is not None else medium.path


def looks(records: Sequence[Record], most: int | None = None, progress: bool = True) -> dict[str, Look]:
    """A look by key at every picture that is a file or bytes; at `most` of them, evenly spaced, where that is given."""
    media: dict[str, tuple[str, Media]] = {}
    for record in records:
        for medium in record.media:
            if medium.kind == "image" and medium.recipe is None:
                media.setdefault(key_of(medium), (f"{record.record_id}/{medium.media_id}", medium))
    chosen = list(media)[:: max(1, -(-len(media) // most))] if most else list(media)
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda key: look(*media[key]), chosen)
        bar = track(found, "pictures", len(chosen), transient=True, disable=not progress or len(chosen) < FEW, console=Console(stderr=True))
        return dict(zip(chosen, bar, strict=True))


def look(name: str, medium: Media) -> Look:
    """One picture, opened as training opens it."""
    try:
        picture = decode(medium, "")
    except PictureError as error:
        return Look(medium.path or name, error=str(error).removeprefix(f" ({medium.path or 'bytes'}): "))
    small = picture.resize(THUMBNAIL, Image.Resampling.BOX).tobytes()
    return Look(medium.path or name, picture.width, picture.height, picture_hash(picture), perceptual_hash(picture), small)


def pictures(records: Sequence[Record], seen: Mapping[str, Look]) -> Pictures:
    """The census of pictures from looks at them."""
    media = [medium for record in records for medium in record.media]
    good = [one for one in seen.values() if not one.error]
    by_size = sorted(good, key=lambda one: one.width * one.height)
    return Pictures(
        shown=len(media),
        files=len({key_of(one) for one in media if one.kind == "image" and one.recipe is None}),
        looked=len(seen),
        unreadable=len(seen) - len(good),
        by_recipe=dict(Counter(one.recipe.op for one in media if one.recipe is not None).most_common()),
        other_kinds=dict(Counter(one.kind for one in media if one.kind != "image").most_common()),
        per_record={str(number): count for number, count in sorted(Counter(len(record.media) for record in records).items())},
        width=spread([one.width for one in good]),
        height=spread([one.height for one in good]),
        aspect=spread([max(one.width, one.height) / min(one.width, one.height) for one in good]),
        smallest=described(by_size[:1]),
        largest=described(by_size[-1:]),
    )


def described(found: Iterable[Look]) -> str:
    """Size and name of a picture, or ""."""
    return "".join(f"{one.width}×{one.height} ({one.name})" for one in found)
