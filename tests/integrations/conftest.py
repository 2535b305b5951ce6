"""A tiny LLaVA, and preference pairs over small pictures in TRL's own format."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from veridical.models.small.build import Small, build

os.environ["HF_HUB_OFFLINE"] = "1"

PAIRS = 5
ENDS = ("at the left", "", "and a dog under the tree", "again and again", "or so")


@pytest.fixture(scope="session")
def small() -> Small:
    """A LLaVA with 132,000 weights, of which nothing may be changed; a picture takes 16 tokens."""
    torch.set_num_threads(1)
    return build("llava")


@pytest.fixture(scope="session")
def llava(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its directory."""
    return small.save(tmp_path_factory.mktemp("integrations") / "llava")


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    """Pairs as TRL documents them, responses of uneven length, every picture another one."""
    draw = np.random.default_rng(0)
    return [row(number, png(draw)) for number in range(PAIRS)]


def row(number: int, picture: bytes) -> dict[str, Any]:
    """One pair."""
    answers = {"chosen": f"There is cat {number} {ENDS[number]}", "rejected": f"A {ENDS[-number - 1]} dog"}
    prompt = [{"role": "user", "content": [{"type": "image", "text": None}, {"type": "text", "text": f"What is in picture {number}?"}]}]
    return {
        "images": [{"bytes": picture, "path": None}],
        "prompt": prompt,
        **{name: [{"role": "assistant", "content": [{"type": "text", "text": text}]}] for name, text in answers.items()},
    }


def png(draw: np.random.Generator) -> bytes:
    """A picture of noise as a file."""
    file = io.BytesIO()
    Image.fromarray(draw.integers(0, 256, (40, 48, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()

