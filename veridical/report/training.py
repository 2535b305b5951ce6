"""What a training run left behind, as the page shows it: curves, the first batch, recipe, versions, data."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from veridical.report.curves import Curves, curves
from veridical.report.folders import ReportError
from veridical.report.fragment import cleaned

LONGEST = 40_000
"""Characters of a file that the page shows."""


@dataclass(frozen=True)
class Training:
    """One run; what it lacks is empty, what cannot be read is named in `problems`."""

    folder: Path
    curves: Curves
    steps: int
    first_batch: Markup
    recipe: str
    versions: dict[str, str]
    data: str
    problems: tuple[str, ...]


def read_training(folder: Path) -> Training:
    """The run of a directory. Errors: ReportError when there is none."""
    folder, problems = Path(folder), []
    if not folder.is_dir():
        raise ReportError(f"{folder}: no such run directory; expected one with recipe.yaml and metrics.jsonl, as `veridical align` writes it")

    def taken(name: str, read: Callable[[Path], Any], empty: Any) -> Any:
        try:
            return read(folder / name) if (folder / name).is_file() else empty
        except (OSError, ValueError) as error:
            problems.append(f"{name}: cannot be read: {error}")
            return empty

    logged, lost = logged_of(folder)
    if lost:
        problems.append(f"metrics.jsonl: {lost} lines cannot be read (cut off, or not JSON) and are left out")
    return Training(
        folder,
        curves(logged),
        len({line["step"] for line in logged}),
        taken("first_batch.html", lambda file: cleaned(file.read_text(encoding="utf-8")), Markup("")),
        taken("recipe.yaml", lambda file: file.read_text(encoding="utf-8"), ""),
        taken("versions.json", lambda file: dict(json.loads(file.read_text(encoding="utf-8"))), {}),
        taken("data.json", lambda file: shortened(json.dumps(json.loads(file.read_text(encoding="utf-8")), indent=2, ensure_ascii=False)), ""),
        tuple(problems),
    )


def logged_of(folder: Path) -> tuple[list[dict[str, float]], int]:
    """The lines of metrics.jsonl, and how many cannot be read: a run that was killed may leave half a line anywhere."""
    file = folder / "metrics.jsonl"
    if not file.is_file():
        return [], 0
    found, lost = [], 0
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            numbers = json.loads(line)
            found.append({"step": float(numbers["step"]), **{name: value for name, value in numbers.items() if name != "step"}})
        except (ValueError, TypeError, KeyError):
            lost += bool(line.strip())
    return found, lost


def shortened(text: str, most: int = LONGEST) -> str:
    """The text, cut where it is very long (a list of thousands of left-out rows)."""
    return text if len(text) <= most else f"{text[:most]}\n… {len(text) - most:,} more characters in the file"
