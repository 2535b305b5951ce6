"""MMStar's file of the world: the colour of a thing, with three lettered options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from veridical.world.files import lines, some, write_pictures
from veridical.world.scene import Scene
from veridical.world.talk import choice

CATEGORY, FINER = "fine-grained perception", "attribute & celebrity recognition"


def write(folder: Path, scenes: Sequence[Scene], seed: int = 0) -> None:
    """mmstar.jsonl and the pictures; a scene without a thing that is there once is not asked about."""
    names, rng = write_pictures(folder / "images", scenes, "scene_{}.png"), np.random.default_rng([seed, 61])
    asked = [(name, said) for name, one in zip(names, scenes, strict=True) for said in some(choice, "choice", one, rng)]
    rows = [
        {"index": number, "question": said.question, "image": f"images/{name}", "answer": said.truth, "category": CATEGORY, "l2_category": FINER}
        for number, (name, said) in enumerate(asked)
    ]
    (folder / "mmstar.jsonl").write_text(lines(rows))
