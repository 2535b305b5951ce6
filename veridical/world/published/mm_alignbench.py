"""MM-AlignBench's table of the world: requests with the answers of an assistant who is always wrong about one thing, in the place of Claude's."""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from veridical.records.picture import png
from veridical.world.draw import draw
from veridical.world.files import some
from veridical.world.records import USUAL, with_slip
from veridical.world.scene import COLOURS, Scene
from veridical.world.talk import DESCRIBE, colour, sentence, told

FIELDS = ("index", "image", "question", "type", "claude3_sonnet", "gt")
Request = tuple[str, str, str, str]
"""(question, type, the other assistant's answer, what is known to be true)."""


def write(folder: Path, scenes: Sequence[Scene], seed: int = 0) -> None:
    """MMAlignBench.tsv with the pictures as base64: of each scene a description, and the colour of a thing where one is there once."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "MMAlignBench.tsv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, delimiter="\t", lineterminator="\n")
        table.writerow(FIELDS)
        table.writerows((number, *row) for number, row in enumerate(rows(scenes, seed)))


def rows(scenes: Sequence[Scene], seed: int) -> Iterable[tuple[str, ...]]:
    """Everything but the index."""
    for number, one in enumerate(scenes):
        picture, rng = base64.b64encode(png(draw(one))).decode(), np.random.default_rng([seed, number, 83])
        for request in (described(one, rng), *coloured(one, rng)):
            yield picture, *request


def described(one: Scene, rng: np.random.Generator) -> Request:
    """A description, of which the other assistant's names something that is not there in place of something that is. Only the picture tells."""
    slip = USUAL.slip(one, rng)
    wrong = with_slip(one, told(one, rng), slip, rng)[0]
    return DESCRIBE, "description", sentence([text for text, _ in wrong]), ""


def coloured(one: Scene, rng: np.random.Generator) -> list[Request]:
    """A colour, of which the other assistant names another."""
    return [(said.question, "question", str(rng.choice([word for word in COLOURS if word != said.truth])), said.truth) for said in some(colour, "colour", one, rng)]
