"""Scores of responses on a folder of small files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmarks import find
from veridical.evaluate.run import score
from veridical.records.record import Record
from veridical.records.result import Result

Said = Callable[[Record], str] | Mapping[str, str] | Sequence[str]
"""A function of the record, texts by id, or texts in the records' order."""


def scored(name: str, folder: Path, said: Said, convention: str = "official", **settings: Any) -> tuple[dict[str, float], Result]:
    """Numbers by metric, and the result that they are from."""
    benchmark = find(name)
    records = benchmark.load(folder, None)
    texts = map(said, records) if callable(said) else (said[record.record_id] for record in records) if isinstance(said, Mapping) else said
    result = score(benchmark, records, {record.record_id: text for record, text in zip(records, texts, strict=True)}, convention, data=folder, grading=settings)
    return {key: metric.value for key, metric in result.metrics.items()}, result
