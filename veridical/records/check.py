"""What a record must keep to be used: ids are unique and found, edits and spans fit their texts, recipes can be performed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from veridical.records.corrupt import CorruptionError, performable
from veridical.records.pairing import apply_edits
from veridical.records.record import Record, Response, Swap

Fault = tuple[str, str]
"""The field, and what is wrong with it."""


def first_fault(record: Record) -> Fault | None:
    """The first contradiction in a record, or None."""
    return next((fault for rule in RULES for fault in rule(record)), None)


def repeated_ids(record: Record) -> Iterator[Fault]:
    """Ids are unique inside a record."""
    for field, ids in (("media", [one.media_id for one in record.media]), ("responses", [one.response_id for one in record.responses])):
        for name in sorted({one for one in ids if ids.count(one) > 1}):
            yield field, f"the id {name!r} stands twice; ids are unique inside a record"


def unknown_media(record: Record) -> Iterator[Fault]:
    """Every id of a medium is found."""
    known = {one.media_id for one in record.media}
    named = [("prompt", part.media_id) for turn in record.prompt for part in turn.parts if part.type != "text"]
    named += [(f"responses.{one.response_id}", part.media_id) for one in record.responses for part in one.parts if part.type != "text"]
    named += [(f"responses.{one.response_id}.swaps", name) for one in record.responses for swap in one.swaps for name in (swap.from_id, swap.to_id)]
    named += [(f"media.{one.media_id}", name) for one in record.media for name in (one.parent_id, one.other_id) if name]
    for field, name in named:
        if name not in known:
            yield field, f"names the medium {name!r}; the record has {sorted(known) or 'none'}"


def unmade_media(record: Record) -> Iterator[Fault]:
    """A recipe has what it works on, and can be performed."""
    for one in record.media:
        if one.recipe is None:
            continue
        if not one.parent_id or one.parent_id == one.media_id:
            yield f"media.{one.media_id}.parent_id", f"is {one.parent_id!r}; a recipe needs another medium to work on"
        try:
            performable(one.recipe, bool(one.other_id))
        except CorruptionError as error:
            yield f"media.{one.media_id}.recipe", str(error)


def unsaid(record: Record) -> Iterator[Fault]:
    """Somebody asks, and every response says something."""
    if not any(turn.role == "user" for turn in record.prompt):
        yield "prompt", "holds nothing that a user says"
    for one in record.responses:
        if not one.text.strip() and all(part.type == "text" for part in one.parts):
            yield f"responses.{one.response_id}", "is empty"


def broken_pairs(record: Record) -> Iterator[Fault]:
    """A pair names two responses that differ, and its edits turn one into the other."""
    known = {one.response_id: one for one in record.responses}
    for number, pair in enumerate(record.pairs):
        if missing := [name for name in (pair.chosen, pair.rejected) if name not in known]:
            yield f"pairs.{number}", f"names the response {missing[0]!r}; the record has {sorted(known) or 'none'}"
            continue
        chosen, rejected = known[pair.chosen], known[pair.rejected]
        if told(chosen) == told(rejected):
            yield f"pairs.{number}", f"{pair.rejected!r} is equal to {pair.chosen!r}; there is nothing to prefer"
        if pair.edits and apply_edits(rejected.text, chosen.text, pair.edits) != chosen.text:
            yield f"pairs.{number}.edits", "do not turn rejected into chosen; offsets are characters (code points) of the two texts"


def told(one: Response) -> tuple[str, list[str], tuple[Swap, ...]]:
    """What a response says and shows, and which pictures it sees."""
    return one.text, [part.media_id for part in one.parts if part.type != "text"], one.swaps


def broken_spans(record: Record) -> Iterator[Fault]:
    """A span's offsets cut its text out of the response."""
    for one in record.responses:
        for number, span in enumerate(one.spans):
            if not 0 <= span.start <= span.end <= len(one.text) or (span.text and one.text[span.start : span.end] != span.text):
                yield (
                    f"responses.{one.response_id}.spans.{number}",
                    f"[{span.start}, {span.end}) is {one.text[span.start : span.end]!r}, not {span.text!r}; offsets are characters (code points)",
                )


def broken_json(record: Record) -> Iterator[Fault]:
    """What was kept of a source can be read again."""
    try:
        json.loads(record.extra)
    except ValueError as error:
        yield "extra", f"is not JSON ({error})"


RULES: Sequence[Callable[[Record], Iterator[Fault]]] = (repeated_ids, unknown_media, unmade_media, unsaid, broken_pairs, broken_spans, broken_json)
