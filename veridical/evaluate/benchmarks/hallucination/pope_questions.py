"""Builds POPE's three splits for pictures whose objects are known: random, popular and adversarial absent objects."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from veridical.evaluate.benchmarks.hallucination.pope import SPLITS

PRESENT = 3
"""Objects of a picture that are asked about, and as many that are not there."""
QUESTION = "Is there {article} {name} in the image?"


def pope_questions(objects: Mapping[str, Sequence[str]], images: int = 500, seed: int = 0) -> dict[str, list[dict[str, str | int]]]:
    """Rows of each split, in POPE's format, for `images` of the pictures with at least three objects, drawn by `seed`.

    Of each picture its first three objects are asked about, and behind each one that is not there and was not asked about in this picture:
    any (random), the one in most of the drawn pictures (popular), or the one that stands beside this object most often (adversarial; one
    that never does is drawn at random). The present objects are the same in all splits. Errors: ValueError where there are too few pictures.

    Source: POPE, arXiv 2305.10355. Differs: the released generator spoils other words when it corrects the article; this one does not.
    """
    known = {image: list(dict.fromkeys(names)) for image, names in objects.items()}
    able = sorted(image for image, names in known.items() if len(names) >= PRESENT)
    if len(able) < images:
        raise ValueError(f"{len(able)} pictures have at least {PRESENT} objects, and {images} are wanted; give more pictures, or a smaller number")
    drawn = {image: known[image] for image in random.Random(seed).sample(able, images)}
    return {split: rows_of_split(drawn, split, random.Random(f"{seed} {split}")) for split in SPLITS}


def rows_of_split(drawn: Mapping[str, Sequence[str]], split: str, draw: random.Random) -> list[dict[str, str | int]]:
    """Six rows for each picture, present and absent in turn."""
    frequent = Counter(name for names in drawn.values() for name in names)
    beside = {name: Counter(other for names in drawn.values() if name in names for other in names if other != name) for name in frequent}
    rows: list[dict[str, str | int]] = []
    for image, names in drawn.items():
        asked: set[str] = set()
        for name in names[:PRESENT]:
            free = [other for other in sorted(frequent) if other not in names and other not in asked]
            if not free:
                raise ValueError(f"{image}: every object of the drawn pictures is in it or was asked about; give pictures of more kinds of things")
            absent = absent_of(split, free, frequent, beside[name], draw)
            asked.add(absent)
            rows += [row(len(rows) + place, image, one, label) for place, (one, label) in enumerate(((name, "yes"), (absent, "no")), 1)]
    return rows


def absent_of(split: str, free: Sequence[str], frequent: Counter[str], beside: Counter[str], draw: random.Random) -> str:
    """The absent object of a split among those that are free; equals by the alphabet."""
    counts = {"popular": frequent, "adversarial": beside}.get(split)
    if counts is None or not any(counts[name] for name in free):
        return draw.choice(free)
    return max(free, key=lambda name: counts[name])


def row(number: int, image: str, name: str, label: str) -> dict[str, str | int]:
    """One question."""
    return {"question_id": number, "image": image, "text": QUESTION.format(article="an" if name[:1].lower() in "aeiou" else "a", name=name), "label": label}


def write_pope(folder: Path, objects: Mapping[str, Sequence[str]], images: int = 500, seed: int = 0, source: str = "coco") -> list[Path]:
    """Write SOURCE_pope_{random,popular,adversarial}.json, which the benchmark reads; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for split, rows in pope_questions(objects, images, seed).items():
        paths.append(folder / f"{source}_pope_{split}.json")
        paths[-1].write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return paths
