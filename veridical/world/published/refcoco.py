"""RefCOCO's file of the world: the box of a thing that is there once; a thing fills its cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from veridical.world.draw import SIZE
from veridical.world.files import lines, write_pictures
from veridical.world.scene import Scene, Thing
from veridical.world.talk import unique

CELL = SIZE // 3


def write(folder: Path, scenes: Sequence[Scene], seed: int = 0) -> None:
    """refcoco_val.jsonl and the pictures."""
    names, rng = write_pictures(folder / "images", scenes, "scene_{}.png"), np.random.default_rng([seed, 67])
    (folder / "refcoco_val.jsonl").write_text(lines(row(name, thing) for name, one in zip(names, scenes, strict=True) if (thing := unique(one, rng))))


def row(name: str, thing: Thing) -> dict[str, Any]:
    """One phrase with its box in pixels."""
    left, top = thing.place % 3 * CELL, thing.place // 3 * CELL
    return {"image": name, "sent": f"the {thing.colour} {thing.name}", "bbox": [left, top, left + CELL, top + CELL], "width": SIZE, "height": SIZE}
