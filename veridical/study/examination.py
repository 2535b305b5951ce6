"""The world's own benchmarks: CHAIR, POPE and AMBER of held-out scenes, in the official formats."""

from __future__ import annotations

from pathlib import Path

from veridical.recipe import BenchmarkChoice
from veridical.world.files import write_all


def world_benchmarks(folder: Path, captions: int, scenes: int, amber: int) -> list[BenchmarkChoice]:
    """The three benchmarks, written below `folder` where they are not there whole."""
    if not (folder / "whole").is_file():
        write_all(folder, captions, scenes, amber)
        (folder / "whole").write_text("")
    substitutes = {"amber": {"tagger": "lexicon", "similarity": "exact"}}
    return [BenchmarkChoice(name=name, data=str(folder / name), settings=substitutes.get(name, {})) for name in ("chair", "pope", "amber")]
