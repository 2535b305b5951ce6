"""Questions with answers, for graders."""

from __future__ import annotations

from typing import Any

from veridical.records.record import Answer, Record, Turn, text_parts


def asked(gold: str, kind: str = "exact", choices: tuple[str, ...] = (), question: str = "What is it?", **more: Any) -> Record:
    """A question with its answer."""
    return Record(record_id="r", kind="prompt_only", prompt=(Turn(role="user", parts=text_parts(question)),), answer=Answer(type=kind, value=gold, choices=choices), **more)
