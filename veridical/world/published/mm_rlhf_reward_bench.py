"""MM-RLHF-RewardBench's file of the world: pairs of answers of which the chosen one is true and the other is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from veridical.world.files import lines, some, write_pictures
from veridical.world.records import USUAL, recoloured, with_slip
from veridical.world.scene import COLOURS, Scene
from veridical.world.talk import DESCRIBE, colour, sentence, told

Pair = tuple[str, str, str]
"""(question, chosen, rejected)."""


def write(folder: Path, scenes: Sequence[Scene], seed: int = 0) -> None:
    """mm_reward_bench.jsonl and the pictures in image/: two pairs of descriptions of each scene ("long"), and a pair of colours ("short") where a thing is there once."""
    found = []
    for category, pairs in (("long", descriptions), ("short", colours)):
        names = write_pictures(folder / "image" / category, scenes, "scene_{}.png")
        for number, (name, one) in enumerate(zip(names, scenes, strict=True)):
            for question, chosen, rejected in pairs(one, np.random.default_rng([seed, number, 89])):
                found.append({"id": str(number), "image": f"{category}/{name}", "prompt": question, "chosen": chosen, "rejected": rejected})
    (folder / "mm_reward_bench.jsonl").write_text(lines(found))


def descriptions(one: Scene, rng: np.random.Generator) -> list[Pair]:
    """The true one against the usual writer's, who names missing partners too (where there is none to name: against one error), and against one with a wrong colour."""
    true = told(one, rng)
    usual = told(one, rng, bias=1.0) if one.missing_partners else with_slip(one, true, USUAL.slip(one, rng), rng)[0]
    worse = (usual, recoloured(one, true, rng))
    return [(DESCRIBE, sentence([text for text, _ in true]), sentence([text for text, _ in wrong])) for wrong in worse]


def colours(one: Scene, rng: np.random.Generator) -> list[Pair]:
    """The right colour against another."""
    return [(said.question, said.answer, str(rng.choice([word for word in COLOURS if word != said.truth]))) for said in some(colour, "colour", one, rng)]
