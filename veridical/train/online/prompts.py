"""Prompts of a step as ids and pictures, with the other pictures that an algorithm reads or samples with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from veridical.models.encoder import EncodeError, Encoder, Piece
from veridical.models.forest import Forest, Inputs, Segment, Tree
from veridical.models.planting import messages
from veridical.models.shown import Shown, pictures_only, stable_seed
from veridical.objectives.online.algorithm import Draws
from veridical.recipe import Manner
from veridical.records.record import Part, Record, Turn

ORIGINAL, DISORDER = "original", "disorder"
"""The prompt's own pictures, and these in another order."""


@dataclass(frozen=True)
class Prompt:
    """A record's prompt, ready to be answered."""

    record: Record
    place: int
    """Its number among the step's prompts, over all processes."""
    pieces: Mapping[str, Piece]
    """Its tokens by variant of the pictures."""

    @property
    def own(self) -> Piece:
        """With the prompt's pictures."""
        return self.pieces[ORIGINAL]

    def root(self, variant: str) -> Segment:
        """The prompt as the root of a tree."""
        piece = self.pieces[variant]
        return Segment(piece.ids, torch.zeros(len(piece.ids), dtype=torch.bool), None, piece.pictures, "prompt")


@dataclass(frozen=True)
class Manners:
    """How each step asks and draws: one of several ways, chosen by weight from seed and step."""

    given: Sequence[Manner]
    draws: Draws
    seed: int = 0

    def __call__(self, step: int) -> Manner:
        """The way of a step, with the algorithm's temperature where it states none."""
        found = Manner()
        if self.given:
            weights = np.array([one.weight for one in self.given])
            found = self.given[int(np.random.default_rng([self.seed, step, 5]).choice(len(weights), p=weights / weights.sum()))]
        temperature, top_p = (own if stated is None else stated for stated, own in ((found.temperature, self.draws.temperature), (found.top_p, self.draws.top_p)))
        return found.model_copy(update={"temperature": temperature, "top_p": top_p})


def addressed(record: Record, manner: Manner) -> Record:
    """The record asked in a manner: a system turn where it has none, and words after its last question."""
    turns = list(record.prompt)
    if manner.system and turns[0].role != "system":
        turns.insert(0, Turn(role="system", parts=(Part(text=manner.system),)))
    if manner.suffix:
        place = max(place for place, turn in enumerate(turns) if turn.role == "user")
        turns[place] = turns[place].replace(parts=(*turns[place].parts, Part(text=manner.suffix)))
    return record.replace(prompt=tuple(turns))


@dataclass(frozen=True)
class Reader:
    """Reads records as prompts. `variants` are the other pictures that are wanted."""

    encoder: Encoder
    shown: Shown
    variants: Sequence[str] = ()
    room: int = 1
    """Tokens that a response needs at least."""

    def __call__(self, record: Record, place: int = 0, manner: Manner = Manner()) -> Prompt:
        """Errors: EncodeError naming the record when it cannot be read or leaves no room for a response."""
        pictures_only(record)
        record = addressed(record, manner)
        prompt = Prompt(record, place, {variant: self.piece(record, variant) for variant in (ORIGINAL, *self.variants)})
        if len(prompt.own.ids) + self.room > self.encoder.max_tokens:
            raise EncodeError(
                f"record {record.record_id}: the prompt takes {len(prompt.own.ids)} of {self.encoder.max_tokens} tokens and leaves less than sampling.max_new_tokens={self.room}; "
                "lower step.picture_tokens or raise step.max_tokens"
            )
        return prompt

    def piece(self, record: Record, variant: str) -> Piece:
        """The prompt with one variant of its pictures."""
        return self.encoder.prompt(messages(record.prompt), *self.pictures(record, variant), record.record_id)

    def pictures(self, record: Record, variant: str) -> tuple[list[Image.Image], list[str]]:
        """One variant of a record's pictures, in order, and a key for each one's content."""
        pictures, keys = self.shown(record, None, ORIGINAL if variant == DISORDER else variant)
        if variant == DISORDER:
            order = disorder(len(pictures), stable_seed(record.record_id, self.shown.seed))
            pictures, keys = [pictures[place] for place in order], [keys[place] for place in order]
        return pictures, keys


def disorder(count: int, seed: int) -> list[int]:
    """A random order of so many things that is not their own, where there is another."""
    order, draw = list(range(count)), np.random.default_rng(seed)
    while count > 1 and order == list(range(count)):
        order = draw.permutation(count).tolist()
    return order


def inputs_of(prompts: Sequence[Prompt]) -> dict[str, Inputs]:
    """Pixel inputs of all pictures of these prompts."""
    return {key: value for prompt in prompts for piece in prompt.pieces.values() for key, value in piece.inputs.items()}


def plant(prompt: Prompt, responses: Sequence[Tensor], variants: Sequence[str]) -> Forest:
    """Trees of one prompt: the drawn tokens under the own pictures, then under each of `variants`."""
    branches = [Segment(ids, torch.ones(len(ids), dtype=torch.bool), 0, (), str(number)) for number, ids in enumerate(responses)]
    wanted = (ORIGINAL, *variants)
    keys = {key for variant in wanted for key in prompt.pieces[variant].pictures}
    known = inputs_of([prompt])
    return Forest(tuple(Tree((prompt.root(variant), *branches), f"{prompt.record.record_id} ({variant})") for variant in wanted), {key: known[key] for key in keys})
