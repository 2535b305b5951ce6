"""Processes that grade: each response has a deadline, a process that hangs or crashes is killed and made anew, order is kept.

A timeout inside a process cannot stop a computation that does not return (a power tower, a regular expression that
backtracks for ever), and a thread cannot be killed at all; a process can.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from veridical.grade.grade import Grade
from veridical.grade.worker import Spec
from veridical.records.record import Record

START = 120.0
"""Seconds in which a process must have made its graders."""


class WorkerError(RuntimeError):
    """A grading process that cannot begin; the message says what it said."""


@dataclass(frozen=True)
class Task:
    """One response to grade."""

    grader: int
    """Its place among the graders of the workers."""
    record: Record
    response: str


@dataclass
class Worker:
    """A process that grades one response at a time. Life cycle: started when first needed, killed at a deadline or by `Workers.close`."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    task: int = -1
    """What it is grading: a place in the list of tasks; -1: nothing."""
    due: float = 0.0

    def kill(self) -> int:
        """End the process, whatever it does; its exit status."""
        self.process.kill()
        self.pipe.close()
        return self.process.wait()


class Workers:
    """So many processes with the same graders. Results depend on neither their number nor the order in which they end.

    Errors: ValueError where a grader cannot be made (its settings, its files), with what it says; WorkerError where a process cannot begin.
    """

    def __init__(self, specs: Sequence[Spec], count: int = 1, deadline: float = 30.0) -> None:
        self.specs, self.count, self.deadline = list(specs), count, deadline
        self.idle = [started(self.specs)]
        self.busy: list[Worker] = []

    def __call__(self, tasks: Sequence[Task]) -> list[Grade | str]:
        """A grade for each task in order, or why there is none (a crash, a hang, an exception)."""
        found: list[Grade | str] = [""] * len(tasks)
        ahead = deque(range(len(tasks)))
        try:
            while ahead or self.busy:
                while ahead and len(self.busy) < self.count:
                    self.give(ahead.popleft(), tasks)
                self.collect(found)
        except BaseException:  # half-graded work must not answer the next call's questions
            self.close()
            raise
        return found

    def give(self, place: int, tasks: Sequence[Task]) -> None:
        """Hand a task to a process that waits, or to a new one."""
        worker = self.waiting() or started(self.specs)
        task = tasks[place]
        worker.task, worker.due = place, time.monotonic() + self.deadline
        self.busy.append(worker)
        try:
            worker.pipe.send((task.grader, without_bytes(task.record), task.response))
        except OSError:
            pass  # it has ended; `collect` reads that from its pipe

    def waiting(self) -> Worker | None:
        """A process that waits for work, if there is one; one that was ended from outside is let go."""
        while self.idle:
            worker = self.idle.pop()
            if worker.process.poll() is None:
                return worker
            worker.kill()
        return None

    def collect(self, found: list[Grade | str]) -> None:
        """Wait for one process to answer or to be late, and note what there is."""
        patience = max(0.0, min(worker.due for worker in self.busy) - time.monotonic())
        ready = set(wait([worker.pipe for worker in self.busy], patience))
        now = time.monotonic()
        for worker in list(self.busy):
            if worker.pipe in ready:
                found[worker.task] = self.received(worker)
            elif worker.due <= now:
                worker.kill()
                found[worker.task] = f"took longer than {self.deadline:g} s"
            else:
                continue
            self.busy.remove(worker)

    def received(self, worker: Worker) -> Grade | str:
        """A process's answer; it waits again unless it has ended."""
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            return f"the grading process ended (status {worker.kill()})"
        self.idle.append(worker)
        return answer

    def close(self) -> None:
        """End every process. They may be used again: new ones are started."""
        for worker in (*self.busy, *self.idle):
            worker.kill()
        self.busy, self.idle = [], []


def started(specs: Sequence[Spec]) -> Worker:
    """A process that has made its graders.

    It is a program of its own, so it starts without this one's memory, threads, locks and main module, and it ends
    when this process ends, however that happens.
    """
    ours, theirs = Pipe()
    process = subprocess.Popen([sys.executable, "-m", "veridical.grade.worker", str(theirs.fileno()), str(os.getpid())], pass_fds=[theirs.fileno()], env=environment())
    theirs.close()
    worker = Worker(process, ours)
    said: Any = "said nothing"
    try:
        ours.send((sys.path, list(specs)))
        said = ours.recv() if ours.poll(START) else f"was not ready after {START:g} s"
    except (EOFError, OSError):
        status = worker.kill()
        raise WorkerError(f"a grading process ended before it began (status {status}); its own words stand above") from None
    except BaseException:
        worker.kill()
        raise
    if said is not None:
        worker.kill()
        raise ValueError(said)
    return worker


def environment() -> dict[str, str]:
    """This process's environment, with this package to be found and one thread for each process."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")])), "OMP_NUM_THREADS": "1"}


def without_bytes(record: Record) -> Record:
    """The record without its pictures' bytes: rules read words, and pictures would be sent once for each response."""
    if not any(medium.data for medium in record.media):
        return record
    return record.replace(media=tuple(medium.replace(data=None) for medium in record.media))
