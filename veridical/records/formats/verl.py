"""verl, PRIME and DAPO: a chat prompt with what its reward is computed from, and the data set that says how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from veridical.records.formats.chat_answers import answer_text, from_messages
from veridical.records.formats.format import Format, Place, Row, take
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import flat
from veridical.records.formats.pictures import columns_of
from veridical.records.record import Record

if TYPE_CHECKING:
    from datasets import Features

TAKEN = ("data_source", "prompt", "images", "image", "videos", "video", "ability", "reward_model")


def recognise(row: Row, name: str) -> str | None:
    """By its reward."""
    told = isinstance(row.get("reward_model"), Mapping) and "ground_truth" in row["reward_model"] and row.get("prompt")
    return "columns prompt and reward_model with ground_truth" if told else None


def read(row: Row, place: Place) -> list[Record]:
    """One prompt with its answer; the way to check it (`style`) is kept where it is not a rule."""
    turns, media, answer = from_messages(row, place)
    rest = {name: value for name, value in row["reward_model"].items() if name != "ground_truth" and (name, value) != ("style", "rule")}
    row, taken = (row | {"reward_model": rest}, TAKEN[:-1]) if rest else (row, TAKEN)
    known = {"task": str(row.get("ability") or ""), "extra": take(row, *taken)}
    return [Record(record_id=place.name(), kind="prompt_only", media=media, prompt=turns, answer=answer, provenance=place.provenance(str(row.get("data_source") or "")), **known)]


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row whose reward is a rule."""
    prompt = [{"role": turn.role, "content": flat(turn)} for turn in record.prompt]
    media = {name: items for name, items in columns_of(record, image="images", video="videos").items() if items}
    reward = {"style": "rule", "ground_truth": answer_text(record)}
    yield {"data_source": record.provenance.dataset, "prompt": prompt, **media, "ability": record.task, "reward_model": reward}


def features() -> Features:
    """The usual columns."""
    from datasets import Features, Image, List, Value, Video

    texts = {name: Value("string") for name in ("data_source", "ability")}
    columns = {"prompt": List({"role": Value("string"), "content": Value("string")}), "images": List(Image()), "videos": List(Video())}
    return Features(texts | columns | {"reward_model": {"style": Value("string"), "ground_truth": Value("string")}})


FORMAT = Format(
    "verl", "verl, PRIME, DAPO (data_source, prompt, images, videos, ability, reward_model)", recognise, read, write, reading_back(read, write),
    columns=("data_source", "prompt", "images", "ability", "reward_model"), features=features, rank=7, container="parquet",
)  # fmt: skip
