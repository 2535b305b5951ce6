"""Results of an evaluation: one versioned file per benchmark and model. Reports only read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from veridical.records.record import Frozen
from veridical.records.whole import write_json

VERSION = 1


class ResultError(ValueError):
    """A file that cannot be read as a result; the message says what to do."""


class Metric(Frozen):
    """A number over many rows with its 95% interval. `better` says which direction is good ("" : neither)."""

    value: float
    low: float
    high: float
    n: int
    better: str = ""
    """"higher", "lower" or ""."""
    unit: str = "%"
    method: str = ""
    """How the interval was made: "wilson", "bootstrap (10000, clustered by image)" ..."""


class Row(Frozen):
    """One graded response."""

    record_id: str
    group: str = ""
    """Rows that share a group (a picture) are resampled together."""
    prompt: str = ""
    response: str = ""
    picture: str = ""
    """Path of the picture, relative to the result's directory or absolute."""
    gold: str = ""
    answer: str | None = None
    """What was read out of the response; None: unparsed."""
    value: float | None = None
    """Score in [0, 1]; None: not scored."""
    counts: dict[str, float] = Field(default_factory=dict)
    """Numerators and denominators of ratio metrics (CHAIR: mentions, hallucinated ...)."""
    wrong: tuple[str, ...] = ()
    """Words of the response that are false (absent objects), for the gallery."""


class Result(Frozen):
    """What one model scored on one benchmark under one convention."""

    version: int = VERSION
    benchmark: str
    convention: str = "official"
    dimension: str = ""
    model: str = ""
    data: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Generation and scoring settings that change the number (singularizer, judge, similarity, max_new_tokens ...)."""
    metrics: dict[str, Metric] = Field(default_factory=dict)
    unparsed: int = 0
    rows: tuple[Row, ...] = ()

    def save(self, path: Path) -> Path:
        """Write whole or not at all. Errors: WriteError."""
        return write_json(path, self.model_dump())

    @classmethod
    def load(cls, path: Path) -> Result:
        """Read. Errors: ResultError for a file that is no result, or of a newer version, with what to do."""
        try:
            content = json.loads(Path(path).read_bytes())
        except ValueError as error:
            raise ResultError(f"{path}: not JSON ({error}); it was cut off, evaluate again") from error
        if not isinstance(content, dict) or "benchmark" not in content:
            raise ResultError(f"{path}: not a result; it names no benchmark")
        if content.get("version", 0) > VERSION:
            raise ResultError(f"{path}: result version {content['version']} is newer than {VERSION}; upgrade veridical")
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            raise ResultError(f"{path}, field {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
