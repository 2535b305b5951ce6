"""LLaVA-Bench's files of the world: a question of each category about a scene, what is true of it, and a true answer as the reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from veridical.world.files import lines, some, write_pictures
from veridical.world.scene import Scene
from veridical.world.talk import DESCRIBE, Said, caption, colour, relation


def write(folder: Path, scenes: Sequence[Scene], seed: int = 0) -> None:
    """questions.jsonl, context.jsonl, answers_gpt4.jsonl (true answers stand for GPT-4's), and the pictures."""
    names = write_pictures(folder / "images", scenes, "scene_{}.png")
    truths = [caption(one, np.random.default_rng([seed, number, 73])) for number, one in enumerate(scenes)]
    told = [(name, questions(one, truths[number], np.random.default_rng([seed, number, 79]))) for number, (name, one) in enumerate(zip(names, scenes, strict=True))]
    asked = [(name, category, said) for name, own in told for category, said in own]
    posed = [{"question_id": number, "image": name, "text": said.question, "category": category} for number, (name, category, said) in enumerate(asked)]
    (folder / "questions.jsonl").write_text(lines(posed))
    (folder / "context.jsonl").write_text(lines({"image": name, "caption": truth} for name, truth in zip(names, truths, strict=True)))
    (folder / "answers_gpt4.jsonl").write_text(lines({"question_id": number, "text": said.answer} for number, (_, _, said) in enumerate(asked)))


def questions(one: Scene, truth: str, rng: np.random.Generator) -> list[tuple[str, Said]]:
    """(category, question with its true answer): a description, and a colour and a relation where the scene has them."""
    talk = [("conv", said) for said in some(colour, "colour", one, rng)]
    reasoned = [("complex", said) for said in some(relation, "relation", one, rng)]
    return [*talk, ("detail", Said("describe", DESCRIBE, truth, truth)), *reasoned]
