"""The pictures that a view shows: the record's own, its negatives, or made worse by a corruption."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from veridical.models.encoder import EncodeError, picture_key
from veridical.records.record import Corruption, Record, Response

Open = Callable[[Record, str], Image.Image]
"""Opens a record's medium by id."""

Damage = Callable[[Image.Image, Corruption], Image.Image]
"""Applies a corruption."""

BLANK = Corruption(op="no_picture")
"""What a picture is in the view "blank"."""

ROLES = {"corrupted": "negative", "similar": "similar"}
"""Which medium of the record stands for a variant."""


@dataclass(frozen=True)
class Shown:
    """Where pictures come from, and the corruption of those for which a record brings no negative."""

    open: Open
    damage: Damage
    corruption: Corruption | None = None
    seed: int = 0

    def __call__(self, record: Record, response: Response | None, variant: str) -> tuple[list[Image.Image], list[str]]:
        """The pictures of the prompt in order, as this response is to see them, and a key for each one's content."""
        swaps = {swap.from_id: swap.to_id for swap in response.swaps} if response else {}
        pictures = [self.variant(record, swaps.get(media_id, media_id), variant) for media_id in media_ids(record)]
        return pictures, [picture_key(picture) for picture in pictures]

    def variant(self, record: Record, media_id: str, variant: str) -> Image.Image:
        """One picture as a view wants it. Errors: EncodeError when the record has none and no corruption is set."""
        if variant == "original":
            return self.open(record, media_id)
        if variant == "blank":
            return self.damage(self.open(record, media_id), BLANK)
        for medium in record.media:
            if medium.role == ROLES.get(variant, variant) and medium.parent_id == media_id:
                return self.open(record, medium.media_id)
        if variant != "corrupted" or self.corruption is None:
            raise EncodeError(f"record {record.record_id}: the method reads a {variant!r} picture; the record has none and no corruption is set")
        seed = stable_seed(record.record_id, media_id, self.corruption.op, self.corruption.seed + self.seed)
        return self.damage(self.open(record, media_id), self.corruption.replace(seed=seed))


def media_ids(record: Record) -> list[str]:
    """Media of the prompt in the order in which they are shown."""
    return [part.media_id for turn in record.prompt for part in turn.parts if part.type == "image"]


def pictures_only(record: Record) -> None:
    """Errors: EncodeError for a prompt that shows a medium which is not a picture, and for a response that is no text."""
    other = [part for turn in record.prompt for part in turn.parts if part.type not in ("text", "image")]
    if other:
        raise EncodeError(f"record {record.record_id}: the prompt shows {other[0].type} {other[0].media_id!r}; a model of this kind reads text and pictures only")
    if made := [one.response_id for one in record.responses if any(part.type != "text" for part in one.parts)]:
        raise EncodeError(f"record {record.record_id}: the response {made[0]!r} is a picture or a sound; a model of this kind writes text only")


def stable_seed(*parts: object) -> int:
    """A seed that is the same in every process and session."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "big")
