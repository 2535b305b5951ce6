"""The results of one model: a folder with one file per benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from veridical.records.result import Result


class ReportError(ValueError):
    """Something that a report cannot be made from; the message says what was expected."""


@dataclass(frozen=True)
class Side:
    """What was measured before, or after."""

    folder: Path | None = None
    results: Mapping[str, Result] = field(default_factory=dict)
    """By file name without its ending: results of one name are compared."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Files that hold no result: path -> what is wrong with which file."""

    @property
    def models(self) -> str:
        """The model's name; several where the files disagree."""
        return ", ".join(dict.fromkeys(result.model for result in self.results.values() if result.model))


def read(place: Path | None) -> Side:
    """The results of a folder, or of one file under its benchmark's name; what cannot be read is left out with its reason. Errors: ReportError."""
    if place is None:
        return Side()
    place = Path(place)
    if not place.exists():
        raise ReportError(f"{place}: no such folder; expected one with result files (pope.json, chair.json ...), as `veridical evaluate` and `veridical score` write them")
    files = sorted(place.glob("*.json")) if place.is_dir() else [place]
    results, left_out = {}, {}
    for file in files:
        try:
            result = Result.load(file)
            results[file.stem if place.is_dir() else result.benchmark] = result
        except (OSError, ValueError) as error:
            left_out[str(file)] = str(error)
    return Side(place if place.is_dir() else place.parent, results, left_out)
