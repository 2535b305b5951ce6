"""Many items at once, in order: every one is judged, unjudged with a reason, or waiting; none is lost and none is made up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.progress import Progress

from veridical.grade.judging.asker import Asker
from veridical.grade.judging.reply import JudgeStopped, Unjudged
from veridical.records.picture import PictureError

Item = TypeVar("Item")
Verdict = TypeVar("Verdict")


@dataclass(frozen=True)
class Worked(Generic[Verdict]):
    """What came of a list of items, in its order."""

    found: tuple[Verdict | Unjudged | None, ...]
    """The judgement; or why there is none; or None where the work stopped before."""
    stopped: str = ""
    """Why the work stopped before its end; "" where it did not."""

    @property
    def waiting(self) -> int:
        """Items that were not reached."""
        return sum(one is None for one in self.found)

    @property
    def unjudged(self) -> Mapping[str, int]:
        """Items without a judgement, by reason."""
        return dict(Counter(one.reason for one in self.found if isinstance(one, Unjudged)).most_common())

    @property
    def judged(self) -> int:
        """Items with a judgement."""
        return sum(one is not None and not isinstance(one, Unjudged) for one in self.found)


def work(asker: Asker, items: Sequence[Item], judge: Callable[[Item], Verdict], title: str = "judge") -> Worked[Verdict]:
    """Judge all items, so many at once as the endpoint allows. What stops one (JudgeStopped) stops all; answers under way are kept in the cache."""
    stop, why = threading.Event(), []

    def one(item: Item) -> Verdict | Unjudged | None:
        if stop.is_set():
            return None
        try:
            return judge(item)
        except Unjudged as error:
            return error
        except PictureError as error:
            return Unjudged("no picture", str(error))
        except JudgeStopped as error:
            why.append(str(error))
            stop.set()
            return None

    with ThreadPoolExecutor(max(1, asker.endpoint.at_once)) as pool, Progress(transient=True, disable=not items) as progress:
        bar = progress.add_task(title, total=len(items))
        try:
            found = []
            for result in pool.map(one, items):
                found.append(result)
                progress.update(bar, advance=1, description=f"{title}, cost {asker.purse.spent:.3f}" if asker.endpoint.price_read else title)
        except BaseException:
            stop.set()
            raise
    return Worked(tuple(found), why[0] if why else "")


def told(worked: Worked, asker: Asker, what: str = "pairs") -> dict:
    """What happened, for a file: counts, reasons, requests, tokens, cost."""
    purse = asker.purse
    return {
        "model": asker.endpoint.model,
        "what": what,
        "items": len(worked.found),
        "judged": worked.judged,
        "unjudged": worked.unjudged,
        "examples": {one.reason: str(one) for one in reversed(worked.found) if isinstance(one, Unjudged)},
        "waiting": worked.waiting,
        "stopped": worked.stopped,
        "requests": dict(asker.seen.most_common()),
        "tokens_read": purse.read,
        "tokens_written": purse.written,
        "cost": round(purse.spent, 6),
        "broken_cache_lines": asker.cache.broken,
    }


def lines_of(found: Mapping) -> list[str]:
    """The same for a person."""
    reasons = ", ".join(f"{number} {reason}" for reason, number in found["unjudged"].items())
    requests = ", ".join(f"{number} {name}" for name, number in found["requests"].items()) or "none"
    lines = [
        f"{found['judged']} of {found['items']} {found['what']} judged by {found['model']}"
        + (f"; unjudged: {reasons}" if reasons else "")
        + (f"; waiting: {found['waiting']}" if found["waiting"] else "")
    ]
    lines.append(f"requests: {requests}; tokens: {found['tokens_read']:,} read, {found['tokens_written']:,} written; cost {found['cost']:g}")
    lines += [f"  {reason}: {example}" for reason, example in found["examples"].items()]
    return lines + ([f"stopped: {found['stopped']}"] if found["stopped"] else [])
