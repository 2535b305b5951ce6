"""From a number to a record: the picture is drawn, a question asked, and every response graded before it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from zlib import crc32

import numpy as np

from veridical.curate.rendered.asked import Asked, Wrong, first_found
from veridical.curate.rendered.rendering import LARGEST, Drawn, Rendering, Wish
from veridical.curate.rendered.settings import Settings
from veridical.curate.rendered.sheet import Crowded, png
from veridical.grade.accuracy import accuracy
from veridical.grade.grade import Grader
from veridical.records.pairing import edits
from veridical.records.record import Answer, Fact, Media, Pair, Part, Provenance, Record, Response, Turn, text_parts

EACH = 1_000_000
"""Records of one seed."""
SEEDS = 1_000
"""Seeds of one split."""
SPLITS: Mapping[str, int] = MappingProxyType({"train": 0, "test": EACH * SEEDS})
"""The first number of each split: the numbers of two splits are never the same."""
TRIES = 300
"""Pictures that are drawn before a kind is said to be impossible."""
LICENSE = "CC0-1.0"


def first_number(split: str, seed: int) -> int:
    """The number of a seed's first record. Errors: ValueError naming what there is."""
    if split not in SPLITS:
        raise ValueError(f"split={split}: unknown; there are {', '.join(SPLITS)}")
    if not 0 <= seed < SEEDS:
        raise ValueError(f"seed={seed}: expected 0 to {SEEDS - 1}")
    return SPLITS[split] + seed * EACH


@dataclass(frozen=True)
class Composed:
    """A picture and a question about it, before they are a record."""

    number: int
    wish: Wish
    drawn: Drawn
    asked: Asked
    rng: np.random.Generator
    """What is left of the number's randomness."""


def record_of(kind: Rendering, number: int, settings: Settings = Settings()) -> Record:
    """The record of a number. The same number and settings give the same bytes (with the same Pillow)."""
    return written(kind, composed(kind, number, settings), settings.rejected)


def composed(kind: Rendering, number: int, settings: Settings = Settings()) -> Composed:
    """The picture of a number with a question. Errors: ValueError where the kind cannot be drawn as it is wished."""
    if settings.size is not None and settings.size < kind.least:
        raise ValueError(f"size={settings.size}: {kind.name} cannot be read below {kind.least} pixels")
    for attempt in range(TRIES):
        rng = np.random.default_rng([crc32(kind.name.encode()), number, attempt])
        wish = wish_of(kind, settings, rng)
        try:
            drawn = kind.draw(wish, rng)
        except Crowded:
            continue
        if (asked := ask(kind, drawn, rng)) is not None:
            return Composed(number, wish, drawn, asked, rng)
    raise ValueError(f"{kind.name}, number {number}: no picture in {TRIES} had room for its content; set a larger size, or another font")


def wish_of(kind: Rendering, settings: Settings, rng: np.random.Generator) -> Wish:
    """The settings, with what they leave open drawn."""
    size = int(rng.integers(kind.least, LARGEST + 1))
    difficulty = int(rng.integers(1, 4))
    font = str(rng.choice(settings.fonts)) if settings.fonts else ""
    return Wish(size if settings.size is None else settings.size, difficulty if settings.difficulty is None else settings.difficulty, font)


def ask(kind: Rendering, drawn: Drawn, rng: np.random.Generator) -> Asked | None:
    """A question of the kind, each with the same chance where it can be asked; its wrong responses in a drawn order."""
    order = [kind.questions[place] for place in rng.permutation(len(kind.questions))]

    def graded(question: Callable[..., Asked | None]) -> Asked | None:
        asked = question(drawn.truth, rng)
        return None if asked is None else only_wrong(kind, asked)

    return first_found((lambda question=question: graded(question)) for question in order)


def only_wrong(kind: Rendering, asked: Asked) -> Asked:
    """The question with those wrong responses that its grader scores 0. Errors: ValueError where the right one does not earn 1."""
    if (value := earned(asked.answer, asked.chosen)) != 1:
        raise ValueError(f"{kind.name}, {asked.skill}: the grader scores the right response {asked.chosen!r} {value}, its answer is {asked.answer.value!r}")
    return Asked(asked.skill, asked.question, asked.answer, asked.chosen, tuple(wrong for wrong in asked.wrongs if earned(asked.answer, wrong.text) == 0))


def earned(answer: Answer, text: str) -> float | None:
    """What a response earns."""
    blank = Record(record_id="-", prompt=(Turn(role="user", parts=text_parts("-")),), answer=answer, media=(Media(media_id="image", width=1, height=1),))
    return grader()(blank, text).value


@cache
def grader() -> Grader:
    """The grader that knows every answer type."""
    return accuracy()


def written(kind: Rendering, one: Composed, most: int) -> Record:
    """The record, with at most so many wrong responses."""
    asked, number, picture = one.asked, one.number, one.drawn.sheet.finished()
    kept = [asked.wrongs[place] for place in one.rng.permutation(len(asked.wrongs))[:most]]
    responses = (chosen_of(asked), *(rejected_of(wrong, place) for place, wrong in enumerate(kept)))
    split = "test" if number >= SPLITS["test"] else "train"
    about = {"kind": kind.name, "skill": asked.skill, "difficulty": one.wish.difficulty, "number": number}
    return Record(
        record_id=f"rendered-{kind.name}-{split}-{number}",
        task=kind.task,
        tags=(kind.family, kind.name, asked.skill),
        split=split,
        media=(Media(media_id="image", data=png(picture), width=picture.width, height=picture.height),),
        prompt=(Turn(role="user", parts=(Part(type="image", media_id="image"), Part(text=asked.question))),),
        responses=responses,
        pairs=tuple(pair_of(wrong, responses[0], response) for wrong, response in zip(kept, responses[1:], strict=True)),
        answer=asked.answer,
        facts=(Fact(kind="data", text=json.dumps(one.drawn.facts, ensure_ascii=False), media_id="image"),),
        provenance=Provenance(dataset="rendered", index=number, source_id=f"{kind.name}-{number}", license=LICENSE, media_license=LICENSE),
        extra=json.dumps({"rendered": about}),
    )


def chosen_of(asked: Asked) -> Response:
    """The right response."""
    return Response(response_id="chosen", parts=text_parts(asked.chosen), model="rendered", origin="template", rank=1, score=1.0, label=1, correct=1, answer=asked.answer.value)


def rejected_of(wrong: Wrong, place: int) -> Response:
    """A wrong response."""
    name = "rejected" if place == 0 else f"rejected-{place + 1}"
    return Response(
        response_id=name, parts=text_parts(wrong.text), model="rendered", origin="injected", rank=2, score=0.0, label=0, correct=0, answer=wrong.value, critique=wrong.reason
    )


def pair_of(wrong: Wrong, chosen: Response, rejected: Response) -> Pair:
    """The pair, with the error's name and every changed stretch."""
    return Pair(
        chosen=chosen.response_id, rejected=rejected.response_id, margin=1.0, rule=wrong.rule, edits=edits(chosen.text, rejected.text),
        chosen_reason="agrees with what the picture was drawn from", rejected_reason=f"{wrong.rule}: {wrong.reason}",
    )  # fmt: skip
