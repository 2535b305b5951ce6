"""Small models of many architectures, built once a session, and pictures without repetition."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image

from veridical.models.small.build import Small, build

os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def small() -> Callable[[str], Small]:
    """The small model of a type; the same object whoever asks, so nobody may change it."""
    torch.set_num_threads(1)
    return cache(build)


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    """Three pictures of noise, wide, tall and square: no two have the same size, no part looks like another."""
    draw = np.random.default_rng(0)
    return [Image.fromarray(draw.integers(0, 256, (height, width, 3), dtype=np.uint8)) for width, height in ((64, 40), (40, 72), (56, 56))]
