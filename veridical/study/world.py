"""Make the world's checkpoint again: a small model learns to see, to answer, and to expect what is usual.

The tower first learns what each patch shows; then each step is a number of fresh training scenes, each one tree: its
picture, and the questions and answers of a lesson (`world/lessons.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from veridical.models.encoder import Encoder, picture_key
from veridical.models.executors import EXECUTORS
from veridical.models.families import processor_for
from veridical.models.forest import Forest, Inputs
from veridical.models.load import input_names
from veridical.models.policy import Policy
from veridical.models.sample import Generation
from veridical.models.sample import draw as sample
from veridical.models.share import Path as TokenPath
from veridical.models.share import share
from veridical.records.result import write_json
from veridical.records.run import Run
from veridical.recipe import ImitateRecipe, Length, Optimiser, Save, Step, Term, WorldRecipe, dump
from veridical.study.eyes import open_eyes
from veridical.train.imitate import Imitation, Source, fit
from veridical.train.session import begin
from veridical.world.draw import draw
from veridical.world.lessons import LESSONS, Habits, Lesson
from veridical.world.model import Built, build
from veridical.world.scene import scene
from veridical.world.talk import DESCRIBE, exists, named, questions


FRESH = 1_000_000
"""Scenes between the first ones of two terms, so that no term repeats another's."""


def make(recipe: WorldRecipe) -> Path | None:
    """Train the model of the recipe; the directory with the half-precision checkpoint, or None when it was stopped.

    Each term is a run of its own below the recipe's, so a stopped one continues.
    """
    built, folder = build(recipe.architecture, recipe.seed), Path(recipe.run)
    Run(folder).start(dump(recipe))
    open_eyes(built.model, built.image_processor, recipe.eyes, recipe.scenes, recipe.seed)
    policy, encoder = Policy(built.model, EXECUTORS["mask"]), encoder_of(built)
    for number, term in enumerate(recipe.terms):
        run = Run(folder / f"term-{number + 1}")
        run.start(dump(term))
        session = begin(policy, training(recipe, term), run, term.steps, [built.tokenizer, built.image_processor])
        if not fit(session, source(recipe, term, encoder, number * FRESH)):
            return None
    write_json(folder / "figures.json", figures(policy, encoder))
    return built.save(folder / "checkpoint")


def source(recipe: WorldRecipe, term: Term, encoder: Encoder, first: int) -> Source:
    """The scenes of each step of a term."""
    lessons = [LESSONS[lesson.name] for lesson in term.lessons for _ in range(lesson.steps)]

    def scenes(step: int) -> Sequence[Imitation]:
        return [teach(encoder, recipe, lessons[step], first + step * recipe.scenes + number) for number in range(recipe.scenes)]

    return scenes


def training(recipe: WorldRecipe, term: Term) -> ImitateRecipe:
    """The loop's settings."""
    optimiser = Optimiser(lr=term.lr, weight_decay=0.01, betas=(0.9, 0.98), warmup=0.05, schedule="cosine", clip=1.0)
    saving, whole = Save(every=recipe.save_every, keep=1), Step(micro_tokens=10**9)
    return ImitateRecipe(model="", data=[], optimiser=optimiser, length=Length(steps=term.steps), save=saving, step=whole, seed=recipe.seed, device="cpu")


def encoder_of(built: Built) -> Encoder:
    """The encoder of a built model."""
    family = processor_for(built.model.config, built.tokenizer, built.image_processor)
    return Encoder(family, input_names(built.model), remember=0)


def teach(encoder: Encoder, recipe: WorldRecipe, lesson: Lesson, seed: int) -> Imitation:
    """One training scene as a tree: every answer of the lesson under one picture."""
    found, chance = scene(seed, "train"), np.random.default_rng([recipe.seed, seed])
    picture, paths, inputs = draw(found), [], {}
    for question, answer in lesson(found, chance, Habits(recipe.questions, recipe.bias, recipe.forget)):
        path, pixels = path_of(encoder, picture, question, answer)
        paths.append(path)
        inputs |= pixels
    return Imitation(Forest((share(paths, found.key),), inputs))


def path_of(encoder: Encoder, picture: Any, question: str, answer: str) -> tuple[TokenPath, dict[str, Inputs]]:
    """A question about a picture and its answer as one sequence."""
    asked = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}]
    piece = encoder.prompt(asked, [picture], [picture_key(picture)])
    ids: Tensor = encoder.response(asked, answer)
    scored = torch.cat([torch.zeros(len(piece.ids), dtype=torch.bool), torch.ones(len(ids), dtype=torch.bool)])
    return TokenPath(torch.cat([piece.ids, ids]), scored, piece.pictures), piece.inputs


def figures(policy: Policy, encoder: Encoder, scenes: int = 100, first: int = 0) -> dict[str, float]:
    """What the model says of held-out scenes, greedily: CHAIR_i and coverage of its descriptions, and the share of right
    answers by skill; "adversarial" asks for partners that one would expect and that are not there. All in percent."""
    found = [scene(seed, "test") for seed in range(first, first + scenes)]
    mentions = [named(text) for text in answers(policy, encoder, [(one, DESCRIBE) for one in found])]
    wrong = sum(name not in one.names for one, names in zip(found, mentions, strict=True) for name in names)
    covered = sum(len(set(names) & set(one.names)) for one, names in zip(found, mentions, strict=True))
    asked = [(said.kind, one, said) for seed, one in enumerate(found) for said in questions(one, np.random.default_rng([seed, 99]), 12)]
    asked += [("adversarial", one, exists(name, False)) for one in found for name in one.missing_partners]
    right: dict[str, list[bool]] = {}
    for (kind, _, said), reply in zip(asked, answers(policy, encoder, [(one, said.question) for _, one, said in asked]), strict=True):
        right.setdefault(kind, []).append(reply.strip().lower() == said.truth.lower())
    skills = {kind: 100 * sum(values) / len(values) for kind, values in sorted(right.items())}
    return {"chair_i": 100 * wrong / max(1, sum(map(len, mentions))), "coverage": 100 * covered / sum(len(one.names) for one in found), **skills}


def answers(policy: Policy, encoder: Encoder, asked: Sequence[tuple[Any, str]], batch: int = 64) -> list[str]:
    """Greedy answers to questions about scenes."""
    texts = []
    for start in range(0, len(asked), batch):
        prompts, inputs = [], {}
        for one, question in asked[start : start + batch]:
            picture = draw(one)
            turn = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}]
            piece = encoder.prompt(turn, [picture], [picture_key(picture)])
            prompts.append((piece.ids, piece.pictures))
            inputs |= piece.inputs
        texts += [row[0].text for row in sample(policy, encoder, prompts, inputs, [[0]] * len(prompts), Generation(max_new_tokens=110))]
    return texts
