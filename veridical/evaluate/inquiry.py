"""What is asked of a model on a benchmark: each different request once, questions on one picture beside each other, in batches that are the same in every run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veridical.evaluate.cache import Cache, request_key
from veridical.evaluate.subset import shown
from veridical.records.record import Record

Responder = Callable[[Sequence[Record]], list[str]]
"""Records -> one response to each prompt."""


@dataclass
class Inquiry:
    """Life cycle: made of records and a cache before anything is asked; `ask` asks what is missing.

    A batch holds the same requests whatever is in the cache and however many processes share the work: rounding depends on
    what is computed beside a question, and a killed run must come to the responses of one that was left alone.
    """

    title: str
    keys: Mapping[str, str]
    """The request of each record, by record id."""
    requests: Mapping[str, Record]
    """By key: the first record that asks it."""
    batches: Sequence[Sequence[str]]
    cache: Cache
    process: int = 0
    processes: int = 1
    seconds: float = 0.0
    """Spent in asking."""
    asked: int = 0
    """Requests that were asked."""

    @classmethod
    def of(
        cls, title: str, records: Sequence[Record], cache: Cache, settings: Mapping[str, Any], model: str, batch: int = 16, process: int = 0, processes: int = 1
    ) -> Inquiry:  # fmt: skip
        """Of records that have their final prompts; `settings` and `model` are what a response depends on besides."""
        keys = {record.record_id: request_key(record, settings, model) for record in records}
        requests = {keys[record.record_id]: record for record in reversed(records)}
        requests = dict(reversed(requests.items()))
        return cls(title, keys, requests, batches(requests, batch), cache, process, processes)

    @property
    def missing(self) -> int:
        """Requests that no process has an answer to."""
        return sum(key not in self.cache.responses for key in self.requests)

    @property
    def waiting(self) -> list[list[str]]:
        """What this process has to ask, batch by batch."""
        mine = self.batches[self.process :: self.processes]
        left = [[key for key in batch if key not in self.cache.responses] for batch in mine]
        return [batch for batch in left if batch]

    def ask(self, responder: Responder, most: int | None = None, progress: bool = False) -> None:
        """Ask at most so many of the batches that wait; each is kept before the next begins. Errors: ValueError for a responder that does not answer everything."""
        for batch in bar(self.waiting[:most], self.title, progress):
            start = time.perf_counter()
            texts = responder([self.requests[key] for key in batch])
            if len(texts) != len(batch):
                raise ValueError(f"{self.title}: the responder gave {len(texts)} responses to {len(batch)} records; it must give one to each")
            self.cache.add(dict(zip(batch, texts, strict=True)), self.requests)
            self.seconds, self.asked = self.seconds + time.perf_counter() - start, self.asked + len(batch)

    @property
    def said(self) -> dict[str, str]:
        """Responses by record id, once everything was asked."""
        return {name: self.cache.responses[key] for name, key in self.keys.items()}


def batches(requests: Mapping[str, Record], size: int) -> list[list[str]]:
    """Keys in batches of at most `size`; those that show the same pictures follow each other, and are parted only where they fill a batch."""
    groups: dict[str, list[str]] = {}
    for key, record in requests.items():
        groups.setdefault(shown(record), []).append(key)
    found: list[list[str]] = [[]]
    for group in groups.values():
        if len(found[-1]) + len(group) > size and len(found[-1]) > 0:
            found.append([])
        found[-1] += group[: size - len(found[-1])]
        rest = group[size:]
        found += [rest[start : start + size] for start in range(0, len(rest), size)]
    return [batch for batch in found if batch]


def bar(batches: Sequence[list[str]], title: str, progress: bool) -> Iterator[list[str]]:
    """The batches, with a progress bar."""
    if not progress or not batches:
        yield from batches
        return
    from rich.progress import track

    yield from track(batches, description=title)
