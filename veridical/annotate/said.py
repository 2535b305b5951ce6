"""A judgement as the page sends it: read strictly, and turned from the names that a person sees into those of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from veridical.annotate.ask import Ask
from veridical.annotate.item import Items
from veridical.records.record import Response

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Text = Annotated[str, StringConstraints(max_length=100_000)]


class Wrong(ValueError):
    """A judgement that does not fit its item; the message says where."""


class Sent(BaseModel):
    """Something that the page sends: no field may be missing, unknown or of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Mark(Sent):
    """A marked stretch, in Unicode code points of the response as it was shown."""

    start: int = Field(ge=0)
    end: int = Field(ge=1)
    text: Text
    label: Name


class Said(Sent):
    """One judgement of one item."""

    client_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    """Made by the page, once for a judgement: sent again, it is the same one."""
    item: Name
    seconds: float = Field(ge=0, le=1e6)
    skip: bool = False
    flag: bool = False
    comment: Text = ""
    ranks: dict[Name, int] = {}
    """1 is best; equal ranks tie. Of two responses: who is better."""
    aspects: dict[Name, dict[Name, int]] = {}
    corrections: dict[Name, Text] = {}
    spans: dict[Name, list[Mark]] = {}


def checked(said: Said, items: Items, person: str, ask: Ask) -> dict[str, Any]:
    """The judgement with the record's own response ids, as it is kept. Errors: Wrong; KeyError for an unknown item."""
    order = items.order(said.item, person)
    names = {items.key(said.item, person, response): response for response in order}
    for name in {*said.ranks, *said.aspects, *said.corrections, *said.spans} - set(names):
        raise Wrong(f"{name!r} is no response of this item")
    shared = {"shown": [response.response_id for response in order], "flag": said.flag, "comment": said.comment, "skip": said.skip}
    if said.skip:
        return shared
    by_id = lambda found: {names[name].response_id: value for name, value in found.items()}  # noqa: E731
    return shared | {
        "ranks": by_id(dense(said.ranks, len(order))),
        "aspects": by_id(marks(said.aspects, names, ask)),
        "corrections": by_id(corrections(said.corrections, names, ask)),
        "spans": by_id({name: [stretch(mark, names[name], ask) for mark in found] for name, found in said.spans.items() if found}),
    }


def dense(ranks: Mapping[str, int], count: int) -> dict[str, int]:
    """Ranks without gaps: 1, 1, 3 is 1, 1, 2. Errors: Wrong where one is missing."""
    if count > 1 and len(ranks) != count:
        raise Wrong(f"{len(ranks)} of {count} responses have a rank")
    steps = sorted(set(ranks.values()))
    return {name: steps.index(rank) + 1 for name, rank in ranks.items()}


def marks(aspects: Mapping[str, Mapping[str, int]], names: Mapping[str, Response], ask: Ask) -> dict[str, dict[str, int]]:
    """Marks of every response by every aspect that is asked. Errors: Wrong."""
    if {name: set(found) for name, found in aspects.items()} != ({name: set(ask.aspects) for name in names} if ask.aspects else {}):
        raise Wrong(f"every response needs a mark for each of: {', '.join(ask.aspects) or 'nothing'}")
    if any(not ask.low <= value <= ask.high for found in aspects.values() for value in found.values()):
        raise Wrong(f"marks go from {ask.low} to {ask.high}")
    return {name: dict(found) for name, found in aspects.items()}


def corrections(found: Mapping[str, str], names: Mapping[str, Response], ask: Ask) -> dict[str, str]:
    """Texts that differ from what was shown. Errors: Wrong where nothing may be corrected, or nothing is left."""
    if found and not ask.correct:
        raise Wrong("responses are not corrected here")
    if any(not text.strip() for text in found.values()):
        raise Wrong("a correction is empty")
    return {name: text for name, text in found.items() if text != names[name].text}


def stretch(mark: Mark, response: Response, ask: Ask) -> dict[str, Any]:
    """A mark that stands where it says. Errors: Wrong."""
    if mark.label not in ask.labels:
        raise Wrong(f"{mark.label!r} is no mark; there are {', '.join(ask.labels) or 'none'}")
    if mark.start >= mark.end or response.text[mark.start : mark.end] != mark.text:
        raise Wrong(f"characters {mark.start} to {mark.end} are not {mark.text[:60]!r}")
    return mark.model_dump()
