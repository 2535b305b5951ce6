"""OODCV-VQA's file of the world: pictures made odd in OOD-CV's six ways or left as they are, and questions whose answers that does not change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from veridical.records.corrupt import corrupt
from veridical.records.picture import png
from veridical.records.record import Corruption
from veridical.world.draw import draw
from veridical.world.scene import Scene
from veridical.world.talk import exists, how_many

SITUATIONS: Mapping[str, tuple[str, Mapping[str, Any]] | None] = MappingProxyType({
    "iid": None,
    "occlusion": ("mask_pixels", {"share": 0.2, "block": 4}),
    "context": ("gaussian_noise", {"std": 0.2}),
    "pose": ("rotate", {"degrees": [8, 16]}),
    "shape": ("pixelate", {"share": 0.3}),
    "texture": ("color_jitter", {"brightness": 0.5, "hue": 0.3}),
    "weather": ("fog", {"thick": 1.5, "decay": 2.0}),
})  # fmt: skip
"""Situation -> operator and settings that stand for it; None: nothing is changed."""


def write(folder: Path, scenes: Sequence[Scene], seed: int = 0) -> None:
    """oodcv-vqa.json and the pictures: of each scene whether something is there that is, something that is not, and how many there are of one thing."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, one in enumerate(scenes):
        situation = tuple(SITUATIONS)[number % len(SITUATIONS)]
        name = f"scene_{number + 1}_{situation}.png"
        (folder / name).write_bytes(odd(one, situation, number))
        rng = np.random.default_rng([seed, number, 71])
        there = str(rng.choice(one.names))
        asked = (exists(there, True), exists(str(rng.choice(one.absent)), False), how_many(one, there))
        rows += [{"image": name, "question": said.question, "text_answer": said.answer, "situation": situation} for said in asked]
    (folder / "oodcv-vqa.json").write_text(json.dumps(rows, indent=1))


def odd(one: Scene, situation: str, seed: int) -> bytes:
    """The picture of a scene in a situation."""
    picture, change = draw(one), SITUATIONS[situation]
    return png(picture if change is None else corrupt(picture, Corruption(op=change[0], seed=seed, params=json.dumps(dict(change[1])))))
