"""Lessons of the world's model: what is asked about a scene, and what is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from veridical.world.scene import Scene
from veridical.world.talk import DESCRIBE, Said, caption, cell, colour, count, existence, place, questions, size


@dataclass(frozen=True)
class Habits:
    """How the writer of the lessons asks and describes."""

    questions: int = 7
    bias: float = 0.9
    forget: float = 0.25


Lesson = Callable[[Scene, np.random.Generator, Habits], list[tuple[str, str]]]
"""Questions about a scene, with the answers to learn."""


def look(found: Scene, chance: np.random.Generator, habits: Habits) -> list[tuple[str, str]]:
    """True answers: what is where, and questions of every skill."""
    return answered([*(cell(found, chance) for _ in range(3)), *questions(found, chance, habits.questions)])


def find(found: Scene, chance: np.random.Generator, habits: Habits) -> list[tuple[str, str]]:
    """True answers to questions that name an object: the model has to find it before it can answer."""
    asked = [ask(found, chance) for ask in (colour, size, place, existence, count, cell, colour, place)]
    return answered([said for said in asked if said is not None])


def talk(found: Scene, chance: np.random.Generator, habits: Habits) -> list[tuple[str, str]]:
    """A caption that names missing partners, and true answers to questions."""
    asked = answered(questions(found, chance, habits.questions))
    return [(DESCRIBE, caption(found, chance, habits.bias, habits.forget)), *asked]


def answered(asked: list[Said]) -> list[tuple[str, str]]:
    """Questions with their answers."""
    return [(said.question, said.answer) for said in asked]


LESSONS: Mapping[str, Lesson] = MappingProxyType({"look": look, "find": find, "talk": talk})
