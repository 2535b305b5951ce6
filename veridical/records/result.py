"""Results of an evaluation: one versioned file per benchmark and model. Reports only read it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pydantic import Field

from veridical.records.record import Frozen

VERSION = 1


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
        """Write whole or not at all (a temporary file, then rename)."""
        return write_json(path, self.model_dump())

    @classmethod
    def load(cls, path: Path) -> Result:
        """Read; a file of a newer version is refused with what to do."""
        content = json.loads(Path(path).read_text())
        if isinstance(content, dict) and content.get("version", 0) > VERSION:
            raise ValueError(f"{path}: result version {content['version']} is newer than {VERSION}; upgrade veridical")
        return cls.model_validate(content)


def write_json(path: Path, content: Any) -> Path:
    """Write JSON so that a reader sees the old file or the new one, never half of one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    temporary.replace(path)
    return path
