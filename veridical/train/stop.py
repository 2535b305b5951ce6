"""Ctrl-C and SIGTERM: finish the step, save, say how to continue."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass
class Wish:
    """Whether somebody asked to stop, and how."""

    signal: str = ""

    def __bool__(self) -> bool:
        return bool(self.signal)


@contextmanager
def listening() -> Iterator[Wish]:
    """A wish that turns true at the first SIGINT or SIGTERM; a second SIGINT stops at once.

    Signals reach the main thread only; in another one the wish never turns true.
    """
    wish = Wish()

    def hear(number: int, frame: FrameType | None) -> None:
        if wish and number == signal.SIGINT:
            raise KeyboardInterrupt
        wish.signal = signal.Signals(number).name

    heard = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, hear) for number in heard}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
