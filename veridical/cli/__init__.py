"""The command line. Commands import what they need when they run, so that help is immediate."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from veridical.cli import training, data, studies, reporting, decisions, robustness, world  # isort: skip - help lists commands in this order
from veridical.cli.terminal import app

__all__ = ["app", "data", "decisions", "is_ours", "main", "reporting", "robustness", "studies", "training", "world"]


def is_ours(error: BaseException) -> bool:
    """Whether an error is a message of this program to its user, and not a fault."""
    if type(error).__module__.startswith("veridical."):
        return True
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, ValueError) and bool(frames) and Path(frames[-1].filename).is_relative_to(Path(__file__).parents[1])


def main() -> None:
    """The entry point: errors with a message for the user are shown without a traceback (unless VERIDICAL_DEBUG is set)."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the edge of the program: what is not ours is raised again
        if os.environ.get("VERIDICAL_DEBUG") or not is_ours(error):
            raise
        print(f"veridical: {error}", file=sys.stderr)
        raise SystemExit(2) from None
