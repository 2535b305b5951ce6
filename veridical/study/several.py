"""Jobs side by side, each in a process of its own and on one thread; what is done is not done again."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from rich.progress import track

FAILURE = "failure.txt"


def several(jobs: Mapping[Path, Any], work: Callable[[Any], None], name: Callable[[Any], str], workers: int, title: str, say: Callable[[str], None]) -> None:
    """Do the jobs whose file is not there, `workers` at a time.

    `work` writes a job's file last. One that fails leaves its reason beside that file and is told by its `name`; the others go on.
    """
    waiting = {path: job for path, job in jobs.items() if not path.is_file()}
    if not waiting:
        return
    with ProcessPoolExecutor(min(workers, len(waiting)), mp_context=get_context("spawn"), initializer=settle) as pool:
        started = {pool.submit(attempt, work, job, path.parent): job for path, job in waiting.items()}
        for future in track(as_completed(started), title, total=len(started)):
            if failed := future.result():
                say(f"{name(started[future])}: {failed}")


def attempt(work: Callable[[Any], None], job: Any, folder: Path) -> str:
    """One job; why it failed, or ""."""
    try:
        work(job)
        (folder / FAILURE).unlink(missing_ok=True)
        return ""
    except Exception as error:  # noqa: BLE001 - one job must not cost the others; the reason is kept and told
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FAILURE).write_text(traceback.format_exc())
        return f"{type(error).__name__}: {error} ({folder / FAILURE})"


def settle() -> None:
    """In a worker, before its first job: one thread, and an end when the study is killed (a pool's workers would wait for ever)."""
    import torch

    torch.set_num_threads(1)
    Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait until the process that made this one is gone, and go too; what was under way is done again by the next study."""
    made_by = parent_process()
    if made_by is not None:
        made_by.join()
        os._exit(1)
