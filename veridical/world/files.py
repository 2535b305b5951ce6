"""Benchmarks of the world in their official file formats, so that one program reads these and the published files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from veridical.records.picture import png
from veridical.world.cause import Cause
from veridical.world.draw import SIZE, draw
from veridical.world.records import USUAL
from veridical.world.scene import NAMES, Scene, scene
from veridical.world.talk import DESCRIBE, Said, article, attribute, plural, relation

PAIRS_OF_QUESTIONS = 3
"""POPE asks about so many objects that are there, and after each about one that is not."""

Absent = Callable[[str, Scene, Sequence[str], np.random.Generator], str]
"""(what was just asked about, scene, absent names not yet asked about, randomness) -> the absent name to ask about."""


def write_all(folder: Path, captions: int, questions: int, amber: int, first: int = 0) -> Path:
    """POPE, CHAIR and AMBER of held-out scenes below `folder`: that many described scenes, POPE scenes and AMBER scenes."""
    scenes = [scene(seed, "test") for seed in range(first, first + max(captions, questions, amber))]
    write_chair(folder / "chair", scenes[:captions])
    write_pope(folder / "pope", scenes[:questions])
    write_amber(folder / "amber", scenes[:amber])
    return folder


def write_chair(folder: Path, scenes: Sequence[Scene], cause: Cause = USUAL) -> None:
    """synonyms.txt, objects.json, images.txt, prompt.txt (and prompts.json, where each picture has a question of its own), and the pictures, shown and asked about as the cause does."""
    names = write_pictures(folder / "images", scenes, "scene_{}.png", cause.size)
    forms = [", ".join(dict.fromkeys((name, plural(name)))) for name in NAMES]
    (folder / "synonyms.txt").write_text("\n".join(forms) + "\n")
    (folder / "objects.json").write_text(json.dumps({name: list(one.names) for name, one in zip(names, scenes, strict=True)}, indent=1))
    (folder / "images.txt").write_text("\n".join(names) + "\n")
    (folder / "prompt.txt").write_text(DESCRIBE + "\n")
    if any(cause.ask(one) != DESCRIBE for one in scenes):
        (folder / "prompts.json").write_text(json.dumps({name: cause.ask(one) for name, one in zip(names, scenes, strict=True)}, indent=1))


def write_pope(folder: Path, scenes: Sequence[Scene], seed: int = 0) -> None:
    """The three splits, built by POPE's rule: after each object that is there one that is not, drawn at random, the most
    frequent one, or the one that occurs most often together with it, counted over these scenes."""
    names = write_pictures(folder / "images", scenes, "scene_{}.png")
    for split, absent in splits_of(scenes).items():
        rng, rows = np.random.default_rng([seed, len(split)]), []
        for name, one in zip(names, scenes, strict=True):
            for asked, label in asked_of(one, absent, rng):
                rows.append({"question_id": len(rows) + 1, "image": name, "text": f"Is there {article(asked)} in the image?", "label": label})
        (folder / f"world_pope_{split}.json").write_text(lines(rows))


def asked_of(one: Scene, absent: Absent, rng: np.random.Generator) -> list[tuple[str, str]]:
    """(name, "yes" or "no") for one scene: as many of each."""
    found, free = [], list(one.absent)
    for name in one.names[:PAIRS_OF_QUESTIONS]:
        other = absent(name, one, free, rng)
        free.remove(other)
        found += [(name, "yes"), (other, "no")]
    return found


def splits_of(scenes: Sequence[Scene]) -> dict[str, Absent]:
    """How each split chooses what is absent."""
    often = Counter(name for one in scenes for name in one.names)
    together = Counter((a, b) for one in scenes for a in one.names for b in one.names if a != b)

    def at_random(name: str, one: Scene, free: Sequence[str], rng: np.random.Generator) -> str:
        return str(rng.choice(free))

    def popular(name: str, one: Scene, free: Sequence[str], rng: np.random.Generator) -> str:
        return max(free, key=lambda other: often[other])

    def adversarial(name: str, one: Scene, free: Sequence[str], rng: np.random.Generator) -> str:
        return max(free, key=lambda other: together[name, other])

    return {"random": at_random, "popular": popular, "adversarial": adversarial}


def write_amber(folder: Path, scenes: Sequence[Scene], seed: int = 0) -> None:
    """annotations.json, query_all.json, relation.json, safe_words.txt and the pictures: a description of every scene, then
    questions on existence (always about what is absent), state, number and relation."""
    names = write_pictures(folder / "image", scenes, "AMBER_{}.png")
    rng = np.random.default_rng([seed, 5])
    asked: list[tuple[dict[str, Any], str, str]] = [(described(one), name, DESCRIBE) for name, one in zip(names, scenes, strict=True)]
    for kind, ask in (("state", attribute), ("number", attribute), ("existence", company), ("relation", relation)):
        for name, one in zip(names, scenes, strict=True):
            asked += [({"type": type_of(said), "truth": said.truth}, name, said.question) for said in some(ask, kind, one, rng)]
    truths = [{"id": number, **truth} for number, (truth, _, _) in enumerate(asked, 1)]
    queries = [{"id": number, "image": image, "query": text} for number, (_, image, text) in enumerate(asked, 1)]
    (folder / "annotations.json").write_text(json.dumps(truths, indent=1))
    (folder / "query_all.json").write_text(json.dumps(queries, indent=1))
    (folder / "relation.json").write_text(json.dumps({name: [] for name in NAMES}, indent=1))
    (folder / "safe_words.txt").write_text("")


def described(one: Scene) -> dict[str, Any]:
    """The truth of a description: what is there, and what people would imagine."""
    return {"type": "generative", "truth": list(one.names), "hallu": list(dict.fromkeys(one.missing_partners))}


def company(one: Scene, rng: np.random.Generator) -> Said:
    """Whether something is there that is not: a missing partner where there is one."""
    name = str(rng.choice(one.missing_partners or one.absent))
    return Said("existence", f"Is there {article(name)} in this image?", "No", "no")


def some(ask: Callable[[Scene, np.random.Generator], Said | None], kind: str, one: Scene, rng: np.random.Generator, tries: int = 12) -> list[Said]:
    """One question of that kind, where the scene has one."""
    for _ in range(tries):
        said = ask(one, rng)
        if said is not None and said.kind == kind:
            return [said]
    return []


def type_of(said: Said) -> str:
    """AMBER's name of a question's type; true and false relations have different ones."""
    if said.kind == "relation":
        return "discriminative-relation" if said.truth == "yes" else "relation"
    return {"state": "discriminative-attribute-state", "number": "discriminative-attribute-number", "existence": "discriminative-hallucination"}[said.kind]


def write_pictures(folder: Path, scenes: Sequence[Scene], pattern: str, size: int = SIZE) -> list[str]:
    """The scenes as PNG files; their names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [pattern.format(number) for number in range(1, len(scenes) + 1)]
    for name, one in zip(names, scenes, strict=True):
        (folder / name).write_bytes(png(draw(one, size)))
    return names


def lines(rows: Iterable[dict[str, Any]]) -> str:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)
