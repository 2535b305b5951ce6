"""What a judge writes: critiques and verdicts drawn from the model, each with a seed of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from veridical.models.judging.form import Bench
from veridical.models.judging.grow import Before
from veridical.models.judging.use import UNREADABLE
from veridical.models.sample import Drawn, draw
from veridical.models.shown import stable_seed

NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Posed:
    """A question to the judge: what stands before its words, or why it cannot be asked."""

    key: tuple[object, ...]
    """What the seeds of its answers come from."""
    before: Before | None
    error: Exception | None = None


def pose(make: Callable[[], Before], *key: object) -> Posed:
    """A question, or the reason why there is none."""
    try:
        return Posed(key, make())
    except UNREADABLE as error:
        return Posed(key, None, error)


def speak(bench: Bench, posed: Sequence[Posed], count: int, batch: int = 16) -> list[list[Drawn]]:
    """`count` drawn texts for each question, none for one that cannot be asked.

    Seeds come from the settings' seed, the question's key and the text's number: neither batching nor the other
    questions change a text.
    """
    seed, found = bench.reader.judging.seed, [[] for _ in posed]
    places = [place for place, one in enumerate(posed) if one.before is not None]
    for start in range(0, len(places), batch):
        part = places[start : start + batch]
        befores = [posed[place].before for place in part]
        prompts = [(torch.cat([before.root.ids, before.ids]), before.root.pictures) for before in befores]
        inputs = {key: value for before in befores for key, value in before.root.inputs.items()}
        seeds = [[stable_seed(seed, *posed[place].key, number) for number in range(count)] for place in part]
        for place, drawn in zip(part, draw(bench.assessor.policy, bench.reader.encoder, prompts, inputs, seeds, bench.generation), strict=True):
            found[place] = drawn
    return found


def number_in(text: str, allowed: range) -> int | None:
    """The last whole number of a text, where it is one of those allowed."""
    found = NUMBER.findall(text)
    return int(found[-1]) if found and len(found[-1]) < 9 and int(found[-1]) in allowed else None
