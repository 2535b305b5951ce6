"""BPO: completions of known making (gold, rewritten, injected, hallucinated), each right or wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from types import MappingProxyType
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked, flat
from veridical.records.formats.pairs import number_of, response_text
from veridical.records.formats.pictures import media_of, one_or_list, shown
from veridical.records.pairing import edits
from veridical.records.record import Pair, Record, Response, text_parts

ORIGINS: Mapping[str, str] = MappingProxyType({"gt": "gold", "gt-rephrased": "rewritten", "llm-hal": "injected", "mllm-hal": "model"})
"""The set's types, and what a record calls them."""
TAKEN = ("id", "prompt", "image", "completions")


def recognise(row: Row, name: str) -> str | None:
    """By completions with score and type."""
    items = row.get("completions")
    told = isinstance(items, (list, tuple)) and bool(items) and all(isinstance(one, Mapping) and {"score", "response", "type"} <= set(one) for one in items)
    return "completions with score, response and type" if told else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: every response is preferred to every one with a lower score."""
    media = media_of(row.get("image"), place.root)
    responses = tuple(response(one, number) for number, one in enumerate(need(row, "completions", (list, tuple))))
    pairs = tuple(
        Pair(chosen=good.response_id, rejected=bad.response_id, margin=good.score - bad.score, rule="score", edits=edits(good.text, bad.text))
        for good, bad in product(responses, responses)
        if good.score > bad.score and good.text.strip() != bad.text.strip()
    )
    if not pairs:
        raise RowError("completions", "hold no two different texts with different scores; there is nothing to prefer")
    known = {"responses": responses, "pairs": pairs, "extra": take(row, *TAKEN), "provenance": place.provenance("BPO")}
    return [Record(record_id=place.name(row.get("id")), media=media, prompt=asked(text_of(row, "prompt"), media, "prompt"), **known)]


def response(item: Any, number: int) -> Response:
    """One completion."""
    where = f"completions.{number}"
    if not isinstance(item, Mapping) or number_of(item.get("score"), f"{where}.score") is None:
        raise RowError(where, f"expected an object with score, response and type, found {str(item)[:60]!r}")
    if str(item.get("type")) not in ORIGINS:
        raise RowError(f"{where}.type", f"expected one of {', '.join(ORIGINS)}, found {item.get('type')!r}")
    return Response(response_id=f"r{number}", parts=text_parts(response_text(item.get("response"), f"{where}.response")), score=item["score"], origin=ORIGINS[item["type"]])


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row. RowError for a response without a score or of another making."""
    names = {origin: name for name, origin in ORIGINS.items()}
    if [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("prompt", "is a conversation; a row of this format asks one question")
    if len(record.responses) < 2 or any(one.score is None or one.origin not in names for one in record.responses):
        raise RowError("responses", f"lack a score or an origin among {', '.join(names)}; a row of this format states both")
    items = [{"score": one.score, "response": one.text, "type": names[one.origin]} for one in record.responses]
    picture = one_or_list(shown(record))
    yield {"id": record.record_id, "prompt": flat(record.prompt[0])} | ({} if picture is None else {"image": picture}) | {"completions": items}


FORMAT = Format("bpo", "BPO (prompt, image, completions with score and type)", recognise, read, write, reading_back(read, write), columns=TAKEN[1:], rank=7)
