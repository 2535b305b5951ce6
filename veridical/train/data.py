"""Records of a run: sources read, checked, divided into training and held-out records, and mixed by weight."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from accelerate import Accelerator
from accelerate.utils import gather_object
from rich.progress import track

from veridical.recipe import Train
from veridical.records.load import LeftOut, Loaded, Source, files_of, load, mix, summary_of
from veridical.records.record import Record
from veridical.train.order import share
from veridical.train.session import Say

Encode = Callable[[Record], int]
"""Reads a record as the run will; gives the number of its responses that were cut to the token limit, and raises what makes the record unusable."""

HELD_OUT = ("held_out", "validation", "test")
"""Values of a source's `split` that keep all its records from training."""


class DataError(ValueError):
    """Data of which nothing can be used; the message says why."""


@dataclass(frozen=True)
class Data:
    """What a run trains on and what it is watched with."""

    train: list[Record]
    """Mixed by weight: a record of a source with weight 2 is here twice."""
    held: list[Record]
    left_out: list[LeftOut]
    cut: int
    """Responses that were cut to the token limit."""
    sources: list[dict[str, Any]]
    """For the run directory: what each source held, with the digest of its files and every row that was left out."""


def gather(recipe: Train, encode: Encode, accelerator: Accelerator, say: Say) -> Data:
    """All sources of a recipe, checked with `encode`.

    Errors: LoadError for a file that cannot be read at all; DataError when no record is left.
    """
    read = [load(Source(**source.model_dump())) for source in recipe.data]
    checked, cuts = [], 0
    for source, found in zip(recipe.data, read, strict=True):
        say(f"{source.path}: {found.format} ({found.why}), {len(found.records)} records, {len(found.left_out)} left out")
        usable, unusable, cut = check(found.records, encode, accelerator)
        checked.append(replace(found, records=usable, left_out=[*found.left_out, *unusable]))
        cuts += cut
    left_out = [item for found in checked for item in found.left_out]
    if not any(found.records for found in checked):
        reasons = "; ".join(sorted({item.reason for item in left_out})[:3]) or "there are none"
        raise DataError(f"{', '.join(source.path for source in recipe.data)}: no record can be used: {reasons}")
    train, held = divide(checked, recipe)
    if not any(found.records for found in train):
        raise DataError("every record is held out; lower held_out.fraction, or give a source whose split is not one of " + ", ".join(HELD_OUT))
    for line in [*summary_of(left_out), *([f"{cuts} responses are cut to step.max_tokens={recipe.step.max_tokens}"] if cuts else [])]:
        say(line)
    return Data(mix(list(zip(recipe.data, train, strict=True)), recipe.seed), held, left_out, cuts, [*map(described, recipe.data, checked, train)])


def check(records: Sequence[Record], encode: Encode, accelerator: Accelerator) -> tuple[list[Record], list[LeftOut], int]:
    """Records that can be read, the others with their reasons, and the number of cut responses. Nothing is lost for one bad picture.

    Each process reads its share. Every picture is decoded and every text becomes tokens, so this takes about as long as
    reading the data once.
    """
    mine = share(range(len(records)), accelerator.process_index, accelerator.num_processes)
    hidden = len(records) < 200 or not accelerator.is_main_process
    verdicts = gather_object([verdict(records[index], encode) for index in track(mine, f"checking {len(records)} records", transient=True, disable=hidden)])
    unusable = [LeftOut(record.provenance.file, record.provenance.index, "", reason) for record, (reason, _) in zip(records, verdicts, strict=True) if reason]
    return [record for record, (reason, _) in zip(records, verdicts, strict=True) if not reason], unusable, sum(cut for _, cut in verdicts)


def verdict(record: Record, encode: Encode) -> tuple[str, int]:
    """Why a record is unusable (or ""), and how many of its responses were cut."""
    try:
        return "", encode(record)
    except (ValueError, KeyError, OSError) as error:
        reason = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        return (reason if record.record_id in reason else f"record {record.record_id}: {type(error).__name__}: {reason}"), 0


def divide(sources: Sequence[Loaded], recipe: Train) -> tuple[list[Loaded], list[Record]]:
    """Training records by source, and held-out ones; a held-out record never trains.

    Held out are the records of sources that say so in `split`, or else a share of all, drawn by the seed.
    """
    named = [record for found in sources for record in found.records if record.split in HELD_OUT]
    if named:
        held = set(map(id, named))
    else:
        everything = [record for found in sources for record in found.records]
        number = min(recipe.held_out.most, int(len(everything) * recipe.held_out.fraction))
        held = {id(everything[place]) for place in np.random.default_rng([recipe.seed, len(everything)]).permutation(len(everything))[:number]}
    train = [replace(found, records=[record for record in found.records if id(record) not in held]) for found in sources]
    return train, [record for found in sources for record in found.records if id(record) in held]


def described(source: Any, checked: Loaded, train: Loaded) -> dict[str, Any]:
    """One source for `data.json`."""
    return {
        "source": source.model_dump(), "sha256": digest(source.path), "format": checked.format, "why": checked.why, "usable": len(checked.records),
        "train": len(train.records), "held_out": len(checked.records) - len(train.records), "left_out": [asdict(item) for item in checked.left_out],
    }  # fmt: skip


def digest(path: str) -> str:
    """SHA-256 over the data files of a source."""
    state = hashlib.sha256()
    for file, _ in files_of(path):
        with file.open("rb") as content:
            state.update(hashlib.file_digest(content, "sha256").digest())
    return state.hexdigest()
