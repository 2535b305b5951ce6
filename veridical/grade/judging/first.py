"""Which items people should label first: where the judge is unsure, where judges disagree, and tasks that are rare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from veridical.records.record import Record


@dataclass(frozen=True)
class Worth:
    """What a label of an item is worth, with its parts, each in [0, 1]."""

    record_id: str
    unsure: float
    """4 p (1 - p) of the judges' mean probability: 1 at a half, 0 where they are sure. An item that no judge could judge counts 1."""
    disagree: float
    """The largest difference between two judges' probabilities."""
    rare: float
    """1 - (the task's items - 1) / (all items - 1): nearly 1 for a task of which there is only one."""

    @property
    def total(self) -> float:
        """unsure + disagree + rare / 2: rarity decides among items that judges find equally hard."""
        return self.unsure + self.disagree + self.rare / 2


def label_first(records: Sequence[Record], probabilities: Mapping[str, Sequence[float]] | None = None) -> list[Worth]:
    """Every record with its worth, the most first; equal ones in the order in which they came.

    `probabilities` are the judges' (that one response is better than the other), by record id; default: those that the records' first pairs hold.
    """
    known = probabilities if probabilities is not None else {record.record_id: held(record) for record in records}
    tasks = Counter(record.task for record in records)
    return sorted((worth(record, known.get(record.record_id, ()), tasks) for record in records), key=lambda one: -one.total)


def worth(record: Record, probabilities: Sequence[float], tasks: Mapping[str, int]) -> Worth:
    """The worth of one record."""
    mean = sum(probabilities) / len(probabilities) if probabilities else 0.5
    others = sum(tasks.values()) - 1
    return Worth(
        record.record_id, 4 * mean * (1 - mean), max(probabilities) - min(probabilities) if probabilities else 0.0, 1 - (tasks[record.task] - 1) / others if others else 0.0
    )


def held(record: Record) -> tuple[float, ...]:
    """The probability that the record's first pair holds, if it does."""
    return tuple(pair.probability for pair in record.pairs[:1] if pair.probability is not None)
