"""Questions with a verifiable answer at which the world's model is bad to begin with: what online alignment learns from.

`crowd`: how many of one thing there are among eight; the model has been taught on scenes with fewer things.
`box`: where a thing is, as a box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from veridical.records.record import Answer, Record, Response, text_parts
from veridical.world.records import asked
from veridical.world.scene import COLOURS, NAMES, SIZES, Scene, Thing, belongs, scene
from veridical.world.talk import boxes, plural

Task = Callable[[int, str], Record]
"""(seed, split) -> a record with a question and its verifiable answer."""


def crowd(seed: int, split: str = "train") -> Record:
    """How many of one thing there are: one to four, among eight things of three names."""
    draw = np.random.default_rng([seed, 41])
    while True:
        found, name = crowded(draw)
        if belongs(found) == split:
            break
    number = str(found.count(name))
    record = asked(found, f"world-crowd-{split}-{seed}", split, f"How many {plural(name)} are there?")
    return answered(record, Answer(type="number", value=number), number)


def crowded(draw: np.random.Generator) -> tuple[Scene, str]:
    """A scene of eight things, one to four of one name, and that name."""
    number, places = int(draw.integers(1, 5)), draw.permutation(9).tolist()
    name, *others = (str(word) for word in draw.permutation(NAMES)[:3])
    names = [name] * number + [str(draw.choice(others)) for _ in range(8 - number)]
    things = [Thing(one, str(draw.choice(COLOURS)), str(draw.choice(SIZES)), places.pop()) for one in names]
    return Scene(tuple(sorted(things, key=lambda thing: thing.place))), name


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


TASKS: Mapping[str, Task] = MappingProxyType({"crowd": crowd, "box": box})


def task(name: str, count: int, first: int = 0, split: str = "train") -> list[Record]:
    """So many records of one task. Errors: ValueError naming the tasks."""
    if name not in TASKS:
        raise ValueError(f"unknown task {name!r}; there are {', '.join(TASKS)}")
    return [TASKS[name](seed, split) for seed in range(first, first + count)]
