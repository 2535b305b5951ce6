"""What a server of models can do for a run: which model it has, how new weights reach it, and whether it tells what training must know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from veridical.study.doctor.examination import Line, line
from veridical.study.doctor.surroundings import GROUP, PATIENCE, SERVER

if TYPE_CHECKING:
    from veridical.models.served import Served

SLOW = 10.0
"""Seconds to wait for one word."""


def lines(server: str | None = None) -> Iterator[Line]:
    """Nothing where no server is named (`server`, or the environment's VERIDICAL_VLLM)."""
    from veridical.models.served import Served, ServerError
    from veridical.train.exchange import START

    if not (address := server or os.environ.get(SERVER)):
        return
    served, start = Served(address, timeout=PATIENCE, tries=1), START.format(model="MODEL")
    try:
        names = served.models()
    except ServerError as error:
        yield line(GROUP, "served model", False, str(error)[:300], start)
        return
    yield line(GROUP, "served model", True, ", ".join(names))
    yield weights_line(served, start)
    yield told_line(Served(address, names[0], timeout=SLOW, tries=1), start)


def weights_line(served: Served, start: str) -> Line:
    """How a run would give it new weights, as `train.exchange` chooses."""
    from veridical.train.exchange import CACHES, LOAD, TOLD, UNLOAD, UPDATE, WORKERS, transfer

    calls = served.calls()
    kind = transfer(served) if {UPDATE, TOLD} <= calls else ""
    ways = {
        f"adapters ({LOAD})": {LOAD, UNLOAD} <= calls, f"whole models from disk ({WORKERS} reload_weights)": {WORKERS, CACHES[0]} <= calls,
        f"whole models through the GPU's memory ({UPDATE}, ipc)": kind == "ipc",
    }  # fmt: skip
    there = [name for name, good in ways.items() if good]
    return line(GROUP, "new weights", bool(there), "; ".join(there) or "no call that takes them: enough for curate and evaluate, not for online", start, "optional")


def told_line(served: Served, start: str) -> Line:
    """Whether it tells ids and log-probabilities, and at which temperature these are."""
    from veridical.models.answered import scaled
    from veridical.models.served import Question, ServerError

    asked = Question("a trial", [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}], 0, 1.0, 1.0, 1)
    try:
        reply = served.ask([asked])[0]
        told = {"ids of what is drawn": reply.ids is not None, "their log-probabilities": bool(reply.logps), "the prompt's ids": reply.prompt is not None}
        warm = bool(reply.logps) and scaled(served)
    except ServerError as error:
        return line(GROUP, "served words", False, str(error)[:300], start, "optional")
    told["log-probabilities at any temperature"] = warm
    found = "; ".join(name if good else f"not {name}" for name, good in told.items())
    return line(GROUP, "served words", all(told.values()), f"it tells {found}", start, "optional")
