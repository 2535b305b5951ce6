"""Detectors' numbers: how often each class was read where each class is true, and what follows from that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from veridical.evaluate.measure import Measure, mean_of, percent, per_row
from veridical.grade.grade import Grade
from veridical.records.result import Row

UNREAD = "unread"


def cells(unit: str, golds: Sequence[str], said: Sequence[str | None]) -> dict[str, float]:
    """Counts "unit:gold>said" of items in order; an item of which nothing was said is unread, which is no class."""
    return {f"{unit}:{gold}>{read}": float(times) for (gold, read), times in Counter((gold, one or UNREAD) for gold, one in zip(golds, said, strict=True)).items()}


def numbered(text: str, count: int, classes: Mapping[str, str], name: str = "") -> list[str | None]:
    """What a response says of items 1 ... count, as "3: class" or "claim3 ... class"; None for an item that is left out or given two classes.

    `classes` are the words (lower case) and the class that each means; a longer word is tried first.
    """
    words = "|".join(sorted(map(re.escape, classes), key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w){name}\s?(\d+)\W{{1,8}}(?<![\w-])({words})(?!\w)", re.IGNORECASE)
    found: dict[int, set[str]] = {}
    for number, word in pattern.findall(text):
        found.setdefault(int(number), set()).add(classes[word.lower()])
    return [found[number].copy().pop() if len(found.get(number, ())) == 1 else None for number in range(1, count + 1)]


def graded(golds: Sequence[str], said: Sequence[str | None], counts: Mapping[str, float]) -> Grade:
    """The share of items that were read right."""
    unread = sum(one is None for one in said)
    right = sum(one == gold for one, gold in zip(said, golds, strict=True))
    answer = None if unread == len(said) else ", ".join(one or UNREAD for one in said)
    return Grade(right / len(golds), answer, f"{right} of {len(golds)} right", {**counts, **({"unparsed": float(unread)} if unread else {})})


def rate(name: str, unit: str, top: Callable[[str, str], bool], bottom: Callable[[str, str], bool], factor: int = 1) -> Measure:
    """`factor` times the cells (gold, said) that `top` takes, over those that `bottom` takes; where both (gold, said) agree with `bottom` twice, they count twice."""

    def count(row: Row) -> tuple[float, float] | None:
        found = [(*cell.removeprefix(f"{unit}:").split(">"), times) for cell, times in row.counts.items() if cell.startswith(f"{unit}:")]
        if not found:
            return None
        return sum(factor * times for gold, said, times in found if top(gold, said)), sum(times * int(bottom(gold, said)) for gold, said, times in found)

    return Measure(name, per_row(count, 2), lambda sums: percent(sums[..., 0], sums[..., 1]))


def of_class(unit: str, kind: str) -> list[Measure]:
    """Precision, recall and F1 of one class; a number without a denominator is 0."""
    three = (
        rate(f"{unit}.{kind}.precision", unit, lambda gold, said: gold == said == kind, lambda gold, said: said == kind),
        rate(f"{unit}.{kind}.recall", unit, lambda gold, said: gold == said == kind, lambda gold, said: gold == kind),
        rate(f"{unit}.{kind}.f1", unit, lambda gold, said: gold == said == kind, lambda gold, said: (gold == kind) + (said == kind), 2),
    )
    return [Measure(one.name, one.tally, lambda sums, value=one.value: np.nan_to_num(value(sums)), one.better, one.unit) for one in three]


def detection(unit: str, kinds: Sequence[str]) -> list[Measure]:
    """Accuracy, each class's precision, recall and F1, and their means over classes."""
    classes = [of_class(unit, kind) for kind in kinds]
    macro = [mean_of(f"{unit}.macro_{name}", [of[place] for of in classes]) for place, name in enumerate(("precision", "recall", "f1"))]
    return [rate(f"{unit}.accuracy", unit, lambda gold, said: gold == said, lambda gold, said: True), *macro, *(one for of in classes for one in of)]
