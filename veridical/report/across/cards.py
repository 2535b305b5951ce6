"""What a model says worse than the first one: its deepest falls on each benchmark, and beside them what it says better."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veridical.evaluate.labels import MARK
from veridical.report.across.entrants import Entrant
from veridical.report.gallery import SEED, Both, Card, by_kind, card, choose, paired

MOST = 240
"""Cards of a page."""
EACH = (1, 12)
"""Fewest and most falls of one model on one benchmark."""


@dataclass(frozen=True)
class Fall:
    """One record on which a model and the baseline differ."""

    benchmark: str
    dimension: str
    label: str
    """The model."""
    kind: str
    """ "worse" or "better"."""
    shape: str
    """ "described" or "answered"."""
    category: str
    change: str
    """The scores, as "1 → 0"."""
    card: Card


@dataclass(frozen=True)
class Falls:
    """What the page shows, and of how many."""

    shown: tuple[Fall, ...]
    worse: Mapping[str, int]
    """Model -> records on which it is worse than the baseline."""
    better: Mapping[str, int]

    @property
    def categories(self) -> list[str]:
        """Every kind of question among them."""
        return sorted({fall.category for fall in self.shown if fall.category})


def falls(entrants: Sequence[Entrant], numbers: Mapping[str, Any], most: int = MOST) -> Falls:
    """Of every model but the first, on every benchmark that is compared: the same results show the same cards."""
    baseline, others = entrants[0], entrants[1:]
    pairs = [(one, name) for one in others for name, entry in numbers["benchmarks"].items() if comparable(entry, baseline.label, one.label)]
    each = max(EACH[0], min(EACH[1], most * 3 // (4 * max(1, len(pairs)))))
    shown: list[Fall] = []
    counts: dict[str, dict[str, int]] = {"worse": {one.label: 0 for one in others}, "better": {one.label: 0 for one in others}}
    for one, name in pairs:
        rows = paired(baseline.side.results[name], one.side.results[name])
        counts["worse"][one.label] += sum(row.gain < 0 for row in rows)
        counts["better"][one.label] += sum(row.gain > 0 for row in rows)
        shown += of_pair(name, numbers["benchmarks"][name]["dimension"], one, baseline, rows, each)
    return Falls(tuple(sorted(shown, key=lambda fall: fall.kind != "worse")[:most]), counts["worse"], counts["better"])


def comparable(entry: Mapping[str, Any], baseline: str, label: str) -> bool:
    """Whether the rows of two models belong together."""
    return baseline in entry["models"] and label in entry["models"] and not entry["models"][label]["not_compared"]


def of_pair(name: str, dimension: str, one: Entrant, baseline: Entrant, rows: Sequence[Both], each: int) -> list[Fall]:
    """The deepest falls of one model on one benchmark, and a third as many gains."""
    folders, found = tuple(side.folder for side in (one.side, baseline.side) if side.folder), []
    for shape, members in by_kind(rows).items():
        gained, lost, _ = choose(members, each, random.Random(SEED), comparing=True)
        for kind, chosen in (("worse", lost[1]), ("better", gained[1][: -(-each // 3)])):
            found += [Fall(name, dimension, one.label, kind, shape, category(both), change(both), card(both, folders)) for both in chosen]
    return found


def category(both: Both) -> str:
    """What kind of question it is: its first label, else the part of its id before the slash."""
    labels = [name.partition("=")[2] for name in both.known.counts if name.startswith(MARK)]
    return labels[0] if labels else both.known.record_id.partition("/")[0] if "/" in both.known.record_id else ""


def change(both: Both) -> str:
    """The scores of a record."""
    return f"{round(both.before.value, 2):g} → {round(both.after.value, 2):g}"
