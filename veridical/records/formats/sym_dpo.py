"""SymDPO: demonstrations with symbols for answers, then the question; only the pictures tell which symbol is meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked, flat
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import media_of, one_or_list, shown
from veridical.records.record import Answer, Record

TAKEN = ("id", "image", "context", "prompt", "answer", "chosen", "rejected")


def recognise(row: Row, name: str) -> str | None:
    """By its demonstrations."""
    return "columns context, prompt, chosen and rejected" if all(isinstance(row.get(key), str) for key in ("context", "prompt", "chosen", "rejected")) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record that asks `context` and `prompt` together; the symbol is its answer."""
    media = media_of(need(row, "image", (str, list, tuple, dict, bytes)), place.root)
    responses, pairs = responses_pair(row.get("chosen"), row.get("rejected"))
    symbol = optional(row, "answer")
    known = {"answer": None if symbol is None else Answer(type="exact", value=symbol), "extra": take(row, *TAKEN), "provenance": place.provenance("SymDPO")}
    prompt = asked(need(row, "context") + text_of(row, "prompt"), media, "prompt")
    return [Record(record_id=place.name(row.get("id")), media=media, prompt=prompt, responses=responses, pairs=pairs, **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair: what stands before the last picture's mark is the context."""
    if [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("prompt", "is a conversation; a row of this format asks one question")
    picture, text = one_or_list(shown(record)), flat(record.prompt[0])
    if picture is None:
        raise RowError("media", "no picture; a row of this format has one or more")
    cut = max(0, text.rfind("<image>")) if text[text.rfind("<image>") :].removeprefix("<image>").strip() else 0
    answer = {} if record.answer is None else {"answer": record.answer.value}
    for name, chosen, rejected, _ in preferred(record):
        yield {"id": name, "image": picture, "context": text[:cut], "prompt": text[cut:], **answer, "chosen": chosen.text, "rejected": rejected.text}


FORMAT = Format(
    "sym_dpo", "SymDPO (context with demonstrations, prompt, answer, chosen, rejected)", recognise, read, write, reading_back(read, write),
    columns=("image", "context", "prompt", "chosen", "rejected"), rank=6,
)  # fmt: skip
