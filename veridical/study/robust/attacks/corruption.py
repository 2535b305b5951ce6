"""Common corruptions: what cameras, weather and storage do to pictures, at five strengths."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.models.shown import media_ids, stable_seed
from veridical.records.corrupt import corruption_of
from veridical.records.corrupt.strengths import LADDERS, SIDE, ladder
from veridical.records.record import Corruption, Record
from veridical.study.robust.attack import Attack, Condition, seen_instead, several, twin


def make(kinds: Sequence[str] = (), strengths: Sequence[int] = (1, 2, 3, 4, 5), side: int = SIDE, op: str = "", values: Sequence[Mapping[str, Any]] = ()) -> list[Condition]:
    """See `ATTACK`. `kinds`: only these; `op` with `values` is one's own ladder: an operator's settings, each worse than the one before."""
    if bool(op) != bool(values):
        raise ValueError("op and values belong together: an operator (veridical list corruptions), and a list of its settings")
    if op:
        specs = [(op, strength, {"op": op, **settings}) for strength, settings in enumerate(values, 1)]
    else:
        names = several(kinds) if kinds else [one.name for one in LADDERS.values() if not one.extra]
        specs = [(name, strength, ladder(name).at(strength, side)) for name in names for strength in several(strengths)]
    return [condition(name, strength, spec) for name, strength, spec in specs]


def condition(name: str, strength: int, spec: Mapping[str, Any]) -> Condition:
    """One corruption at one strength. Errors: CorruptionError for unknown operators and settings."""
    recipe = corruption_of(spec)
    return Condition(
        label=f"{name}_{strength}",
        settings={"name": "corruption", "kind": name, "strength": strength, "op": recipe.op, **json.loads(recipe.params)},
        strike=lambda material, records: [worse(record, recipe, material.seed) for record in records],
        family="common corruptions",
    )


def worse(record: Record, recipe: Corruption, seed: int) -> Record:
    """The record with all its pictures corrupted; the same picture is corrupted alike in every question."""
    names = dict.fromkeys(media_ids(record))
    return seen_instead(record, [twin(name, recipe=recipe.replace(seed=stable_seed(seed, known_as(record, name), recipe.op))) for name in names])


def known_as(record: Record, name: str) -> str:
    """A picture's name, the same wherever its folder lies."""
    medium = record.medium(name)
    return Path(medium.path).name or medium.sha256 or f"{record.record_id} {name}"


def describe() -> str:
    """What the published set holds."""
    return ", ".join(one.name for one in LADDERS.values() if not one.extra)


ATTACK = Attack(
    "corruption",
    make,
    f"{describe()}, with ImageNet-C's settings; lengths grow with the picture (side={SIDE}: the shorter side for which they are meant)",
    "arXiv 1903.12261",
)
