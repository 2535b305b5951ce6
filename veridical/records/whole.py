"""Files that are written whole or not at all: a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class WriteError(OSError):
    """A file that could not be written; the old one is as it was."""


def write_text(path: Path, text: str) -> Path:
    """Write a text. Errors: WriteError."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write by a temporary file beside it. Errors: WriteError."""
    path = Path(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        if temporary.is_file():
            temporary.unlink()
        raise WriteError(f"{path}: could not be written ({error.strerror or error}); free space on this disk, or name another place. Nothing was changed") from error
    return path


def write_json(path: Path, content: Any) -> Path:
    """Write a value as JSON. Errors: WriteError."""
    return write_text(path, json.dumps(content, indent=1, ensure_ascii=False))
