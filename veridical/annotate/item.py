"""An item as one person sees it: responses in an order of chance and under names that tell nothing, media by ids that are no paths."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from veridical.annotate.ask import AnnotateError
from veridical.annotate.media import frames_of
from veridical.records.record import Media, Record, Response, digest


@dataclass(frozen=True)
class Items:
    """All that can be asked, by the ids under which the page knows it. Life cycle: made when the server starts."""

    records: dict[str, Record]
    """Opaque id to record, in the order in which they are offered."""
    gold: dict[str, Record]
    """Questions with a known answer: their first pair."""
    media: dict[str, tuple[Record, Media]]
    secret: str

    @classmethod
    def of(cls, records: Sequence[Record], gold: Sequence[Record], secret: str) -> Items:
        """Errors: AnnotateError for a gold question without a pair."""
        for record in gold:
            if not record.pairs:
                raise AnnotateError(f"gold question {record.record_id}: has no pair that says what is right")
        ours = {opaque(secret, "item", record.record_id): record for record in records}
        theirs = {opaque(secret, "gold", record.record_id): record for record in gold}
        media = {
            opaque(secret, "medium", name, medium.media_id, medium.path): (record, medium)
            for name, record in (ours | theirs).items()
            for whole in record.media
            for medium in frames_of(whole)
        }
        return cls(ours, theirs, media, secret)

    @property
    def digest(self) -> str:
        """Of everything that is asked, whatever its order."""
        return hashlib.sha256("".join(sorted(map(digest, (*self.records.values(), *self.gold.values())))).encode()).hexdigest()

    def record(self, item: str) -> Record | None:
        """The record behind an id."""
        return self.records.get(item) or self.gold.get(item)

    def order(self, item: str, person: str) -> list[Response]:
        """A record's responses as one person sees them: by chance, and the same every time. KeyError for an unknown item."""
        record = self.record(item)
        if record is None:
            raise KeyError(item)
        return sorted(record.responses, key=lambda response: self.key(item, person, response))

    def key(self, item: str, person: str, response: Response) -> str:
        """The name under which a person sees a response."""
        return opaque(self.secret, "response", item, person, response.response_id)

    def shown(self, item: str, person: str) -> dict[str, Any]:
        """What is sent to the page. KeyError for an unknown item."""
        record, responses = self.record(item), self.order(item, person)
        turns = [{"role": turn.role, "parts": [self.part(item, record, part) for part in turn.parts]} for turn in record.prompt]
        return {"item": item, "prompt": turns, "responses": [self.response(item, person, record, response) for response in responses]}

    def response(self, item: str, person: str, record: Record, response: Response) -> dict[str, Any]:
        """A response: its text, and pictures or sounds where it has them."""
        media = [self.part(item, record, part) for part in response.parts if part.type != "text"]
        return {"key": self.key(item, person, response), "text": response.text, "media": media}

    def part(self, item: str, record: Record, part: Any) -> dict[str, Any]:
        """Text, or a medium: a picture, a list of frames, a clip or a sound."""
        if part.type == "text":
            return {"type": "text", "text": part.text}
        medium = record.medium(part.media_id)
        return {"type": medium.kind, "media": [opaque(self.secret, "medium", item, one.media_id, one.path) for one in frames_of(medium)]}


def opaque(secret: str, *parts: str) -> str:
    """A name that tells nothing of what it names, and that nobody can guess."""
    return hmac.new(bytes.fromhex(secret), "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:32]
