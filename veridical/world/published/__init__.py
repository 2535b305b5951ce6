"""Small files of the world in the layouts of published benchmarks, one module each: with CHAIR, POPE and AMBER (`world/files.py`) every dimension and every shape."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from veridical.world.scene import Scene, scene

Write = Callable[[Path, Sequence[Scene]], None]
"""(folder, held-out scenes): the benchmark's files about these scenes."""
SUITE = "suite.json"
NEEDS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "amber": {"settings": {"tagger": "lexicon", "similarity": "exact"}},
    "mmstar": {"convention": "vlm"},
    "mm_rlhf_reward_bench": {"convention": "scalar", "implicit": {"gather": "sum"}},
    "mmlu": {"convention": "cloze", "implicit": {"gather": "mean"}},
})  # fmt: skip
"""How the files want to be asked and graded: AMBER by the world's own words; MMStar without a request behind its questions, which the small model has never read; pairs and
the options of MMLU by how likely the model finds each, which needs no letters."""


@cache
def writers() -> Mapping[str, Write]:
    """What writes the files of each benchmark, by its name."""
    return MappingProxyType({info.name: importlib.import_module(f"{__name__}.{info.name}").write for info in pkgutil.iter_modules(__path__)})


def write_published(folder: Path, scenes: int, first: int = 0) -> Path:
    """The files of every benchmark about so many held-out scenes, each in a folder of its name, and suite.json, which tells an evaluation what they need."""
    found = [scene(seed, "test") for seed in range(first, first + scenes)]
    for name, write in writers().items():
        write(folder / name, found)
    (folder / SUITE).write_text(json.dumps({name: dict(one) for name, one in NEEDS.items()}, indent=1))
    return folder
