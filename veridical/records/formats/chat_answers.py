"""Conversations with a verifiable answer.

LMM-R1, MM-Eureka and R1-Reward keep messages as a JSON string; verl, PRIME and DAPO have `prompt` and `reward_model`; VLM-R1 has
`conversations` and, in some files, `accu_reward_method`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from veridical.records.formats.answers import answer_of, chosen, given, typed
from veridical.records.formats.format import Format, Place, Row, RowError, first_of, need, take
from veridical.records.formats.marks import turns_of as marked_turns
from veridical.records.formats.pictures import media_of
from veridical.records.formats.trl import inline, messages_of, turns_of
from veridical.records.record import Answer, Media, Record, Turn

TAKEN = ("id", "message", "conversations", "prompt", "answer", "question", "reward_model", "image", "images", "image_urls", "data_source", "ability", "accu_reward_method")
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


def recognise(row: Row, name: str) -> str | None:
    """By the column that holds the conversation and the one that holds the answer."""
    if isinstance(row.get("message"), str) and row.get("answer") is not None and row["message"].lstrip()[:1] in "[{":
        return "columns message (JSON) and answer"
    if isinstance(row.get("reward_model"), Mapping) and "ground_truth" in row["reward_model"] and row.get("prompt"):
        return "columns prompt and reward_model with ground_truth"
    turns = row.get("conversations")
    if not isinstance(turns, (list, tuple)) or not turns or not isinstance(turns[0], Mapping):
        return None
    if "image_urls" in row and row.get("answer") is not None:
        return "columns conversations, image_urls and answer"
    last = turns[-1].get("value")
    counts = "accu_reward_method" in row or (turns[-1].get("from") == "gpt" and last is not None and not isinstance(last, str))
    return "conversations whose last turn is a verifiable answer" if counts else None


def read(row: Row, place: Place) -> list[Record]:
    """One prompt with its answer."""
    turns, media, answer = from_conversations(row, place) if "conversations" in row and "answer" not in row else from_messages(row, place)
    known = {"task": str(row.get("ability") or row.get("accu_reward_method") or ""), "extra": take(row, *TAKEN)}
    source = place.provenance(str(row.get("data_source") or ""), source_id=str(row.get("id", "")))
    return [Record(record_id=place.name(row.get("id")), kind="prompt_only", media=media, prompt=turns, answer=answer, provenance=source, **known)]


def from_messages(row: Row, place: Place) -> tuple[tuple[Turn, ...], tuple[Media, ...], Answer]:
    """Messages of OpenAI's kind; their pictures stand in them, or in a column."""
    name, value = first_of(row, "message", "prompt", "conversations")
    messages = messages_of(parsed(value, name) if name == "message" else value, name)
    column, pictures = first_of(row, "images", "image", "image_urls")
    media = media_of(pictures if pictures is not None else inline(messages), place.root, column)
    return turns_of(messages, media), media, stated(row)


def stated(row: Row) -> Answer:
    """The answer of a row. R1-Reward's is a list of one; verl's stands in `reward_model`."""
    value: Any = row["reward_model"]["ground_truth"] if isinstance(row.get("reward_model"), Mapping) else row.get("answer")
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if not isinstance(value, (str, int, float)):
        raise RowError("answer", f"expected one text or number, found {str(value)[:60]!r}")
    return answer_of(value, ())


def parsed(text: str, name: str) -> Any:
    """Messages that are written as JSON."""
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
    if any(not isinstance(one, Mapping) or one.get("from") not in roles for one in turns) or turns[-1]["from"] != "gpt" or turns[-1].get("value") is None:
        raise RowError("conversations", "expected turns from human and gpt that end with the answer of gpt")
    said = [(roles[one["from"]], given(one.get("value"))) for one in turns]
    return marked_turns(said[:-1], media, "conversations"), media, of_method(said[-1][1], str(row.get("accu_reward_method") or ""))


def of_method(text: str, method: str) -> Answer:
    """An answer of the type that the way to compare it says, else of the type that it has."""
    wanted = METHODS.get(method)
    if not text.strip():
        raise RowError("conversations", "the answer is empty")
    return chosen(text) if wanted == "choice" else Answer(type=wanted, value=text.strip()) if wanted else typed(text.strip())


FORMAT = Format(
    "chat_answers", "conversations with a verifiable answer (LMM-R1, MM-Eureka, R1-Reward, verl, PRIME, DAPO, VLM-R1)", recognise, read,
    columns=("message", "prompt", "conversations", "answer", "reward_model", "image_urls", "accu_reward_method"), rank=7,
)  # fmt: skip
