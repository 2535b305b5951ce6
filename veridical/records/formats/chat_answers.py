"""Conversations with a verifiable answer, as the formats of LMM-R1, MM-Eureka, verl and VLM-R1 share them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from veridical.records.formats.answers import answer_of, chosen, given, typed
from veridical.records.formats.format import Place, Row, RowError, first_of, need
from veridical.records.formats.marks import turns_of as marked_turns
from veridical.records.formats.pictures import media_of
from veridical.records.formats.trl import inline, messages_of, turns_of
from veridical.records.record import Answer, Media, Record, Turn

METHODS = {
    "mcq": "choice",
    "yes_no": "yes_no",
    "llm": "judge",
    "math": "math",
    "all_match": "exact",
    "weighted_sum": "boxes",
    "od_ap": "boxes",
    "od_ap50": "boxes",
    "odLength": "boxes",
    "map": "boxes",
}
"""VLM-R1's ways to compare answers, and the type of answer that each means."""


def conversation_of(row: Row) -> Sequence[Any]:
    """Turns that are objects, or nothing."""
    turns = row.get("conversations")
    return turns if isinstance(turns, (list, tuple)) and turns and all(isinstance(one, Mapping) for one in turns) else ()


def from_messages(row: Row, place: Place) -> tuple[tuple[Turn, ...], tuple[Media, ...], Answer]:
    """Messages of OpenAI's kind; their pictures stand in them, or in a column."""
    name, value = first_of(row, "message", "prompt", "conversations")
    messages = messages_of(parsed(value, name) if name == "message" else value, name)
    column, pictures = first_of(row, "images", "image", "image_urls")
    media = media_of(pictures if pictures is not None else inline(messages), place.root, column)
    if (film := first_of(row, "videos", "video")[1]) is not None:
        media = (*media, *media_of(film, place.root, "videos", len(media), kind="video"))
        return marked_turns([(one["role"], plain(one, name)) for one in messages], media, name), media, stated(row)
    return turns_of(messages, media), media, stated(row)


def plain(message: Mapping[str, Any], name: str) -> str:
    """A message's text. RowError where it is in parts: then nothing says which part shows which video."""
    if not isinstance(message["content"], str):
        raise RowError(name, "has typed parts beside a column of videos; write the text with <video> marks")
    return message["content"]


def stated(row: Row) -> Answer:
    """The answer of a row. R1-Reward's is a list of one; verl's stands in `reward_model`."""
    value: Any = row["reward_model"].get("ground_truth") if isinstance(row.get("reward_model"), Mapping) else row.get("answer")
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if not isinstance(value, (str, int, float)):
        raise RowError("answer", f"expected one text or number, found {str(value)[:60]!r}")
    return answer_of(value, ())


def parsed(text: Any, name: str) -> Any:
    """Messages that are written as JSON."""
    if not isinstance(text, str):
        raise RowError(name, f"expected messages as JSON in a text, found {type(text).__name__}")
    try:
        return json.loads(text)
    except ValueError as error:
        raise RowError(name, f"is not JSON ({error})") from error


def from_conversations(row: Row, place: Place) -> tuple[tuple[Turn, ...], tuple[Media, ...], Answer]:
    """VLM-R1's turns: what gpt says last is the answer."""
    turns = need(row, "conversations", (list, tuple))
    column, pictures = first_of(row, "images", "image")
    media = media_of(pictures, place.root, column)
    roles = {"human": "user", "gpt": "assistant", "system": "system"}
    if not turns or any(not isinstance(one, Mapping) or str(one.get("from")) not in roles for one in turns) or turns[-1]["from"] != "gpt" or turns[-1].get("value") is None:
        raise RowError("conversations", "expected turns from human and gpt that end with the answer of gpt")
    said = [(roles[one["from"]], given(one.get("value"))) for one in turns]
    return marked_turns(said[:-1], media, "conversations"), media, of_method(said[-1][1], str(row.get("accu_reward_method") or ""))


def of_method(text: str, method: str) -> Answer:
    """An answer of the type that the way to compare it says, else of the type that it has."""
    wanted = METHODS.get(method)
    if not text.strip():
        raise RowError("conversations", "the answer is empty")
    return chosen(text) if wanted == "choice" else Answer(type=wanted, value=text.strip()) if wanted else typed(text.strip())


def answer_text(record: Record) -> str:
    """The answer as a row states it. RowError without one: these rows are for verifiable rewards."""
    if record.answer is None:
        raise RowError("answer", "missing; a row of this format has one")
    return record.answer.value
