"""`veridical inspect`: the census of a data file, with what it costs a given model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmarks import benchmarks, find
from veridical.evaluate.run import load as published
from veridical.records.inspect.census import Census, census
from veridical.records.inspect.contamination import Contamination, contamination
from veridical.records.inspect.page import page
from veridical.records.inspect.terminal import draw
from veridical.records.load import Loaded, Source, load
from veridical.records.picture import open_picture
from veridical.records.record import Record


@dataclass(frozen=True)
class Inspection:
    """A census as text, as a page, and as numbers."""

    census: Census
    refused: tuple[tuple[str, str], ...] = ()
    """Records that the model cannot take, with the reason."""
    overlaps: tuple[Contamination, ...] = ()
    """What the data share with benchmarks."""

    @property
    def text(self) -> str:
        """For the terminal."""
        lines = [draw(self.census), *map(shared, self.overlaps), *(f"the model refuses record {name}: {reason}" for name, reason in self.refused[:5])]
        return "\n".join(lines + ([f"... and {len(self.refused) - 5} more"] if len(self.refused) > 5 else []))

    @property
    def page(self) -> str:
        """Self-contained HTML."""
        return page(self.census)

    @property
    def numbers(self) -> dict[str, Any]:
        """For a program."""
        return self.census.model_dump(mode="json") | {"refused": [list(one) for one in self.refused], "contamination": [one.model_dump(mode="json") for one in self.overlaps]}

    @property
    def usable(self) -> bool:
        """Whether anything can be used."""
        return self.census.usable > 0


def inspect(source: Source, model: Path | None = None, against: Sequence[str] = ()) -> Inspection:
    """Check a file or folder; with a model directory also what every record costs it, and what it shares with benchmark files (NAME=FOLDER: a benchmark's published ones). Errors: LoadError, BenchmarkError, ModelError."""
    loaded = load(source)
    spent, refused = cost(loaded, model) if model else ({}, ())
    overlaps = tuple(contamination(loaded.records, questions(path), path) for path in against)
    return Inspection(census(loaded, spent, name=source.path), refused, overlaps)


def questions(written: str) -> list[Record]:
    """Records of a file in any known format, or of a benchmark's published files as NAME=FOLDER. Errors: LoadError, BenchmarkError."""
    name, separator, folder = written.partition("=")
    if separator and name in benchmarks():
        return published(find(name), Path(folder))
    return load(written).records


def shared(one: Contamination) -> str:
    """What is shared with a benchmark, in words."""
    head = f"{one.name}: {one.touched:,} of {one.size:,} of its records ({one.share:.1%}) are touched by {len(one.records):,} of these"
    ways = [f"  the same {way}: {found.benchmark:,} there, {found.data:,} here, as {' and '.join(found.examples[0])}" for way, found in one.by.items() if found.benchmark]
    return "\n".join([head, *ways, *(["  veridical select DATA OUT --against FILE leaves these records out"] if one.records else [])])


def cost(loaded: Loaded, model: Path) -> tuple[dict[str, list[int]], tuple[tuple[str, str], ...]]:
    """Tokens by what they are spent on, and the records that the model refuses."""
    from veridical.models.cost import costs, outline

    found = costs(outline(model), loaded.records, open_picture)
    return {"prompt": found.prompt, "picture": found.picture, "response": found.response, "prompt + longest response": found.longest}, tuple(found.refused)
