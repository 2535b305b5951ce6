"""VLGuard: harmful pictures with one refusal, harmless ones with a safe and an unsafe instruction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, need, optional, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import asked
from veridical.records.formats.pairs import response_text
from veridical.records.formats.pictures import cell, media_of, only_picture
from veridical.records.record import Record, Response, text_parts

ASKED = ("safe_instruction", "unsafe_instruction", "instruction")
TAKEN = ("id", "image", "safe", "harmful_category", "harmful_subcategory", "instr-resp")


def recognise(row: Row, name: str) -> str | None:
    """By its list of instructions with responses."""
    return "field instr-resp beside safe" if {"instr-resp", "safe", "image"} <= set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """A record for every instruction. Tags say whether picture and instruction are safe, then the category of harm."""
    media, safe = media_of(need(row, "image", (str, dict, bytes)), place.root), need(row, "safe", bool)
    items = need(row, "instr-resp", (list, tuple))
    harm = [str(row[name]) for name in ("harmful_category", "harmful_subcategory") if optional(row, name)]
    name, source = place.name(row.get("id")), place.provenance("VLGuard", source_id=str(row.get("id", "")))
    found = []
    for number, item in enumerate(items):
        key = next((one for one in ASKED if isinstance(item, Mapping) and isinstance(item.get(one), str)), None)
        if key is None:
            raise RowError(f"instr-resp.{number}", f"expected {', '.join(ASKED[:2])} or {ASKED[2]} with a response, found {str(item)[:60]!r}")
        gold = Response(response_id="r0", parts=text_parts(response_text(item.get("response"), f"instr-resp.{number}.response")), origin="gold")
        tags = ("safe picture" if safe else "unsafe picture", *([key.replace("_", " ")] if key != "instruction" else []), *harm)
        known = {"tags": tags, "extra": take(row, *TAKEN), "provenance": source}
        known |= {"record_id": name if len(items) == 1 else f"{name}/{number}", "prompt": asked(item[key], media, key)}
        found.append(Record(kind="sft", task="safety", media=media, responses=(gold,), **known))
    if not found:
        raise RowError("instr-resp", "is empty; a row holds one or two instructions")
    return found


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row for the instruction. RowError where the tags do not say whether the picture is safe."""
    picture, tags = only_picture(record), list(record.tags)
    if not tags or tags[0] not in ("safe picture", "unsafe picture"):
        raise RowError("tags", "do not begin with 'safe picture' or 'unsafe picture'; a row of this format says so")
    if not record.responses:
        raise RowError("responses", "none; a row of this format has a response to each instruction")
    key = next((one for one in ASKED[:2] if one.replace("_", " ") in tags), ASKED[2])
    harm = dict(zip(("harmful_category", "harmful_subcategory"), (tag for tag in tags[1:] if tag != key.replace("_", " ")), strict=False))
    item = {key: record.prompt_text, "response": record.responses[0].text}
    yield {"id": record.record_id, "image": cell(picture), "safe": tags[0] == "safe picture", **harm, "instr-resp": [item]}


FORMAT = Format("vlguard", "VLGuard (image, safe, instr-resp)", recognise, read, write, reading_back(read, write), columns=TAKEN, rank=7)
