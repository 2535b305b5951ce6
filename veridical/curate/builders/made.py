"""Pieces that builders put together: a pair of two texts, pictures made worse, prompts asked otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from veridical.grade.judging.inside import values
from veridical.models.shown import media_ids, stable_seed
from veridical.records.pairing import edits
from veridical.records.record import Corruption, Media, Pair, Part, Record, Response, Swap, Turn, text_parts

TWIN = "~"
"""Behind the id of a medium: the one made from it."""


def two(record: Record, chosen: str, rejected: str, rule: str, *, origins: tuple[str, str] = ("model", "model"), swaps: Iterable[Swap] = (), margin: float | None = None, reason: str = "", model: str = "") -> Record:
    """The record with one pair. `swaps` say with which media the rejected response was given, or is to be read."""
    names = [model if origin == "model" else "" for origin in origins]
    responses = (
        Response(response_id="chosen", parts=text_parts(chosen.strip()), origin=origins[0], model=names[0]),
        Response(response_id="rejected", parts=text_parts(rejected.strip()), origin=origins[1], model=names[1], swaps=tuple(swaps)),
    )
    pair = Pair(chosen="chosen", rejected="rejected", rule=rule, margin=margin, rejected_reason=reason, edits=edits(chosen.strip(), rejected.strip()))
    return record.replace(kind="preference", responses=responses, pairs=(pair,))


def gold(record: Record) -> str:
    """The reference response, or "" where there is none."""
    known = [response for response in record.responses if response.origin in ("gold", "human", "corrected")]
    return known[0].text.strip() if known else ""


def worse(record: Record, spec: Mapping[str, Any], seed: int) -> Record:
    """The record with a negative twin of every picture of its prompt, made by a corruption."""
    settings = json.dumps({name: value for name, value in spec.items() if name != "op"}, sort_keys=True)
    made = [
        Media(media_id=name + TWIN, role="negative", parent_id=name, recipe=Corruption(op=spec["op"], seed=stable_seed(seed, record.record_id, name, spec["op"]), params=settings))
        for name in dict.fromkeys(media_ids(record))
    ]
    return record.replace(media=(*record.media, *made))


def twins(record: Record) -> dict[str, str]:
    """Which negative stands for which picture of the prompt."""
    return {medium.parent_id: medium.media_id for medium in record.media if medium.role == "negative"}


def looking(record: Record, other: Mapping[str, str]) -> Record:
    """The record with other media in its prompt's places."""
    turns = [turn.replace(parts=tuple(part.replace(media_id=other.get(part.media_id, part.media_id)) if part.media_id else part for part in turn.parts)) for turn in record.prompt]
    return record.replace(prompt=tuple(turns))


def seen_so(record: Record) -> tuple[Swap, ...]:
    """That a response was given with the negative twins."""
    return tuple(Swap(from_id=own, to_id=other) for own, other in twins(record).items())


def asking(record: Record, text: str, tag: str = "") -> Record:
    """The record with another question in its last turn, the pictures as they were; without responses. `tag` makes its id another one."""
    last = record.prompt[-1]
    turn = Turn(role=last.role, parts=(*(part for part in last.parts if part.type != "text"), Part(text=text)))
    return record.replace(record_id=record.record_id + tag, prompt=(*record.prompt[:-1], turn), responses=(), pairs=())


def without_pictures(record: Record, tag: str = "") -> Record:
    """The same question with nothing to look at."""
    turns = [turn.replace(parts=tuple(part for part in turn.parts if part.type == "text")) for turn in record.prompt]
    return record.replace(record_id=record.record_id + tag, prompt=tuple(turns), media=(), responses=(), pairs=())


def listed(texts: Sequence[str]) -> str:
    """A numbered list."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def sentences(text: str) -> list[str]:
    """A text in sentences."""
    import re

    return [part.strip() for part in re.findall(r"[^.!?\n]+(?:[.!?]+|\n|$)", text) if part.strip()]


def json_of(text: str, wanted: type) -> Any:
    """The last JSON value of the wanted type in a text; None where there is none."""
    return next(reversed(list(values(text, "{" if wanted is dict else "[", nested=False))), None)


def strings(text: str) -> list[str] | None:
    """A JSON list of texts; None where there is none, or it holds something else."""
    found = json_of(text, list)
    return found if found is not None and all(isinstance(one, str) for one in found) else None
