"""`veridical doctor`: what this machine can do, and what to install."""

from __future__ import annotations

import time
from collections.abc import Iterator

from veridical.study.doctor import hardware, packages, server as models, surroundings
from veridical.study.doctor.examination import Examination, Line, line, text

__all__ = ["Examination", "Line", "doctor", "text"]


def doctor(server: str | None = None) -> Examination:
    """What this machine can do and what to install; takes a few seconds and never hangs.

    `server` is the address of a server of models to look for (default: the environment's VERIDICAL_VLLM).
    """
    start = time.perf_counter()
    parts = {"packages": packages.lines(), "machine": hardware.lines(), "surroundings": surroundings.lines(server), "model server": models.lines(server)}
    lines = tuple(one for name, part in parts.items() for one in looked_at(name, part))
    return Examination(lines=lines, seconds=time.perf_counter() - start)


def looked_at(name: str, part: Iterator[Line]) -> Iterator[Line]:
    """The lines of a part; a part that breaks (a driver, a broken package) ends with a line that says so."""
    try:
        yield from part
    except Exception as error:  # noqa: BLE001 - the doctor is called when things are broken
        yield line(name, f"{name} (not all seen)", False, f"{type(error).__name__}: {error}", "pip install --force-reinstall veridical")
