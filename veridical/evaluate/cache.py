"""Responses kept in JSON-lines files, so that a killed run goes on where it stopped and scoring again asks nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from veridical.records.record import Record, Response, digest
from veridical.records.whole import WriteError


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
    """Responses by request key; kept in memory only when there is no path.

    Each process appends to a file of its own (NAME.jsonl, NAME-1.jsonl ...) and reads all. A batch counts when all of it
    was written: one that a kill cut off is asked again whole, so that its responses are those of a run that was left alone.
    """

    def __init__(self, path: Path | None, process: int = 0) -> None:
        self.path = Path(path) if path else None
        self.own = self.path and (self.path.with_name(f"{self.path.stem}-{process}{self.path.suffix}") if process else self.path)
        self.responses: dict[str, str] = {}
        if self.own and self.own.is_file():
            os.truncate(self.own, whole_batches(self.own)[1])
        self.read()

    def read(self) -> None:
        """Take up what is in the files now; what is known already stays."""
        others = sorted(self.path.parent.glob(f"{self.path.stem}-[0-9]*{self.path.suffix}")) if self.path else []
        for file in [self.path, *others] if self.path else ():
            for key, response in whole_batches(file)[0].items() if file.is_file() else ():
                self.responses.setdefault(key, response)

    def add(self, found: Mapping[str, str], records: Mapping[str, Record]) -> None:
        """Keep the responses of a batch by key; they are on disk when this returns. The record's id and prompt are written for a reader. Errors: WriteError."""
        self.responses.update(found)
        if self.own is None:
            return
        rows = [
            {"key": key, "record_id": records[key].record_id, "prompt": records[key].prompt_text, "response": text, "left": len(found) - place}
            for place, (key, text) in enumerate(found.items(), 1)
        ]
        try:
            self.own.parent.mkdir(parents=True, exist_ok=True)
            with self.own.open("ab") as file:
                file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
        except OSError as error:
            raise WriteError(f"{self.own}: cannot be written ({error}); free space on this disk, the same command goes on where it stopped") from error


def whole_batches(path: Path) -> tuple[dict[str, str], int]:
    """Responses by key of all batches that were written to their end, and the bytes that these take. Errors: ValueError naming a line that is no response."""
    found: dict[str, str] = {}
    batch: dict[str, str] = {}
    end = place = 0
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        if not line.endswith(b"\n"):
            break
        place += len(line)
        try:
            row = json.loads(line)
            batch[row["key"]] = row["response"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}, line {number}: not a cached response ({error}); delete the line, and it is asked again") from error
        if not row.get("left"):
            found, batch, end = found | batch, {}, place
    return found, end
