"""Verifiable answers of rows: without the tags around them, and of which kind they are."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from veridical.records.formats.format import RowError
from veridical.records.record import Answer, Media, Part, Turn

NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
TAGGED = re.compile(r"<answer>((?:(?!<answer>).)*?)</answer>", re.DOTALL)
PLACED = re.compile(r"\[\s*[-+]?\d+(?:\.\d+)?\s*(?:,\s*[-+]?\d+(?:\.\d+)?\s*){3}\]")
LETTER = re.compile(r"\(?([A-J])[.):]?")
FORMULA = re.compile(r"\\[A-Za-z]+|\$[^$]*\$")
WORD = re.compile(r"[A-Za-z]{4,}")
CONCLUSION = re.compile(r"\b(?:thus|so|therefore|hence),?\s+(?:it|the answer)\s+is\s+(\S(?:[^.]|\.(?=\d)){0,80})\.?\s*$", re.IGNORECASE)
EXPLAINED = 60
"""Characters from which an answer with a conclusion is an explanation."""


def answer_of(value: str | int | float, options: Any) -> Answer:
    """The answer with its type: a choice among options, yes or no, a number, words, else mathematics.

    An explanation that ends with "so it is 8." is the answer 8.
    """
    text = untagged(str(value).strip())
    if not text:
        raise RowError("answer", "is empty")
    if options:
        return Answer(type="choice", value=text, choices=tuple(map(str, options)))
    concluded = CONCLUSION.search(text) if len(text) > EXPLAINED else None
    return typed(concluded[1].strip() if concluded else text)


def typed(text: str) -> Answer:
    """An answer of the type that its text has."""
    if text.lower() in ("yes", "no"):
        return Answer(type="yes_no", value=text)
    if PLACED.search(text):
        return Answer(type="boxes", value=text)
    if NUMBER.fullmatch(text):
        return Answer(type="number", value=text)
    return Answer(type="exact" if wordy(text) else "math", value=text)


def wordy(text: str) -> bool:
    """Whether an answer is words: two long ones beside its formulas."""
    return len(WORD.findall(FORMULA.sub(" ", text))) >= 2


def untagged(text: str) -> str:
    """What stands between the last answer tags, else the text."""
    found = TAGGED.findall(text)
    return found[-1].strip() if found else text


def given(value: Any) -> str:
    """An answer that is a number or a list in some rows and text in others, as text."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def chosen(text: str, options: Sequence[str] = ()) -> Answer:
    """A letter answer."""
    found = LETTER.match(text.strip())
    return Answer(type="choice", value=found[1] if found else text.strip(), choices=tuple(options))


def other_media(kind: str, path: str, root: Any) -> Media:
    """One clip or sound."""
    return Media(media_id="m0", kind=kind, path=str(path if str(path).startswith("/") else root / path))


def before(text: str, media: Media) -> tuple[Turn, ...]:
    """A question behind a clip or sound; its own mark, if it has one, is the medium."""
    kind = "audio" if media.kind == "audio" else "video"
    return (Turn(role="user", parts=(Part(type=kind, media_id=media.media_id), Part(text=text.replace(f"<{kind}>", "").strip()))),)
