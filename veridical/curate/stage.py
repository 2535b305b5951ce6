"""A stage of data construction: items in, items out, each finished one on disk before the next begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.progress import track


class StageError(RuntimeError):
    """A stage's file that cannot be read or written; the message says what is kept."""


def done(path: Path) -> dict[str, Any]:
    """What an earlier run finished: value by key. A last line that a kill cut off is removed."""
    if not path.is_file():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    found = {}
    for number, line in enumerate(whole.decode().rstrip("\n").split("\n") if whole else [], 1):
        try:
            row = json.loads(line)
            found[row["key"]] = row["value"]
        except (ValueError, KeyError, TypeError) as error:
            raise StageError(f"{path}, line {number}: not a finished item ({error}); delete the line, and it is made again") from error
    return found


def run(path: Path, title: str, keys: Sequence[str], work: Callable[[Sequence[str]], Sequence[Any]], batch: int) -> dict[str, Any]:
    """Value by key for all `keys`: those of an earlier run from `path`, the others by `work`, a batch at a time, appended at once."""
    found = done(path)
    waiting = [key for key in keys if key not in found]
    for start in track(range(0, len(waiting), batch), title, disable=not waiting):
        part = waiting[start : start + batch]
        values = work(part)
        if len(values) != len(part):
            raise StageError(f"{title}: {len(values)} results for {len(part)} items; there must be one for each")
        append(path, [{"key": key, "value": value} for key, value in zip(part, values, strict=True)])
        found |= dict(zip(part, values, strict=True))
    return {key: found[key] for key in keys}


def append(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Lines at the end of a stage's file. Errors: StageError when the disk is full; what was written before stays."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    except OSError as error:
        raise StageError(f"{path}: cannot be written ({error}); free space on this disk, the same command goes on where it stopped") from error
