"""Files that name data files: MMPR's meta JSON (subsets with a media folder and a weight) and VLM-R1's YAML index (files with a share of their rows)."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.records.record import Record
from veridical.records.rows import LoadError

Named = tuple[Path, Mapping[str, Any]]
"""A file, and what a companion says of it."""
SHARE = re.compile(r"(first|end|random):(\d+(?:\.\d+)?)(%?)")


def indexed(file: Path) -> list[Named] | None:
    """The files that an index names with what it says of them; None for a file that is no index. Errors: LoadError for one that names nothing."""
    return from_yaml(file) if file.suffix in (".yaml", ".yml") else from_meta(file) if file.suffix == ".json" else None


def from_meta(file: Path) -> list[Named] | None:
    """MMPR's subsets; only a file that begins like one is read."""
    with file.open("rb") as opened:
        head = opened.read(4096)
    if not (head.lstrip().startswith(b"{") and b'"annotation"' in head and b'"root"' in head):
        return None
    try:
        entries = json.loads(file.read_bytes())
    except ValueError:
        return None
    if not isinstance(entries, dict) or not all(isinstance(one, dict) and isinstance(one.get("annotation"), str) for one in entries.values()):
        return None
    return [(file.parent / one["annotation"], subset(file, name, one)) for name, one in entries.items()]


def subset(file: Path, name: str, one: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the index says of one subset."""
    return {"reader": "mmpr", "name": name, "root": str(file.parent / str(one.get("root") or "")), "times": times(file, name, one.get("repeat_time", 1))}


def times(file: Path, name: str, value: Any) -> float:
    """How often a subset is drawn. LoadError for what is no number of times."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise LoadError(f"{file}: {name}: repeat_time is {value!r}; expected how often the subset is drawn, as 1 or 0.5")
    return float(value)


def from_yaml(file: Path) -> list[Named]:
    """VLM-R1's files. LoadError where none is named, or a share cannot be read."""
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LoadError(f"{file}: not YAML ({str(error).splitlines()[0]})") from error
    found = content.get("datasets") if isinstance(content, dict) else None
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) and isinstance(one.get("json_path"), str) for one in found):
        raise LoadError(f"{file}: names no data; expected datasets: a list with json_path and, if only a part is wanted, sampling_strategy")
    for one in found:
        share_of(file, str(one.get("sampling_strategy") or "all"))
    return [(file.parent / one["json_path"], {"share": str(one.get("sampling_strategy") or "all")}) for one in found]


def share_of(file: Path, text: str) -> tuple[str, float, bool]:
    """Which rows, how many, and whether that is a share in percent. LoadError for another way to say it."""
    if text == "all":
        return "first", 100, True
    found = SHARE.fullmatch(text)
    if found is None:
        raise LoadError(f"{file}: sampling_strategy is {text!r}; expected all, first:N, end:N or random:N, where N may be a share as 10%")
    return found[1], float(found[2]), bool(found[3])


def part_of(records: Sequence[Record], file: Path, text: str) -> list[Record]:
    """The records that a sampling strategy takes; `random` draws the same ones every time and keeps their order."""
    which, number, percent = share_of(file, text)
    count = min(len(records), int(len(records) * number / 100) if percent else int(number))
    if which == "random":
        return [records[place] for place in sorted(random.Random(0).sample(range(len(records)), count))]
    return list(records[:count]) if which == "first" else list(records[len(records) - count :])
