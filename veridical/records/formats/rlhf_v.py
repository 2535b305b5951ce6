"""RLHF-V-Dataset: Parquet with a JSON text column; older revisions as JSON lines with encoded fields."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import Format, Place, Row, RowError, as_text, first_of, need, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import parts_of
from veridical.records.formats.pairs import preferred, responses_pair
from veridical.records.formats.pictures import cell, media_of, only_picture
from veridical.records.record import Media, Record, Turn

if TYPE_CHECKING:
    from datasets import Features

TAKEN = ("ds_name", "dataset_name", "image", "text", "origin_dataset", "origin_split", "idx", "image_path")


def recognise(row: Row, name: str) -> str | None:
    """By its JSON text column beside a data set name."""
    found = next((key for key in ("ds_name", "dataset_name") if key in row and "text" in row), None)
    return f"columns {found} and text (JSON with question, chosen, rejected)" if found else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: the corrected answer is preferred to the model's."""
    inner = inner_of(need(row, "text", (str, dict)))
    media = picture_of(row, place)
    responses, pairs = responses_pair(inner.get("chosen"), inner.get("rejected"), ("text.chosen", "text.rejected"))
    made = split_of(row.get("origin_split"))
    known = {key: value for key, value in inner.items() if key not in ("question", "chosen", "rejected")}
    source = place.provenance(
        str(row.get("ds_name") or row.get("dataset_name") or "RLHF-V"),
        named=bool(row.get("ds_name") or row.get("dataset_name")),
        source_id=str(row.get("idx", "")),
        origin_dataset=str(row.get("origin_dataset") or ""),
        origin_split=as_text(row.get("origin_split")),
    )
    return [Record(
        record_id=place.name(row.get("idx")), task=str(made.get("type") or ""), media=media,
        prompt=(Turn(role="user", parts=parts_of(text_of(inner, "question"), media, "text.question")),),
        responses=(responses[0].replace(origin="corrected"), responses[1].replace(origin="model", model=str(made.get("model") or ""))),
        pairs=pairs, provenance=source, extra=take({**row, **({"text": known} if known else {})}, *(name for name in TAKEN if name != "text" or not known)),
    )]  # fmt: skip


def inner_of(text: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """The object in the text column. RowError where there is none."""
    try:
        inner = json.loads(text) if isinstance(text, str) else text
    except ValueError as error:
        raise RowError("text", f"is not JSON ({error})") from error
    if not isinstance(inner, Mapping):
        raise RowError("text", f"expected a JSON object, found {type(inner).__name__}")
    return inner


def picture_of(row: Row, place: Place) -> tuple[Media, ...]:
    """The row's one picture: embedded with its name beside it, or by its path."""
    name, value = first_of(row, "image", "image_path")
    if value is None:
        raise RowError("image", f"missing; the row has {sorted(row)}")
    if isinstance(value, (list, tuple)):
        raise RowError(name, f"expected one picture, found a list of {len(value)}")
    if isinstance(value, Mapping) and value.get("bytes") is None and row.get("image_path"):
        name, value = "image_path", row["image_path"]
    media = media_of(value, place.root, name)
    return tuple(one.replace(path=str(row["image_path"])) if one.data is not None and not one.path and row.get("image_path") else one for one in media)


def split_of(text: Any) -> Mapping[str, Any]:
    """What `origin_split` says of model and kind of question: JSON, or JSON in base64 (older revisions); empty where it is neither."""
    if not isinstance(text, str):
        return text if isinstance(text, Mapping) else {}
    for written in (lambda: text, lambda: base64.b64decode(text, validate=True).decode()):
        try:
            found = json.loads(written())
        except ValueError:
            continue
        return found if isinstance(found, Mapping) else {}
    return {}


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair. `idx` is a number here: the record's id where it is one, else its place in the file it came from."""
    picture, source = only_picture(record), record.provenance
    for name, chosen, rejected, _ in preferred(record):
        text = {"question": record.prompt_text, "chosen": chosen.text, "rejected": rejected.text}
        yield {
            "ds_name": source.dataset or "veridical", "image": cell(picture), "text": json.dumps(text, ensure_ascii=False), "origin_dataset": source.origin_dataset,
            "origin_split": split_text(record, rejected.model), "idx": int(name) if name.isdigit() else max(source.index, 0), "image_path": picture.path,
        }  # fmt: skip


def split_text(record: Record, model: str) -> str:
    """The origin as it was read, else what the record knows of it."""
    known = {name: value for name, value in (("model", model), ("type", record.task)) if value}
    return record.provenance.origin_split or (json.dumps(known) if known else "")


def features() -> Features:
    """The published columns."""
    from datasets import Features, Image, Value

    return Features({
        "ds_name": Value("string"), "image": Image(), "text": Value("string"), "origin_dataset": Value("string"),
        "origin_split": Value("string"), "idx": Value("int64"), "image_path": Value("string"),
    })  # fmt: skip


FORMAT = Format(
    "rlhf_v", "RLHF-V-Dataset (ds_name, image, text)", recognise, read, write, reading_back(read, write),
    columns=("ds_name", "image", "text", "origin_split", "idx", "image_path"), features=features, rank=6, container="parquet",
)  # fmt: skip
