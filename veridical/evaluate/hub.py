"""Data of a benchmark from the hub, through `datasets`: written once as Parquet files, which the benchmark then reads as it reads the published ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import BenchmarkError

MARK = "hub:"
NAME = re.compile(r"(?P<name>[^@#]+)(?:#(?P<part>[^@]+))?(?:@(?P<revision>.+))?")
SAVED = ("dataset_dict.json", "state.json")
"""What `save_to_disk` leaves."""
WHOLE = "whole"
"""A file that says that all splits were written."""


def folder_of(data: str, below: Path) -> Path:
    """The folder (or file) that `data` names. hub:NAME, hub:NAME#CONFIGURATION and hub:NAME@REVISION are fetched into a folder below `below`.

    NAME may also be a directory that `save_to_disk` wrote. Errors: BenchmarkError saying why it cannot be had.
    """
    if not data.startswith(MARK):
        return Path(data)
    wanted = data.removeprefix(MARK)
    folder = below / re.sub(r"[^\w.-]+", "-", wanted).strip("-")
    if not (folder / WHOLE).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for split, rows in splits_of(wanted).items():
            rows.to_parquet(folder / f"{split}-00000-of-00001.parquet")
        (folder / WHOLE).write_text(wanted + "\n", encoding="utf-8")
    return folder


def splits_of(wanted: str) -> dict[str, Any]:
    """The data set's splits. Errors: BenchmarkError."""
    import datasets

    parts = NAME.fullmatch(wanted)
    if parts is None:
        raise BenchmarkError(f"{MARK}{wanted}: expected hub:NAME, with #CONFIGURATION and @REVISION where they are needed")
    try:
        saved = any((Path(parts["name"]) / name).is_file() for name in SAVED)
        found = datasets.load_from_disk(parts["name"]) if saved else datasets.load_dataset(parts["name"], parts["part"], revision=parts["revision"])
    except Exception as error:  # noqa: BLE001 - the library, the network and the hub raise whatever they like
        why = f"{type(error).__name__}: {str(error)[:300]}"
        raise BenchmarkError(f"{MARK}{wanted}: cannot be had ({why}); look at the name and the network, or give a folder with the published files") from error
    return dict(found) if isinstance(found, dict) else {str(found.split or "test"): found}
