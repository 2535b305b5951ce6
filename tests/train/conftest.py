"""A tiny model directory, pairs and conversations over small pictures, and a process that forks trainings."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from forking import Forker
from PIL import Image

from veridical.models.small.build import build
from veridical.recipe import AlignRecipe, load
from veridical.train.preference import align

os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything of the session lies."""
    torch.set_num_threads(1)
    return tmp_path_factory.mktemp("train")


@pytest.fixture(scope="session")
def llava(folder: Path) -> Path:
    """A LLaVA directory with 132,000 weights; a picture takes 16 tokens."""
    return build("llava").save(folder / "llava")


@pytest.fixture(scope="session")
def pictures(folder: Path) -> list[Path]:
    """Five pictures of noise."""
    draw, found = np.random.default_rng(0), []
    (folder / "pictures").mkdir()
    for number in range(5):
        found.append(folder / "pictures" / f"{number}.png")
        Image.fromarray(draw.integers(0, 255, (40, 48, 3), dtype=np.uint8)).save(found[-1])
    return found


@pytest.fixture(scope="session")
def pairs(folder: Path, pictures: list[Path]) -> Path:
    """Ten preference pairs in TRL's format; the last two have no picture, the second has two."""
    rows = []
    for number in range(10):
        shown = [] if number > 7 else [str(pictures[number % 5])] + [str(pictures[3])] * (number == 1)
        content = [*({"type": "image"} for _ in shown), {"type": "text", "text": f"What is in picture {number}?"}]
        rows.append({
            "prompt": [{"role": "user", "content": content}], "images": [{"bytes": None, "path": path} for path in shown],
            "chosen": [{"role": "assistant", "content": [{"type": "text", "text": "There is a cat" + " again" * (number % 3)}]}],
            "rejected": [{"role": "assistant", "content": [{"type": "text", "text": "A dog" + " sits" * (number % 4)}]}],
        })  # fmt: skip
    return written(folder / "pairs.jsonl", rows)


@pytest.fixture(scope="session")
def talks(folder: Path, pictures: list[Path]) -> Path:
    """Eight conversations of one or two turns; every picture is talked about twice or more, one conversation has none."""
    rows = []
    for number in range(8):
        mark = "<image>\n" if number < 7 else ""
        turns = [("human", f"{mark}What is this? {number // 4}"), ("gpt", "A red square" + "!" * number)]
        turns += [("human", "Where?"), ("gpt", "On the left")] if number % 2 else []
        rows.append({"id": f"talk-{number}", **({"image": str(pictures[number % 3])} if mark else {}), "conversations": [{"from": role, "value": text} for role, text in turns]})
    return written(folder / "talks.jsonl", rows)


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


SMALL = ["step.records=3", "length.steps=4", "optimiser.lr=1e-3", "optimiser.warmup=0", "held_out.fraction=0.2", "device=cpu"]
"""A run of a second."""


@pytest.fixture(scope="session")
def keys(llava: Path, pairs: Path) -> Callable[..., list[str]]:
    """Overrides of a small alignment; what is given wins."""
    return lambda *given: [f"model={llava}", f"data.0.path={pairs}", *SMALL, *map(str, given)]


@pytest.fixture(scope="session")
def aligned(keys: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """Run an alignment in this process; what it said."""

    def run(*given: str) -> list[str]:
        said: list[str] = []
        align(load(AlignRecipe, None, keys(*given)), say=said.append)
        return said

    return run


@pytest.fixture(scope="session")
def forker(folder: Path) -> Iterator[Forker]:
    """A process that has imported the program and forks a child for each training."""
    with Forker(folder) as started:
        yield started
