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
    """Entrants of folders, each given as FOLDER or NAME=FOLDER. Without a name: the folder's own (of a run's `results`, the run's), or its path where two are alike.

    Errors: ReportError for a folder that is not there, and where two are called alike.
    """
    given = [named(str(place)) for place in places]
    sides = [read(results_in(folder)) for _, folder in given]
    told = [label or own_name(folder) for label, folder in given]
    often = Counter(told)
    labels = [text if often[text] == 1 or label else str(folder) for (label, folder), text in zip(given, told)]
    if repeated := [label for label, times in Counter(labels).items() if times > 1]:
        raise ReportError(f"two folders are called {repeated[0]!r}; name them apart, as base={given[0][1]}")
    return tuple(map(Entrant, labels, sides))


def named(place: str) -> tuple[str, Path]:
    """(name, folder); what is a path as a whole has no name."""
    name, separator, folder = place.partition("=")
    return ("", Path(place)) if not separator or Path(place).exists() else (name, Path(folder))


def own_name(folder: Path) -> str:
    """What a folder is called, wherever one stands."""
    place = folder.resolve()
    return place.parent.name if place.name == "results" else place.name


def results_in(folder: Path) -> Path:
    """The folder of result files: itself, or `results` in an evaluation's run."""
    return folder / "results" if (folder / "results").is_dir() else folder
