"""What a grading process does: make graders, then grade what comes through its pipe until the pipe closes."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from veridical.grade.grade import Grade, Grader

Spec = tuple[str, dict[str, Any]]
"""A grader's name and settings: what can be sent to a process that must make the grader itself."""

DIES_WITH_PARENT = 1
"""Linux: prctl(PR_SET_PDEATHSIG, ...)."""


def serve(pipe: Connection) -> None:
    """Make the graders that the first message names, say whether that worked, then answer (grader, record, response) with a grade or a reason.

    Ends when the pipe closes. What a grader prints goes to standard error, so that it does not mix with a command's answer.
    """
    path, specs = pipe.recv()
    sys.path[:] = path
    try:
        made = make(specs)
    except Exception as error:  # noqa: BLE001 - told to the process that asked, which raises
        pipe.send(f"{type(error).__name__}: {error}" if not isinstance(error, ValueError) else str(error))
        return
    pipe.send(None)
    while True:
        try:
            place, record, response = pipe.recv()
        except EOFError:
            return
        answer(pipe, graded(made[place], record, response))


def answer(pipe: Connection, found: Grade | str) -> None:
    """Send a grade; where it holds what cannot be sent, say so instead."""
    try:
        pipe.send(found)
    except OSError:
        raise SystemExit from None  # nobody listens any more
    except Exception as error:  # noqa: BLE001 - what a user's grader returns may hold anything
        pipe.send(f"its grade cannot be sent: {error}")


def make(specs: Sequence[Spec]) -> list[Grader]:
    """Graders by name and settings."""
    from veridical.grade import graders

    return [graders()[name](**settings) for name, settings in specs]


def graded(grade: Grader, record: Any, response: str) -> Grade | str:
    """The grade, or why there is none. An exception is a failure and never a score."""
    try:
        found = grade(record, response)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a grader raises, the response is not scored
        return f"{type(error).__name__}: {str(error)[:300]}"
    return found if isinstance(found, Grade) else f"returned {type(found).__name__}; a grader returns a Grade"


def orphaned(parent: int) -> bool:
    """Whether the process that started this one is gone. Where the system can, this process ends with it from now on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
    return os.getppid() != parent


def main() -> None:
    """`python -m veridical.grade.worker PIPE PARENT`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes of a terminal; the one that owns this one decides
    if orphaned(int(sys.argv[2])):
        return
    os.dup2(2, 1)
    with Connection(int(sys.argv[1])) as pipe:
        serve(pipe)


if __name__ == "__main__":
    main()
