"""A run is a directory that is complete: recipe, versions, data, metrics, checkpoints, results, report."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from veridical.records.whole import WriteError, write_json, write_text

PACKAGES = ("veridical", "torch", "transformers", "accelerate", "peft", "datasets", "numpy", "pillow")


class RunError(RuntimeError):
    """A run directory that cannot be written; the message says what is kept."""


@dataclass(frozen=True)
class Run:
    """The directory of one run. Only the main process should write."""

    path: Path
    writes: bool = True

    def start(self, recipe: str, data: Sequence[Mapping[str, Any]] = ()) -> None:
        """Make the directory; write the resolved recipe, versions and data."""
        if not self.writes:
            return
        try:
            (self.path / "results").mkdir(parents=True, exist_ok=True)
            write_text(self.path / "recipe.yaml", recipe)
            write_json(self.path / "versions.json", versions())
            write_json(self.path / "data.json", list(data))
        except OSError as error:
            raise RunError(f"{self.path}: the run directory cannot be written ({error})") from error

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints are."""
        return self.path / "checkpoints"

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        """Append one line to metrics.jsonl."""
        if not self.writes:
            return
        try:
            with (self.path / "metrics.jsonl").open("a") as file:
                file.write(json.dumps({"step": step, "time": time.time(), **numbers}) + "\n")
        except OSError as error:
            raise RunError(f"{self.path}/metrics.jsonl: {error}; nothing before step {step} is lost, free space and run the same command again") from error

    def metrics(self) -> list[dict[str, float]]:
        """Every whole line of metrics.jsonl; one that a kill or a full disk cut off is passed over."""
        file = self.path / "metrics.jsonl"
        return [row for row in map(whole, file.read_text(encoding="utf-8").splitlines(keepends=True)) if row is not None] if file.is_file() else []

    def rewind(self, step: int) -> None:
        """Drop what was logged at or after `step`, so that a resumed run logs each step once. Errors: RunError."""
        if not self.writes or not (self.path / "metrics.jsonl").is_file():
            return
        self.write("metrics.jsonl", "".join(json.dumps(row) + "\n" for row in self.metrics() if row["step"] < step))

    def write(self, name: str, content: str) -> Path:
        """A text file of the run, whole or not at all. Errors: RunError."""
        target = self.path / name
        if self.writes:
            try:
                write_text(target, content)
            except WriteError as error:
                raise RunError(str(error)) from error
        return target


def whole(line: str) -> dict[str, float] | None:
    """A logged line, or None where it was cut off."""
    try:
        row = json.loads(line) if line.endswith("\n") else None
    except ValueError:
        return None
    return row if isinstance(row, dict) and "step" in row else None


def versions() -> dict[str, str]:
    """Versions of what decides numbers."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
