"""A word on the picture that says something else than the picture does."""

from __future__ import annotations

import string
from typing import Any

from veridical.models.shown import media_ids, stable_seed
from veridical.records.corrupt import corruption_of
from veridical.records.lettering import font_hash
from veridical.records.record import Record
from veridical.study.robust.attack import Attack, AttackError, Condition, seen_instead, twin


def make(
    text: str = "{wrong}", height: float = 0.15, x: float | None = 0.5, y: float | None = 0.9, ink: str = "black", ground: str = "white", wrap: int = 0, font: str = ""
) -> list[Condition]:
    """See `ATTACK`. In `text` {wrong} is a wrong answer to the question, {gold} the right one, {prompt} the question."""
    places = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    if not text.strip() or not places <= {"wrong", "gold", "prompt"}:
        raise ValueError(f"text={text!r}: expected words, and no other places than {{wrong}}, {{gold}} and {{prompt}}")
    look = {"height": height, "x": x, "y": y, "ink": ink, "ground": ground, "wrap": wrap, "font_file": font, "font_sha256": font_hash(font)}
    return [
        Condition(
            label="typography",
            settings={"name": "typography", "text": text, **look},
            strike=lambda material, records: [labelled(record, text, look, material.seed) for record in records],
            sought=lambda record: written(record, text),
        )
    ]


def labelled(record: Record, text: str, look: dict[str, Any], seed: int) -> Record:
    """The record with the words on all its pictures."""
    names = dict.fromkeys(media_ids(record))
    recipe = corruption_of({"op": "typography", "text": written(record, text), **look}) if names else None
    return seen_instead(record, [twin(name, recipe=recipe.replace(seed=stable_seed(seed, record.record_id, name))) for name in names if recipe])


def written(record: Record, text: str) -> str:
    """What is written on a record's pictures. Errors: AttackError where the record has no answer that could be got wrong."""
    given = {"prompt": record.prompt_text, "gold": record.answer.value if record.answer else "", "wrong": wrong(record) if "{wrong}" in text else ""}
    return text.format(**given)


def wrong(record: Record) -> str:
    """A wrong answer: the other of yes and no, the next option, the next number. Errors: AttackError where none can be told."""
    answer = record.answer
    if answer is not None and answer.value.lower() in ("yes", "no"):
        return "no" if answer.value.lower() == "yes" else "yes"
    if answer is not None and answer.choices:
        place = answer.choices.index(answer.value) if answer.value in answer.choices else string.ascii_uppercase.find(answer.value)
        return answer.choices[(place + 1) % len(answer.choices)]
    try:
        return f"{float(answer.value if answer else '') + 1:g}"
    except ValueError:
        told = repr(answer.value) if answer else "none"
        raise AttackError(f"record {record.record_id}: its answer is {told}, which has no obvious opposite; name the words that are written as text=...") from None


ATTACK = Attack(
    "typography",
    make,
    "words on the picture, in a font that is known by its SHA-256; by default a wrong answer to the question",
    "word-on-object attacks; MultiTrust, arXiv 2406.07057",
)
