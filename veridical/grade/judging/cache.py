"""What was asked before: answers on disk, by the exact request. A killed run asks nothing twice."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from veridical.grade.judging.reply import JudgeStopped, Reply


def key_of(url: str, body: Mapping[str, Any]) -> str:
    """SHA-256 of address and request: model, messages with their pictures, sampling, seed."""
    return hashlib.sha256(json.dumps([url.rstrip("/"), body], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass
class Cache:
    """A file of answers, one a line. Each is written by one call that appends, so a kill cuts off at most the last, which is passed over.

    Life cycle: `Cache.open` reads the file; threads, and other processes, may add to it at the same time. Without a path it forgets.
    """

    path: Path | None = None
    known: dict[str, Reply] = field(default_factory=dict)
    broken: int = 0
    """Lines that hold no answer."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def open(cls, path: Path | None) -> Cache:
        """The answers of a file, none where it does not exist."""
        cache = cls(path)
        if path is None or not path.is_file():
            return cache
        content = path.read_bytes()
        if content and not content.endswith(b"\n"):
            cache.append(b"\n")
        for line in content.split(b"\n"):
            cache.take(line)
        return cache

    def take(self, line: bytes) -> None:
        """One line of the file."""
        if not line.strip():
            return
        try:
            row = json.loads(line)
            self.known[row["key"]] = Reply.of(row["reply"])
        except (ValueError, KeyError, TypeError):
            self.broken += 1

    def get(self, key: str) -> Reply | None:
        """The answer to this request, or None."""
        return self.known.get(key)

    def put(self, key: str, reply: Reply) -> None:
        """Keep an answer: on disk first. Errors: JudgeStopped when the disk takes no more; an answer that is not kept would be paid twice."""
        with self.lock:
            self.append(json.dumps({"key": key, "reply": asdict(reply)}, ensure_ascii=False).encode() + b"\n")
            self.known[key] = reply

    def append(self, content: bytes) -> None:
        """Bytes at the file's end."""
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                written = os.write(handle, content)
            finally:
                os.close(handle)
        except OSError as error:
            raise JudgeStopped(f"{self.path}: cannot be written ({error}); free space on this disk, the same command goes on where it stopped") from error
        if written < len(content):
            raise JudgeStopped(f"{self.path}: the disk took only {written} of {len(content)} bytes; free space on it, the same command goes on where it stopped")
