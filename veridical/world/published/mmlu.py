"""MMLU's files of the world: which of four words can answer a question. It takes knowing the words, and no picture."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from veridical.world.scene import COLOURS, NAMES, PLACES, SIZES, Scene
from veridical.world.talk import plural

SUBJECT = "miscellaneous"
SOLVED = 5
"""Questions with their answers that may stand in front."""
KINDS: tuple[tuple[str, Sequence[str]], ...] = (
    ("What colour is the {name}?", COLOURS), ("What size is the {name}?", SIZES), ("Where is the {name}?", PLACES), ("How many {names} are there?", tuple("123456789")),
)  # fmt: skip
"""Question -> the words that answer it."""


def write(folder: Path, scenes: Sequence[Scene], seed: int = 0) -> None:
    """test/SUBJECT_test.csv, a question of each kind for every second scene (nothing of the scene is asked), and dev/SUBJECT_dev.csv."""
    rng = np.random.default_rng([seed, 97])
    for part, number in (("dev", SOLVED), ("test", 2 * len(scenes))):
        (folder / part).mkdir(parents=True, exist_ok=True)
        with (folder / part / f"{SUBJECT}_{part}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(row(rng, place) for place in range(number))


def row(rng: np.random.Generator, place: int) -> list[str]:
    """Question, four options (one of each kind) in a drawn order, and the letter of the one that fits."""
    question, _ = KINDS[place % len(KINDS)]
    name = str(rng.choice(NAMES))
    options, order = [str(rng.choice(words)) for _, words in KINDS], rng.permutation(len(KINDS))
    letter = "ABCD"[list(order).index(place % len(KINDS))]
    return [question.format(name=name, names=plural(name)), *(options[one] for one in order), letter]
