"""Prompts of the world beside descriptions: traces whose events are known, and pictures that are not to be spoken of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from veridical.records.record import Record, Response, text_parts
from veridical.world.records import prompts
from veridical.world.scene import NAMES
from veridical.world.talk import article, sentence
from veridical.world.tasks import task

PRIVATE = "key"
"""What makes a picture private: it stands for what must not be spoken of. One of the names, so that the model can see it."""
DECLINED = "No. It is private."
EVENTS = ("success", "progress", "no_effect", "failure")


def traces(count: int, first: int = 0, split: str = "train") -> list[Record]:
    """Questions how many there are, each with four traces of a thought and an answer, whose event is the response's `answer`.

    success: a true thought and the right number; progress: a true thought and another number; no_effect: the thought alone;
    failure: a thought about what is not there, and another number.
    """
    return [traced(record, seed, split) for seed, record in enumerate(task("count", count, first, split), first)]


def traced(record: Record, seed: int, split: str) -> Record:
    """One question with its traces."""
    assert record.answer is not None
    there = {fact.text for fact in record.facts if fact.kind == "object"}
    draw = np.random.default_rng([seed, 47])
    thought = sentence([article(name) for name in sorted(there)])
    false = sentence([article(str(name)) for name in draw.permutation([name for name in NAMES if name not in there])[:2]])
    right, wrong = str(record.answer.value), str(int(record.answer.value) + 1)
    texts = dict(zip(EVENTS, (f"{thought} {right}", f"{thought} {wrong}", thought, f"{false} {wrong}")))
    made = tuple(Response(response_id=event, parts=text_parts(text), model="world", origin="rewritten", answer=event) for event, text in texts.items())
    return record.replace(record_id=f"world-trace-{split}-{seed}", responses=made)


def guarded(count: int, first: int = 0, split: str = "train") -> list[Record]:
    """Scenes to describe; those that show what is private have the tag "harmful"."""
    return [record.replace(tags=(*record.tags, "harmful")) if private(record) else record for record in prompts(count, first, split)]


def private(record: Record) -> bool:
    """Whether a record's scene shows what is private."""
    return any(fact.kind == "object" and fact.text == PRIVATE for fact in record.facts)


ASKED: Mapping[str, Callable[[int], list[Record]]] = MappingProxyType({"describe": prompts, "count": lambda count: task("count", count), "trace": traces, "guard": guarded})
"""What prompts may ask for."""
