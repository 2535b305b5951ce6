"""The world's own benchmarks, in the official formats: CHAIR, POPE and AMBER of held-out scenes, and one or more of every other dimension."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from veridical.recipe import BenchmarkChoice
from veridical.world.files import write_all
from veridical.world.published import NEEDS, write_published

WHOLE, SIX_WHOLE = "whole", "six_whole"
"""Files that say that the others were written to their end."""


def world_benchmarks(folder: Path, captions: int, scenes: int, amber: int) -> list[BenchmarkChoice]:
    """CHAIR, POPE and AMBER, written below `folder` where they are not there whole."""
    once(folder / WHOLE, lambda: write_all(folder, captions, scenes, amber))
    return choices(folder, ("chair", "pope", "amber"))


def six_benchmarks(folder: Path, scenes: int, names: Sequence[str]) -> list[BenchmarkChoice]:
    """The named ones of the other dimensions, of so many scenes each, written below `folder` where they are not there whole."""
    once(folder / SIX_WHOLE, lambda: write_published(folder, scenes))
    return choices(folder, names)


def once(mark: Path, write: Callable[[], Any]) -> None:
    """Write, unless that was done to its end before."""
    if not mark.is_file():
        write()
        mark.write_text("")


def choices(folder: Path, names: Sequence[str]) -> list[BenchmarkChoice]:
    """Benchmarks with their files, asked and graded as these want it."""
    return [BenchmarkChoice(**{"name": name, "data": str(folder / name), **NEEDS.get(name, {})}) for name in names]
