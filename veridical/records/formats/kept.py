"""What a row keeps of a record: it is read again, and what is told then is compared with what was told before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from veridical.records.formats.format import Place, Row, RowError
from veridical.records.formats.pairs import BEYOND
from veridical.records.record import Media, Pair, Provenance, Record, Response

Told = Callable[[Record], Iterable[Any]]
"""What a record tells of one thing, as values that can be compared; rows of one record tell it together."""
ENDING = {"image": ".png", "video": ".mp4", "frames": "", "audio": ".wav"}


def reading_back(read: Callable[[Row, Place], list[Record]], write: Callable[[Record], Iterable[Row]]) -> Callable[[Record], Sequence[str]]:
    """A format's losses: what is told no more when the rows of a record are read again."""

    def losses(record: Record) -> Sequence[str]:
        """By name."""
        record = bare(record)
        again = [one for place, row in enumerate(write(record)) for one in read(row, Place("", place, Path("/")))]
        return not_kept(record, again)

    return losses


def written_back(read: Callable[[Row, Place], list[Record]], rows: Iterable[Row], record: Record) -> None:
    """RowError when what is asked would be another question after reading: a format whose rows do not state the prompt."""
    again = [one for row in rows for one in read(row, Place("", 0, Path("/")))]
    if tells("prompt", again) != tells("prompt", [record]):
        raise RowError("prompt", "is not the question that a row of this format stands for")


def bare(record: Record) -> Record:
    """The record with its media as if they were files with names of their own: nothing has to be opened to compare."""
    stems = [Path(one.path).stem for one in record.media]
    named = enumerate(zip(stems, record.media, strict=True))
    paths = [str(Path("/", one.path)) if stem and stems.count(stem) == 1 else f"/m{place}{ENDING[one.kind]}" for place, (stem, one) in named]
    return record.replace(media=tuple(one.replace(data=None, recipe=None, sha256="", path=path) for path, one in zip(paths, record.media, strict=True)))


def not_kept(record: Record, again: Sequence[Record]) -> Sequence[str]:
    """What the record tells and these records do not."""
    return [name for name in TOLD if has(name, record) and tells(name, [record]) != tells(name, again)]


def has(name: str, record: Record) -> bool:
    """Whether the record carries this at all."""
    return BEYOND[name](record) if name in BEYOND else bool(tells(name, [record]))


def tells(name: str, records: Sequence[Record]) -> set[Any]:
    """What records tell of one thing together."""
    return {"several"} if name == ALONE and len(records) > 1 else {value for record in records for value in TOLD[name](record)}


def sides(record: Record, relation: str, value: Callable[[Pair], Any]) -> Iterable[Any]:
    """A value of every pair of a relation, with the two texts; in a tie neither comes first."""
    for pair in record.pairs:
        if pair.relation == relation:
            texts = (record.response(pair.chosen).text, record.response(pair.rejected).text)
            yield (texts if relation == ">" else tuple(sorted(texts)), value(pair))


def of_responses(value: Callable[[Response], Any]) -> Told:
    """A value of every response that has one, with its text."""
    return lambda record: [(one.text, value(one)) for one in record.responses if value(one) not in (None, "", ())]


def of_pairs(value: Callable[[Pair], Any]) -> Told:
    """A value of every pair that prefers one."""
    return lambda record: sides(record, ">", value)


def name_of(medium: Media) -> str:
    """A medium's name, whatever folder and ending a format gives it."""
    return Path(medium.path).stem


def places(record: Record) -> tuple[Any, ...]:
    """Every turn's parts in order; texts that touch are one, and spaces at their ends say nothing."""
    found = []
    for turn in record.prompt:
        parts: list[Any] = []
        for part in turn.parts:
            if part.type == "text" and parts and isinstance(parts[-1], str):
                parts[-1] += part.text
            elif part.type != "text" or part.text:
                parts.append(part.text if part.type == "text" else (part.type, name_of(record.medium(part.media_id))))
        found.append((turn.role, tuple(part.strip() if isinstance(part, str) else part for part in parts)))
    return tuple(found)


def pictured(record: Record) -> tuple[str, ...]:
    """Media of the prompt in order."""
    return tuple(name_of(record.medium(part.media_id)) for turn in record.prompt for part in turn.parts if part.type != "text")


def swapped(record: Record) -> Iterable[Any]:
    """Responses with other pictures."""
    for one in record.responses:
        if one.swaps:
            yield one.text, tuple((name_of(record.medium(swap.from_id)), name_of(record.medium(swap.to_id))) for swap in one.swaps)


ALONE = "one record for several pairs"
TOLD: Mapping[str, Told] = MappingProxyType({
    "prompt": lambda record: [record.prompt_text.strip()],
    "media": lambda record: [tuple(sorted(pictured(record)))],
    "responses": lambda record: ["some"] if record.responses else [],
    "responses outside the pairs": lambda record: [one.text for one in record.responses],
    "pairs": lambda record: sides(record, ">", lambda pair: 0),
    ALONE: lambda record: ["one"],
    "ties": lambda record: sides(record, "=", lambda pair: 0),
    "margins": lambda record: [one for one in sides(record, ">", lambda pair: pair.margin) if one[1] is not None],
    "weights of pairs": of_pairs(lambda pair: pair.weight),
    "reasons": of_pairs(lambda pair: (pair.chosen_reason, pair.rejected_reason)),
    "several pictures": lambda record: [pictured(record)],
    "places of pictures in the text": lambda record: [places(record)],
    "earlier turns": lambda record: [tuple((turn.role, turn.text.strip()) for turn in record.prompt)],
    "loss flags of turns": lambda record: [tuple(turn.loss for turn in record.prompt)],
    "other pictures of a response": swapped,
    "pictures outside the prompt": lambda record: [name_of(one) for one in record.media],
    "scores": of_responses(lambda one: one.score), "ranks": of_responses(lambda one: one.rank), "labels": of_responses(lambda one: one.label),
    "aspects": of_responses(lambda one: one.aspects), "claims": of_responses(lambda one: one.claims), "spans": of_responses(lambda one: one.spans),
    "critiques": of_responses(lambda one: one.critique), "models": of_responses(lambda one: one.model), "origins": of_responses(lambda one: one.origin),
    "answers of responses": of_responses(lambda one: one.answer), "correctness": of_responses(lambda one: one.correct),
    "answer": lambda record: [record.answer] if record.answer else [],
    "facts": lambda record: [(fact.kind, fact.text) for fact in record.facts],
    "task, tags and split": lambda record: [(record.task, record.tags, record.split)],
    "provenance": lambda record: [record.provenance.replace(file="", index=-1, source_id="")] if record.provenance.replace(file="", index=-1, source_id="") != Provenance() else [],
    "unread columns": lambda record: [record.extra] if record.extra not in ("", "{}") else [],
})  # fmt: skip
"""What a record may tell."""
