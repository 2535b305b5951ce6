"""The models of a comparison: each a folder of results under a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from veridical.report.folders import ReportError, Side, read


@dataclass(frozen=True)
class Entrant:
    """A model with its results; the first of a comparison is what the others are compared with."""

    label: str
    side: Side


def entrants(places: Sequence[str | Path]) -> tuple[Entrant, ...]:
    """Entrants of folders, each given as FOLDER or NAME=FOLDER. Without a name: the model's that the results tell, made unlike by the folder's.

    Errors: ReportError for a folder that is not there, and where two are called alike.
    """
    given = [named(str(place)) for place in places]
    sides = [read(results_in(folder)) for _, folder in given]
    told = [label or side.models or folder.name for (label, folder), side in zip(given, sides)]
    often = Counter(told)
    labels = [text if often[text] == 1 or label else f"{text} ({folder})" for (label, folder), text in zip(given, told)]
    if repeated := [label for label, times in Counter(labels).items() if times > 1]:
        raise ReportError(f"two folders are called {repeated[0]!r}; name them apart, as base={given[0][1]}")
    return tuple(map(Entrant, labels, sides))


def named(place: str) -> tuple[str, Path]:
    """(name, folder); what is a path as a whole has no name."""
    name, separator, folder = place.partition("=")
    return ("", Path(place)) if not separator or Path(place).exists() else (name, Path(folder))


def results_in(folder: Path) -> Path:
    """The folder of result files: itself, or `results` in an evaluation's run."""
    return folder / "results" if (folder / "results").is_dir() else folder
