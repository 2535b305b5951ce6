"""Pixels changed within bounds so that the model stops saying what it says, or says what the attacker wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from veridical.evaluate.cache import request_key
from veridical.models.attack import Strength
from veridical.models.mislead import Aim, mislead
from veridical.models.reference import weights_key
from veridical.models.shown import media_ids
from veridical.records.picture import open_picture, png
from veridical.records.record import Record
from veridical.records.whole import write_bytes
from veridical.study.robust.attack import Attack, AttackError, Condition, Material, seen_instead, several, twin

Text = Callable[[Material, Record], str]


def own(material: Material, record: Record) -> str:
    """What the target says of the picture as it is."""
    return material.said[record.record_id]


def gold(material: Material, record: Record) -> str:
    """The true answer. Errors: AttackError for a record without one."""
    if record.answer is None or not record.answer.value:
        raise AttackError(f"record {record.record_id}: has no answer to attack; attack what the model says with reference=own")
    return record.answer.value


REFERENCES: Mapping[str, Text] = {"own": own, "gold": gold}


def make(
    epsilon: float | Sequence[float] = (2, 4, 8), steps: int = 10, step: float | None = None, restarts: int = 1, norm: str = "linf", sought: str = "", reference: str = "own",
    batch: int = 16,
) -> list[Condition]:  # fmt: skip
    """See `ATTACK`. A condition for each `epsilon`, in 255ths as `step` (default: 2.5 epsilon / steps)."""
    if reference not in REFERENCES:
        raise ValueError(f"reference={reference}: expected {' or '.join(REFERENCES)}")
    return [condition(Strength(float(one), steps, norm, step, restarts), sought, reference, batch) for one in several(epsilon)]


def condition(how: Strength, sought: str, reference: str, batch: int) -> Condition:
    """One strength."""
    against = {"sought": sought} if sought else {"reference": reference}
    text: Text = (lambda material, record: sought) if sought else REFERENCES[reference]
    return Condition(
        label=f"pgd_{'sought_' if sought else ''}{how.norm}_{how.epsilon:g}",
        settings={"name": "pgd", **asdict(how), "step": how.stride * 255, **against, "stored": "8 bits"},
        strike=lambda material, records: strike(material, records, how, text, bool(sought), batch),
        sought=(lambda record: sought) if sought else None,
        gradients=True,
    )


def strike(material: Material, records: Sequence[Record], how: Strength, text: Text, sought: bool, batch: int) -> list[Record]:
    """Records that show attacked pictures, which are kept by what they depend on.

    A stopped attack goes on: a batch of which something is missing is attacked again as a whole, since rounding depends on
    what is computed beside a picture.
    """
    aims = [Aim(record, said, sought) for record in records if media_ids(record) and (said := text(material, record)).strip()]
    weights = weights_key(material.ready().policy.model) if aims else ""
    settings = {"how": asdict(how), "seed": material.seed, "sought": sought}
    folders = {aim.record.record_id: material.folder / request_key(aim.record, {**settings, "text": aim.text}, weights)[:24] for aim in aims}
    first = list({folders[aim.record.record_id]: aim for aim in reversed(aims)}.items())
    for together in (dict(first[start : start + batch]) for start in range(0, len(first), batch)):
        if not all(file.is_file() for folder, aim in together.items() for file in files(aim.record, folder).values()):
            keep(material, together, how)
    return [showing(record, folders[record.record_id]) if record.record_id in folders else record for record in records]


def keep(material: Material, aims: Mapping[Path, Aim], how: Strength) -> None:
    """Attack some records together, each with its folder; each picture is a file when this returns."""
    ready = material.ready()
    found = mislead(ready.policy, ready.encoder, open_picture, list(aims.values()), how, material.seed)
    for (folder, aim), pictures in zip(aims.items(), found, strict=True):
        for name, file in files(aim.record, folder).items():
            write_bytes(file, png(pictures[name]))


def files(record: Record, folder: Path) -> dict[str, Path]:
    """Where a record's attacked pictures are, by the medium that they stand in for."""
    return {name: folder / f"{number}.png" for number, name in enumerate(dict.fromkeys(media_ids(record)), 1)}


def showing(record: Record, folder: Path) -> Record:
    """The record with the pictures of a folder."""
    return seen_instead(record, [twin(name, path=str(file)) for name, file in files(record, folder).items()])


ATTACK = Attack(
    "pgd",
    make,
    "gradient steps on pixels in [0, 1] before normalisation, from a random start: down with what is said (reference=own) or true (reference=gold), or up with `sought`",
    "arXiv 1706.06083",
)
