"""ChartQA's files of the world: numbers that are read off a picture, by counting or as they are written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from veridical.world.files import write_pictures
from veridical.world.scene import Scene
from veridical.world.talk import Said, digit, how_many


def write(folder: Path, scenes: Sequence[Scene]) -> None:
    """test_human.json (how many there are of what is there most often), test_augmented.json (the digit, where one is written), and the pictures in png/."""
    names = write_pictures(folder / "png", scenes, "scene_{}.png")
    counted = [how_many(one, max(one.names, key=one.count)) for one in scenes]
    (folder / "test_human.json").write_text(rows(names, counted))
    written = [(name, digit(one, np.random.default_rng(0))) for name, one in zip(names, scenes, strict=True) if one.digit]
    if written:
        (folder / "test_augmented.json").write_text(rows([name for name, _ in written], [said for _, said in written]))


def rows(names: Sequence[str], asked: Sequence[Said]) -> str:
    """Rows as they are published."""
    return json.dumps([{"imgname": name, "query": said.question, "label": said.truth} for name, said in zip(names, asked, strict=True)], indent=1)
