"""A tower that can see before anything is said: each patch learns what its cell shows, as real towers come to a language model trained.

    L = sum over attributes of cross entropy(linear(patch), attribute)

The linear layers are thrown away; the tower stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from veridical.world.draw import draw
from veridical.world.scene import COLOURS, DIGITS, NAMES, SIZES, Scene, scene

ATTRIBUTES: tuple[tuple[str, ...], ...] = (NAMES, COLOURS, SIZES, DIGITS)
"""What is learnt of a cell; of each, the class 0 means that there is none."""
FIRST = 10_000_000
"""Seed of the first scene; the scenes of later lessons have smaller ones."""


def open_eyes(model: nn.Module, image_processor: Any, steps: int, scenes: int, seed: int, lr: float = 1e-3) -> float:
    """Train the tower of a LLaVA whose patches are the cells; the last loss, in nats over all attributes."""
    tower = model.model.vision_tower
    heads = nn.ModuleList(nn.Linear(tower.config.hidden_size, len(words) + 1) for words in ATTRIBUTES)
    optimiser = torch.optim.AdamW([*tower.parameters(), *heads.parameters()], lr=lr, weight_decay=0.01)
    loss = torch.zeros(())
    for step in range(steps):
        shown = [scene(FIRST + (seed * steps + step) * scenes + number, "train") for number in range(scenes)]
        pixels = image_processor(images=[draw(one) for one in shown], return_tensors="pt")["pixel_values"]
        patches = tower(pixels, output_hidden_states=True).hidden_states[model.config.vision_feature_layer][:, 1:]
        truth = torch.stack([cells(one) for one in shown])
        loss = sum(nn.functional.cross_entropy(head(patches).flatten(0, 1), truth[..., place].flatten()) for place, head in enumerate(heads))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return float(loss.detach())


def cells(one: Scene) -> Tensor:
    """Name, colour, size and digit of each of the nine cells, as class numbers, shape [9, 4]."""
    found = torch.zeros(9, len(ATTRIBUTES), dtype=torch.long)
    for thing in one.things:
        found[thing.place, :3] = torch.tensor([number(NAMES, thing.name), number(COLOURS, thing.colour), number(SIZES, thing.size)])
    if one.digit:
        found[one.digit_place, 3] = number(DIGITS, one.digit)
    return found


def number(words: Sequence[str], word: str) -> int:
    """Class of a word; 0 is kept for none."""
    return 1 + words.index(word)
