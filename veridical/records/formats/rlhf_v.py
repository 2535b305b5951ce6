"""RLHF-V-Dataset: Parquet with a JSON text column; older revisions as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_pair, media_of, need, pair_losses, parts_of, responses_pair, shown, text_of
from veridical.records.record import Record, Turn


def recognise(row: Row, name: str) -> str | None:
    """By its JSON text column beside a data set name."""
    if {"ds_name", "text"} <= set(row) or {"dataset_name", "text"} <= set(row):
        return "columns ds_name and text (JSON with question, chosen, rejected)"
    return None


def read(row: Row, place: Place) -> list[Record]:
    """One record: the corrected answer is preferred to the model's."""
    text = need(row, "text", (str, dict))
    try:
        inner = json.loads(text) if isinstance(text, str) else text
    except ValueError as error:
        raise RowError("text", f"is not JSON ({error})") from error
    if not isinstance(inner, dict):
        raise RowError("text", f"expected a JSON object, found {type(inner).__name__}")
    media = media_of(row.get("image") if row.get("image") is not None else need(row, "image_path"), place.root)
    question = text_of(inner, "question")
    responses, pairs = responses_pair(inner.get("chosen", ""), inner.get("rejected", ""))
    corrected = (responses[0].replace(origin="corrected"), responses[1].replace(origin="model"))
    source = place.provenance("RLHF-V", source_id=str(row.get("idx", "")), origin_dataset=str(row.get("origin_dataset") or ""), origin_split=str(row.get("origin_split") or ""))
    turns = (Turn(role="user", parts=parts_of(question, media, "text.question")),)
    return [Record(record_id=place.name(row.get("idx")), media=media, prompt=turns, responses=corrected, pairs=pairs, provenance=source)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row; the picture embedded when it is bytes, else by its path."""
    pair = first_pair(record)
    if pair is None or len(shown(record)) != 1:
        return
    picture = shown(record)[0]
    text = {"question": record.prompt_text, "chosen": pair[0].text, "rejected": pair[1].text}
    yield {
        "ds_name": record.provenance.dataset or "veridical", "image": {"bytes": picture.data, "path": picture.path or None},
        "text": json.dumps(text, ensure_ascii=False), "origin_dataset": record.provenance.origin_dataset,
        "origin_split": record.provenance.origin_split, "idx": max(record.provenance.index, 0), "image_path": picture.path,
    }  # fmt: skip


def losses(record: Record) -> list[str]:
    """One picture, one turn, one pair."""
    lost = pair_losses(record)
    if len(shown(record)) != 1:
        lost.append("records without exactly one picture")
    return [*lost, *(["earlier turns"] if len(record.prompt) > 1 else [])]


FORMAT = Format("rlhf_v", "RLHF-V-Dataset (ds_name, image, text)", recognise, read, write, losses, rank=6, container="parquet")
