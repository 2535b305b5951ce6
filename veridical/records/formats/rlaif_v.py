"""RLAIF-V-Dataset: Parquet with question, chosen and rejected in columns of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, first_pair, media_of, need, parts_of, responses_pair, shown, text_of
from veridical.records.formats.rlhf_v import losses
from veridical.records.record import Record, Turn


def recognise(row: Row, name: str) -> str | None:
    """By its columns."""
    if {"question", "chosen", "rejected", "image"} <= set(row) and ("ds_name" in row or "origin_dataset" in row):
        return "columns ds_name, question, chosen, rejected and image"
    return None


def read(row: Row, place: Place) -> list[Record]:
    """One record with two model answers."""
    media = media_of(need(row, "image", (str, dict, bytes)), place.root)
    responses, pairs = responses_pair(row.get("chosen") or "", row.get("rejected") or "")
    source = place.provenance("RLAIF-V", source_id=str(row.get("idx", "")), origin_dataset=str(row.get("origin_dataset") or ""), origin_split=str(row.get("origin_split") or ""))
    turns = (Turn(role="user", parts=parts_of(text_of(row, "question"), media, "question")),)
    both = tuple(response.replace(origin="model") for response in responses)
    return [Record(record_id=place.name(row.get("idx")), media=media, prompt=turns, responses=both, pairs=pairs, provenance=source)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row; `idx` is text here."""
    pair = first_pair(record)
    if pair is None or len(shown(record)) != 1:
        return
    picture = shown(record)[0]
    yield {
        "ds_name": record.provenance.dataset or "veridical", "image": {"bytes": picture.data, "path": picture.path or None},
        "question": record.prompt_text, "chosen": pair[0].text, "rejected": pair[1].text, "origin_dataset": record.provenance.origin_dataset,
        "origin_split": record.provenance.origin_split, "idx": record.record_id, "image_path": picture.path,
    }  # fmt: skip


FORMAT = Format("rlaif_v", "RLAIF-V-Dataset (ds_name, image, question, chosen, rejected)", recognise, read, write, losses, rank=6, container="parquet")
