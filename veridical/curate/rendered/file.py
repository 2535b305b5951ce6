"""Rendered records to a file, with what was drawn and what it cost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.curate.rendered import render
from veridical.curate.rendered.contact import write_sheet
from veridical.curate.rendered.settings import settings_of
from veridical.records.load import save
from veridical.records.record import Record


@dataclass(frozen=True)
class Rendered:
    """What a file holds."""

    path: Path
    records: int
    pairs: int
    kinds: Counter
    errors: Counter
    """Pairs by the error of their rejected response."""
    seconds: float

    @property
    def numbers(self) -> dict[str, Any]:
        """The same for a program."""
        kinds, errors = dict(self.kinds.most_common()), dict(self.errors.most_common())
        return {"path": str(self.path), "records": self.records, "pairs": self.pairs, "kinds": kinds, "errors": errors, "seconds": round(self.seconds, 2)}

    @property
    def text(self) -> str:
        """The same for a person."""
        per = self.seconds / max(1, self.pairs)
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.kinds.items()))
        errors = (f"{count:6d}  {name}" for name, count in self.errors.most_common())
        return "\n".join([f"{self.path}: {self.records} records, {self.pairs} pairs, {self.seconds:.1f} s ({1000 * per:.0f} ms a pair)", f"kinds: {kinds}", *errors])


def render_file(
    name: str,
    path: Path,
    count: int,
    split: str = "train",
    seed: int = 0,
    given: dict[str, Any] | None = None,
    to: str = "veridical",
    sheet: Path | None = None,
    say: Callable[[str], None] = print,
) -> Rendered:
    """Write so many records of a kind, a family or all kinds, in any format that can be written, and with `sheet` a contact sheet of the first.

    A killed run leaves nothing; the same command draws the same again. Errors: ValueError, LoadError.
    """
    start = time.perf_counter()
    records = list(told(render(name, count, split, seed, settings_of(given or {})), count, say))
    path.parent.mkdir(parents=True, exist_ok=True)
    written = save(records, path, to).written
    if sheet is not None:
        write_sheet(records, sheet)
    errors = Counter(pair.rule for record in records for pair in record.pairs)
    return Rendered(path, written, sum(errors.values()), Counter(record.tags[1] for record in records), errors, time.perf_counter() - start)


def told(records: Iterable[Record], count: int, say: Callable[[str], None], every: int = 500) -> Iterator[Record]:
    """The records, with a line of progress for each so many."""
    start = time.perf_counter()
    for number, record in enumerate(records, 1):
        yield record
        if number % every == 0 and number < count:
            pace = (time.perf_counter() - start) / number
            say(f"{number} of {count} records, {1 / pace:.0f} a second, {pace * (count - number):.0f} s left")
