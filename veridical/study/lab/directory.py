"""The directory of a comparison: whose it is, and what a finished one leaves in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.recipe import LabRecipe
from veridical.records.result import Result
from veridical.study.claim import claim as take
from veridical.study.lab.board import Board


@dataclass(frozen=True)
class Lab:
    """What a comparison left behind."""

    page: Path
    numbers: Path
    board: Board


def claim(folder: Path, recipe: LabRecipe) -> None:
    """The directory belongs to one comparison; entrants, conditions, seeds and workers may be added to it."""
    free = ("methods", "tuned", "conditions", "everything", "seeds", "untuned_seeds", "workers", "columns", "sink")
    take(folder, recipe, "a comparison under other conditions", free)


def result_files(here: Path, measures: Mapping[str, Any]) -> dict[str, Result]:
    """Results of one run by benchmark."""
    return {name: Result.load(here / path) for name, path in measures["results"].items()}
