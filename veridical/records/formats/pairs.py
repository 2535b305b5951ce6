"""Two responses of which one is preferred: read with checks, written one row per pair, and what a row has no place for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from veridical.records.formats.format import RowError
from veridical.records.formats.marks import without_marks
from veridical.records.formats.pictures import all_shown
from veridical.records.pairing import edits
from veridical.records.record import Pair, Provenance, Record, Response, text_parts


def response_text(value: Any, name: str) -> str:
    """The text of a response. RowError when it is empty, no text, or has picture marks."""
    if not isinstance(value, str):
        raise RowError(name, f"expected text, found {type(value).__name__}")
    if not value.strip():
        raise RowError(name, "is empty")
    return without_marks(value, name)


def responses_pair(chosen: Any, rejected: Any, names: tuple[str, str] = ("chosen", "rejected"), **extra: Any) -> tuple[tuple[Response, ...], tuple[Pair, ...]]:
    """Two responses and their pair, with the full difference. RowError when they do not differ or one is empty."""
    texts = [response_text(value, name) for value, name in zip((chosen, rejected), names, strict=True)]
    if texts[0].strip() == texts[1].strip():
        raise RowError(names[1], f"is equal to {names[0]}; there is nothing to prefer")
    responses = tuple(Response(response_id=name, parts=text_parts(text)) for name, text in zip(("chosen", "rejected"), texts, strict=True))
    return responses, (Pair(chosen="chosen", rejected="rejected", edits=edits(*texts), **extra),)


def number_of(value: Any, name: str) -> float | None:
    """A number or nothing. RowError otherwise."""
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise RowError(name, f"expected a number, found {type(value).__name__}: {str(value)[:60]!r}")


def preferred(record: Record, by_picture: bool = False) -> Iterator[tuple[str, Response, Response, Pair]]:
    """Every pair that prefers one, with an id for its row.

    Errors: RowError when the record has none, and for two equal texts that differ in their pictures unless the row has them (`by_picture`).
    """
    pairs = [pair for pair in record.pairs if pair.relation == ">"]
    if not pairs:
        raise RowError("pairs", "no pair that prefers one response; a row of this format is a pair")
    if not by_picture and any(record.response(pair.chosen).text.strip() == record.response(pair.rejected).text.strip() for pair in pairs):
        raise RowError("pairs", "prefer a picture and not a text; a row of this format shows both texts the same pictures")
    for number, pair in enumerate(pairs):
        name = record.record_id if len(pairs) == 1 else f"{record.record_id}/{number}"
        yield name, record.response(pair.chosen), record.response(pair.rejected), pair


def unpaired(record: Record) -> Sequence[Response]:
    """Responses that rows without pairs show: every one that has a label, else the first."""
    return [response for response in record.responses if response.label is not None] or record.responses[:1]


def in_pairs(record: Record) -> set[str]:
    """Ids of the responses that rows of pairs show; of the first response where there is no pair."""
    found = {name for pair in record.pairs if pair.relation == ">" for name in (pair.chosen, pair.rejected)}
    return found or {response.response_id for response in record.responses[:1]}


def some(name: str) -> Callable[[Record], bool]:
    """Whether any response has this field."""
    return lambda record: any(getattr(response, name) not in (None, "", ()) for response in record.responses)


def unseen_media(record: Record) -> bool:
    """Whether there are media that neither the prompt nor a response shows."""
    seen = {one.media_id for one in all_shown(record)} | {swap.to_id for response in record.responses for swap in response.swaps}
    return any(medium.media_id not in seen for medium in record.media)


def pictures_after_text(record: Record) -> bool:
    """Whether a medium stands anywhere but in front of the text."""
    kinds = [part.type for turn in record.prompt for part in turn.parts]
    return any(kind != "text" for kind in kinds[kinds.index("text") :]) if "text" in kinds else False


BEYOND: Mapping[str, Callable[[Record], bool]] = MappingProxyType({
    "responses outside the pairs": lambda record: any(response.response_id not in in_pairs(record) for response in record.responses),
    "pairs": lambda record: bool(record.pairs),
    "one record for several pairs": lambda record: sum(pair.relation == ">" for pair in record.pairs) > 1,
    "ties": lambda record: any(pair.relation == "=" for pair in record.pairs),
    "margins": lambda record: any(pair.margin is not None for pair in record.pairs),
    "weights of pairs": lambda record: any(pair.weight != 1 for pair in record.pairs),
    "reasons": lambda record: any(pair.chosen_reason or pair.rejected_reason for pair in record.pairs),
    "several pictures": lambda record: len(all_shown(record)) > 1,
    "places of pictures in the text": pictures_after_text,
    "earlier turns": lambda record: len(record.prompt) > 1,
    "loss flags of turns": lambda record: any(turn.loss is not None for turn in record.prompt),
    "other pictures of a response": some("swaps"),
    "pictures outside the prompt": unseen_media,
    "scores": some("score"), "ranks": some("rank"), "labels": some("label"), "aspects": some("aspects"), "claims": some("claims"), "spans": some("spans"),
    "critiques": some("critique"), "models": some("model"), "origins": some("origin"), "answers of responses": some("answer"), "correctness": some("correct"),
    "answer": lambda record: record.answer is not None,
    "facts": lambda record: bool(record.facts),
    "task, tags and split": lambda record: bool(record.task or record.tags or record.split),
    "provenance": lambda record: record.provenance.replace(file="", index=-1, source_id="") != Provenance(),
    "unread columns": lambda record: record.extra not in ("", "{}"),
})  # fmt: skip
"""What a record may carry beyond a prompt and its responses' texts."""


def lost(record: Record, *kept: str) -> Sequence[str]:
    """What the record carries that a format which keeps only `kept` has no place for."""
    return [name for name, has in BEYOND.items() if name not in kept and has(record)]
