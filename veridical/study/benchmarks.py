"""The page of benchmarks, derived from their values.

python -m veridical.study.benchmarks docs/benchmarks.md
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from veridical.evaluate.benchmark import Benchmark
from veridical.evaluate.benchmarks import benchmarks

INTRODUCTION = """# Benchmarks

`veridical list benchmarks` says the same with files, licences and metrics. A benchmark reads its published files from a folder: `veridical score NAME
RESPONSES --data FOLDER` grades stored responses without a model, `veridical evaluate` asks one. A convention (`--convention`) is whose rules ask, read and
count; `official` is the default. A rule that reads an answer never guesses: what a response earns from which nothing could be read is the convention's own
policy, and every result says how many there were. Chance is what a blind guess scores.
"""
HEAD = "| name | shape | headline | chance | questions | conventions | paper |\n|---|---|---|---|---|---|---|"


def page() -> str:
    """The page: a table for each dimension."""
    known = sorted(benchmarks().values(), key=lambda one: (one.dimension, one.name))
    dimensions = dict.fromkeys(one.dimension for one in known)
    return "\n".join([INTRODUCTION, *(section(name, [one for one in known if one.dimension == name]) for name in dimensions)])


def section(dimension: str, found: Sequence[Benchmark]) -> str:
    """The table of a dimension."""
    return "\n".join([f"## {dimension.capitalize()}", "", HEAD, *map(line, found), ""])


def line(one: Benchmark) -> str:
    """A benchmark's row."""
    chance = f"{one.chance[one.headline]:g}" if one.headline in one.chance else ""
    cells = (f"`{one.name}`", one.shape, one.headline, chance, f"{one.size:,}" if one.size else "", ", ".join(one.conventions), one.paper)
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> None:
    """Write the page into the named file."""
    Path(arguments[0]).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
