"""The attack that builds AdPO's pairs: the tower sees something else in a picture that hardly changed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from veridical.curate.builders.attack import away, struck
from veridical.models.assemble import Ready
from veridical.models.attack import Strength
from veridical.models.executors import EXECUTORS
from veridical.models.pixels import Pixels
from veridical.models.policy import Policy
from veridical.models.small.build import build
from veridical.records.picture import png
from veridical.records.record import Media, Part, Record, Turn


class Desk:
    """As much of a desk as an attack needs."""

    def __init__(self, family: str) -> None:
        torch.set_num_threads(1)
        built = build(family)
        self.model, self.seed = self, 0
        self.ready = Ready(Policy(built.model, EXECUTORS["state"]), built.encoder(), None, None, [], [])


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl"])
def test_the_tower_sees_more_of_a_change_in_an_attack_than_in_noise(family):
    desk, draw = Desk(family), np.random.default_rng(0)
    picture = Image.fromarray(draw.integers(0, 256, (32, 32, 3), dtype=np.uint8))
    media, parts = (Media(media_id="p", data=png(picture)),), (Part(type="image", media_id="p"), Part(text="What is there?"))
    found = struck(desk, Record(record_id="a", media=media, prompt=(Turn(role="user", parts=parts),)), "p", Strength(4, steps=8))
    clean, attacked = (np.asarray(one, dtype=int) for one in (picture, found))
    assert np.abs(attacked - clean).max() == 4
    noisy = Image.fromarray(np.clip(clean + draw.choice([-4, 4], clean.shape), 0, 255).astype(np.uint8))
    inputs = desk.ready.encoder.process([picture])[0]
    pixels = Pixels.of(desk.ready.encoder.family, inputs)
    far = away(desk.ready.policy, inputs, pixels)
    own, struck_, shaken = (float(far([torch.from_numpy(np.asarray(one) / 255).float().permute(2, 0, 1)[None]])[0].detach()) for one in (picture, found, noisy))
    assert own < 1e-6 < shaken and struck_ > 2 * shaken
