"""How fast a judge is asked, and how much it may cost."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from veridical.grade.judging.reply import JudgeStopped

MILLION = 1_000_000


@dataclass
class Pace:
    """So many requests a minute, evenly; and silence for as long as the server asks for. Shared by all threads."""

    per_minute: float = 0.0
    """0: as fast as the server answers."""
    free_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def wait(self) -> None:
        """Return when the next request may start."""
        with self.lock:
            now = time.monotonic()
            start = max(now, self.free_at)
            self.free_at = start + (60 / self.per_minute if self.per_minute else 0.0)
        time.sleep(start - now)

    def hold(self, seconds: float) -> None:
        """Nobody asks before so many seconds have passed."""
        with self.lock:
            self.free_at = max(self.free_at, time.monotonic() + seconds)


@dataclass
class Purse:
    """Money: what was spent, and whether another request may start.

        cost = (tokens read · price_read + tokens written · price_written) / 1,000,000

    A request starts only where spent + (under way + 1) · (the dearest so far) stays within `most`: the limit is passed by no more than the requests
    of the first moment, before any cost is known, or by one that is dearer than all before.
    """

    price_read: float = 0.0
    """For a million tokens of requests, in whatever money `most` is."""
    price_written: float = 0.0
    most: float | None = None
    spent: float = 0.0
    read: int = 0
    written: int = 0
    dearest: float = 0.0
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def start(self) -> None:
        """Before a request. Errors: JudgeStopped where there is no money for it."""
        with self.lock:
            if self.most is not None and (self.spent >= self.most or self.spent + (self.under_way + 1) * self.dearest > self.most):
                raise JudgeStopped(
                    f"the judge has cost {self.spent:.4f} of at most {self.most:g} ({self.read:,} tokens read, {self.written:,} written), "
                    f"and one more may cost {self.dearest:.4f}; raise most_cost, and the same command goes on where it stopped"
                )
            self.under_way += 1

    def end(self, read: int = 0, written: int = 0) -> None:
        """After a request, with the tokens that the server counts; a request that failed has none, whatever its provider bills."""
        cost = (read * self.price_read + written * self.price_written) / MILLION
        with self.lock:
            self.under_way -= 1
            self.spent, self.read, self.written, self.dearest = self.spent + cost, self.read + read, self.written + written, max(self.dearest, cost)
