"""Questions with a verifiable answer at which the world's model is bad to begin with: what online alignment learns from.

`count`: how many of one thing there are, mostly of one that is there more than once.
`box`: where a thing is, as a box; the model knows where things are and writes boxes badly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from veridical.records.record import Answer, Record, Response, text_parts
from veridical.world.records import asked
from veridical.world.scene import scene
from veridical.world.talk import boxes, plural

Task = Callable[[int, str], Record]
"""(seed, split) -> a record with a question and its verifiable answer."""


def count(seed: int, split: str = "train") -> Record:
    """How many of one thing there are, two times in three of a thing that is there more than once."""
    found, draw = scene(seed, split), np.random.default_rng([seed, 41])
    several = draw.random() < 2 / 3
    while not (names := [name for name in found.names if (found.count(name) > 1) == several]):
        seed += 1_000_003
        found = scene(seed, split)
    name = str(draw.choice(names))
    record = asked(found, f"world-count-{split}-{seed}", split, f"How many {plural(name)} are there?")
    return answered(record, Answer(type="number", value=str(found.count(name))), str(found.count(name)))


def box(seed: int, split: str = "train") -> Record:
    """Where one thing is: a box in tenths of the picture."""
    draw = np.random.default_rng([seed, 43])
    found = scene(seed, split)
    while (said := boxes(found, draw)) is None:
        seed += 1_000_003
        found = scene(seed, split)
    record = asked(found, f"world-box-{split}-{seed}", split, said.question)
    return answered(record, Answer(type="boxes", value="[[" + ", ".join(said.answer.split()[1:5]) + "]]"), said.answer)


def answered(record: Record, answer: Answer, text: str) -> Record:
    """A question with its answer, and the answer as a gold response."""
    return record.replace(answer=answer, responses=(Response(response_id="gold", parts=text_parts(text), model="world", origin="gold"),))


TASKS: Mapping[str, Task] = MappingProxyType({"count": count, "box": box})


def task(name: str, count: int, first: int = 0, split: str = "train") -> list[Record]:
    """So many records of one task. Errors: ValueError naming the tasks."""
    if name not in TASKS:
        raise ValueError(f"unknown task {name!r}; there are {', '.join(TASKS)}")
    return [TASKS[name](seed, split) for seed in range(first, first + count)]
