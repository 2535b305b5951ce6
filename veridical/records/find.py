"""The data files of a source: one file, those of a folder, or what a registry or an index names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from veridical.records.formats.llama_factory import REGISTRY
from veridical.records.formats.mm_rlhf_ranking import MAPPING
from veridical.records.formats.sources import COMPANIONS
from veridical.records.index import Named, indexed
from veridical.records.rows import ENDINGS, LoadError

def files_of(path: str | Path) -> list[Named]:
    """The data files of a path: `folder`, `file`, `dataset_info.json`, `dataset_info.json#name`, or an index of MMPR or VLM-R1. LoadError when there are none."""
    place, _, entry = str(path).partition(f"{REGISTRY}#")
    found = Path(place) / REGISTRY if entry else Path(place)
    if not found.exists():
        raise LoadError(f"{found}: no such file or folder")
    if found.is_file():
        return named(found, entry) if found.name == REGISTRY else indexed(found) or [(found, beside(found))]
    return named(found / REGISTRY, "") if registered(found / REGISTRY) else [(one, {}) for one in below(found)]


def named(registry: Path, entry: str) -> list[Named]:
    """Files of a registry's entries, or of one entry."""
    known = registered(registry)
    if not known or entry and entry not in known:
        raise LoadError(
            f"{registry}: names no file{f' for {entry!r}' if entry else ''}; it has {', '.join(known) or 'none'}. Data on a hub must be downloaded and named by file_name"
        )
    return [(registry.parent / one["file_name"], one) for name, one in known.items() if entry in ("", name)]


def beside(file: Path) -> Mapping[str, Any]:
    """What a registry in the same folder says of a file, if there is one that can be read."""
    try:
        return next((one for one in registered(file.with_name(REGISTRY)).values() if one["file_name"] == file.name), {})
    except LoadError:
        return {}


def registered(registry: Path) -> dict[str, Mapping[str, Any]]:
    """Entries of a LLaMA-Factory registry that name a file; a file of that name which another program wrote has none."""
    try:
        entries = json.loads(registry.read_bytes()) if registry.is_file() else {}
    except ValueError as error:
        raise LoadError(f"{registry}: not JSON ({error}); repair it, or name the data file itself") from error
    if not isinstance(entries, Mapping):
        return {}
    return {name: {"reader": "llama_factory", "name": name, **one} for name, one in entries.items() if isinstance(one, Mapping) and isinstance(one.get("file_name"), str)}


def is_data(path: Path) -> bool:
    """Whether a file holds rows, by its name: what readers look into beside them is no data."""
    return path.suffix in ENDINGS and path.name not in (*COMPANIONS, MAPPING)


def below(folder: Path) -> list[Path]:
    """Data files of a folder; only where it has none of its own, those of the folders in it."""
    files = sorted(filter(is_data, folder.iterdir())) or sorted(filter(is_data, folder.rglob("*")))
    if not files:
        raise LoadError(f"{folder}: holds no {', '.join(ENDINGS)} file")
    return files
