"""Questions without their pictures: what a model still answers right, it knew, guessed, or had seen in training."""

from __future__ import annotations

from veridical.records.record import Record

SUFFIX = "-blind"
"""Behind the name of a result whose questions were asked without pictures."""


def blinded(record: Record) -> Record:
    """The record's words alone."""
    turns = tuple(turn.replace(parts=tuple(part for part in turn.parts if part.type == "text")) for turn in record.prompt)
    return record.replace(media=(), prompt=turns)
