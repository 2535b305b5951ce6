"""A chosen part of a suite: which questions are asked, and how many others each stands for. One JSON file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from veridical.evaluate.benchmark import BenchmarkError
from veridical.records.record import Frozen, Record
from veridical.records.whole import write_json

VERSION = 1


class Stratum(Frozen):
    """Questions whose answers are expected to change alike; a random part of them is asked."""

    size: int
    """Units of the whole benchmark that belong to it."""
    records: tuple[str, ...]
    """What is asked."""
    expected: float = 0.0
    """Mean square of what one of them is expected to move its dimension's score, in points."""


class Chosen(Frozen):
    """The part of one benchmark."""

    convention: str
    data: str
    """Of the results that it was chosen by (`Result.data`)."""
    unit: Literal["record", "picture"]
    """What was drawn: single questions, or all questions of a picture (where a metric needs them together)."""
    strata: tuple[Stratum, ...]
    left_out: dict[str, str] = {}
    """Questions that are never asked, with the reason; the score is of the others."""


class Subset(Frozen):
    """The part of every benchmark."""

    version: int = VERSION
    seed: int = 0
    made_from: tuple[str, ...] = ()
    """Models whose results it was chosen by, the base first."""
    benchmarks: dict[str, Chosen]

    def save(self, path: Path) -> Path:
        """Write whole or not at all. Errors: WriteError."""
        return write_json(path, self.model_dump())

    @classmethod
    def load(cls, path: Path) -> Subset:
        """Read. Errors: BenchmarkError."""
        try:
            return cls.model_validate(content_of(path))
        except ValidationError as error:
            first = error.errors()[0]
            raise BenchmarkError(f"{path}, field {'.'.join(map(str, first['loc']))}: {first['msg']}; write it with `veridical subset`") from error


def content_of(path: Path) -> Any:
    """The file's JSON. Errors: BenchmarkError."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path}: cannot be read as JSON ({error}); write it with `veridical subset`") from error
    if not isinstance(content, dict):
        raise BenchmarkError(f"{path}: expected an object from benchmarks to record ids, found {type(content).__name__}")
    return content


def asked(path: Path, benchmark: str, records: Sequence[Record]) -> list[Record]:
    """Those of a benchmark's records that a subset file names, in the given order; none where it does not name the benchmark.

    The file is one of `veridical subset`, or a plain {benchmark: [record ids]}. Errors: BenchmarkError naming ids that the benchmark lacks.
    """
    content = content_of(path)
    if "benchmarks" in content:
        found = Subset.load(path).benchmarks.get(benchmark)
        names = {name for stratum in found.strata for name in stratum.records} if found else set()
    else:
        names = set(content.get(benchmark, ()))
    if lost := sorted(names - {record.record_id for record in records}):
        raise BenchmarkError(f"{path}: {benchmark} has no record {lost[0]!r} ({len(lost)} of {len(names)} are not there); choose the subset again from results on these data")
    return [record for record in records if record.record_id in names]
