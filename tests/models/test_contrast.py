"""Two looks read as one: the mixture by hand, and drawing against another picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from planting import question

from veridical.models.contrast import Contrasted, draw_against
from veridical.models.encoder import picture_key
from veridical.models.executors import EXECUTORS
from veridical.models.policy import Policy
from veridical.models.sample import Generation, draw
from veridical.models.small.build import Small

Kit = Callable[[str], Small]


def test_the_mixture_by_hand() -> None:
    """(1 + 0.5) a - 0.5 b; the third token has 0.05 of the likeliest one's probability and is below a floor of 0.1."""
    grown: list[tuple[str, list[int]]] = []
    looks = [
        SimpleNamespace(scores=torch.tensor([scores]), grow=lambda keep, chosen, name=name: grown.append((name, list(keep))))
        for name, scores in (("first", [2.0, 1.0, 2.0 + math.log(0.05)]), ("second", [3.0, -1.0, 0.0]))
    ]
    mixed = Contrasted(*looks, 0.5, 0.1)
    assert mixed.scores[0].tolist() == [pytest.approx(1.5), pytest.approx(2.0), -math.inf]
    assert Contrasted(*looks, 0.5, 0.0).scores[0, 2].item() == pytest.approx(1.5 * (2 + math.log(0.05)))
    mixed.grow([0], torch.tensor([1]))
    assert grown == [("first", [0]), ("second", [0])]


def test_another_look_changes_what_is_said_and_the_same_look_does_not(small: Kit, pictures: list[Image.Image]) -> None:
    built = small("llava")
    encoder, policy = built.encoder(), Policy(built.model, EXECUTORS["state"])
    pieces = [encoder.prompt(question(1, "What?"), [picture], [picture_key(picture)]) for picture in pictures[:2]]
    (own, other), inputs = [(piece.ids, piece.pictures) for piece in pieces], {**pieces[0].inputs, **pieces[1].inputs}
    how = Generation(max_new_tokens=10)
    plain = draw(policy, encoder, [own], inputs, [[0]], how)[0][0].ids.tolist()
    same, against = (draw_against(policy, encoder, [own], [look], inputs, [[0]], how, weight, 0.0)[0][0].ids.tolist() for look, weight in ((own, 3.0), (other, 50.0)))
    assert same == plain and against != plain
