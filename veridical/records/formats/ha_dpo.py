"""HA-DPO's descriptions: a file of Visual Genome ids, each with several right and several hallucinated descriptions; the question is not in it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import KEY, Format, Place, Row, RowError, need, take
from veridical.records.formats.kept import reading_back, written_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import preferred, response_text
from veridical.records.formats.pictures import media_of, only_picture
from veridical.records.formats.sources import genome_number, genome_picture
from veridical.records.pairing import edits
from veridical.records.record import Pair, Record, Response, text_parts

QUESTIONS = (
    "Please describe this picture in detail.", "What can be seen here? Give a detailed description.",
    "Tell me everything that this picture shows.", "Write a detailed description of the picture.",
)  # fmt: skip
"""Ways to ask for a description; the set draws one of four. Which one a record asks depends on its id alone."""
SIDES = ("chosen", "rejected")


def recognise(row: Row, name: str) -> str | None:
    """By lists on both sides under the number of a picture."""
    found = KEY in row and str(row[KEY]).isdigit() and all(isinstance(row.get(side), (list, tuple)) for side in SIDES)
    return "an object of picture numbers with lists of chosen and rejected descriptions" if found else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: every right description is preferred to every hallucinated one; equal texts are one response."""
    number = need(row, KEY)
    media = media_of(genome_picture(number, place.root, KEY), place.root, KEY)
    sides = {side: list(dict.fromkeys(response_text(text, side) for text in need(row, side, (list, tuple)))) for side in SIDES}
    if empty := [side for side, texts in sides.items() if not texts]:
        raise RowError(empty[0], "is an empty list; one description is needed on either side")
    if both := set(sides["chosen"]) & set(sides["rejected"]):
        raise RowError("rejected", f"holds a text that is chosen as well: {both.pop()[:60]!r}")
    responses = {side: [described(side, order, text) for order, text in enumerate(texts)] for side, texts in sides.items()}
    pairs = tuple(
        Pair(chosen=good.response_id, rejected=bad.response_id, rule="cross_product", edits=edits(good.text, bad.text))
        for good in responses["chosen"]
        for bad in responses["rejected"]
    )
    which = question_of(number)
    source = place.provenance("HA-DPO", source_id=number, steps=(f"question {which} of {len(QUESTIONS)}",))
    known = {"responses": (*responses["chosen"], *responses["rejected"]), "pairs": pairs, "provenance": source, "extra": take(row, KEY, *SIDES)}
    return [Record(record_id=place.name(number), task="description", media=media, prompt=asked(QUESTIONS[which], media, KEY), **known)]


def question_of(number: str) -> int:
    """Which question a picture is asked."""
    return zlib.crc32(str(number).encode(errors="replace")) % len(QUESTIONS)


def described(side: str, order: int, text: str) -> Response:
    """One description; both sides were rewritten in one style."""
    return Response(response_id=f"{side}{order}", parts=text_parts(text), origin="rewritten", label=int(side == "chosen"))


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One named row. RowError where the prompt is another one, or the pairs are not every chosen text against every rejected one."""
    number = genome_number(only_picture(record))
    found = list(preferred(record))
    good, bad = (list(dict.fromkeys(two[place].text for two in found)) for place in (1, 2))
    if {(chosen.text, rejected.text) for _, chosen, rejected, _ in found} != {(one, other) for one in good for other in bad}:
        raise RowError("pairs", "do not prefer every chosen text to every rejected one; a row of this format means that")
    row = {KEY: number, "chosen": good, "rejected": bad}
    if record.prompt_text != QUESTIONS[question_of(number)]:
        written_back(read, [row], record)
    yield row


FORMAT = Format(
    "ha_dpo", "HA-DPO descriptions (an object of Visual Genome ids with lists chosen, rejected)", recognise, read, write, reading_back(read, write),
    columns=(KEY, *SIDES), rank=7,
)  # fmt: skip
