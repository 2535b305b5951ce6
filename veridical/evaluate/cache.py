"""Responses kept in a JSON-lines file, so that a killed run goes on where it stopped and scoring again asks nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from veridical.records.record import Record, Response, digest


def request_key(record: Record, settings: Mapping[str, Any], model: str) -> str:
    """SHA-256 of what the model is asked: prompt and pictures (by content), generation settings and the model.

    The truth has no part in it: a corrected gold does not ask again, and one question in two splits is asked once. Candidate
    responses that a reward model scores have: two pairs of one prompt are two requests.
    """
    media = tuple(one.replace(path="", sha256=content_hash(one.path)) if one.path else one for one in record.media)
    candidates = tuple(Response(response_id=str(place), parts=one.parts) for place, one in enumerate(record.responses))
    asked = record.replace(record_id="", answer=None, facts=(), responses=candidates, pairs=(), tags=(), media=media)
    content = json.dumps([digest(asked), settings, model], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


@lru_cache(maxsize=100_000)
def content_hash(path: str) -> str:
    """SHA-256 of a file; of its path where there is no file."""
    file = Path(path)
    return hashlib.sha256(file.read_bytes() if file.is_file() else path.encode()).hexdigest()


class Cache:
    """Responses by request key; kept in memory only when there is no path."""

    def __init__(self, path: Path | None) -> None:
        self.path = Path(path) if path else None
        self.responses: dict[str, str] = {}
        if self.path and self.path.is_file():
            self.read(self.path)

    def read(self, path: Path) -> None:
        """Every whole line; a last line that was cut off by a kill is removed from the file, so that the next one starts clean."""
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            path.write_bytes(whole)
        for number, line in enumerate(whole.decode().rstrip("\n").split("\n") if whole else [], 1):
            try:
                row = json.loads(line)
                self.responses[row["key"]] = row["response"]
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: not a cached response ({error}); delete the line, and it is asked again") from error

    def add(self, found: Mapping[str, str], records: Mapping[str, Record]) -> None:
        """Keep responses by key; each is on disk when this returns. The record's id and prompt are written for a reader."""
        self.responses.update(found)
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rows = [{"key": key, "record_id": records[key].record_id, "prompt": records[key].prompt_text, "response": text} for key, text in found.items()]
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
