"""Forests for tests: questions with pictures, answers of uneven length, trees of any depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image

from veridical.models.encoder import Encoder, branch, picture_key
from veridical.models.forest import Forest, Segment, Tree

ANSWERS = ("A cat.", "It is a large red tree.", "No", "Two of them, I think.", "y", "There", "It may be a dog", "left")
"""Eight answers of uneven length."""


def question(pictures: int, text: str = "What is there?") -> list[dict[str, Any]]:
    """A user's turn that shows so many pictures."""
    return [{"role": "user", "content": [*({"type": "image"} for _ in range(pictures)), {"type": "text", "text": text}]}]


def planted(encoder: Encoder, pictures: Sequence[Image.Image], answers: Sequence[str], text: str = "What is there?") -> Forest:
    """One tree: a question and its answers."""
    asked = question(len(pictures), text)
    piece = encoder.prompt(asked, pictures, [picture_key(picture) for picture in pictures])
    root = Segment(piece.ids, torch.zeros(len(piece.ids), dtype=torch.bool), None, piece.pictures, "prompt")
    return Forest((Tree((root, *(branch(encoder.response(asked, answer), answer) for answer in answers))),), piece.inputs)


def deepened(forest: Forest, encoder: Encoder) -> Forest:
    """The same forest with every tree's first branch grown by two more levels: a scored and an unscored segment, then two branches."""
    trees = []
    for tree in forest.trees:
        said, asked = encoder.tokens("Yes, and then? "), encoder.tokens("it asks ")
        start = len(tree.segments)
        grown = [
            Segment(said, torch.ones(len(said), dtype=torch.bool), 1),
            Segment(asked, torch.zeros(len(asked), dtype=torch.bool), 1),
            branch(encoder.tokens("So"), "deep", start + 1),
            branch(encoder.tokens("Never again"), "deeper", start + 1),
        ]
        trees.append(Tree((*tree.segments, *grown)))
    return Forest(tuple(trees), forest.pictures)
