"""Responses of both models side by side: what improved most, what got worse, and some drawn at random."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from veridical.records.result import Result, Row
from veridical.report.folders import Side
from veridical.report.marks import marked
from veridical.report.picture import Shown, show

EACH = 6
"""Responses of one kind in the page; how many more there are is said."""
SEED = 0


@dataclass(frozen=True)
class Answer:
    """One model's response as the page shows it."""

    text: Markup
    state: str
    """ "right", "wrong", "unparsed", or "" for a description."""
    tells: str
    """What was counted in it."""


@dataclass(frozen=True)
class Card:
    """One record with the responses to it."""

    record_id: str
    prompt: str
    gold: str
    picture: Shown
    before: Answer | None
    after: Answer | None


@dataclass(frozen=True)
class Shelf:
    """Cards that were chosen for one reason, out of `of`."""

    title: str
    cards: tuple[Card, ...]
    of: int


@dataclass(frozen=True)
class Gallery:
    """The shelves of one benchmark's descriptions, or of its answers."""

    name: str
    kind: str
    """ "described" or "answered"."""
    prompt: str
    """Where every record has the same one."""
    shelves: tuple[Shelf, ...]


@dataclass(frozen=True)
class Both:
    """The rows of one record."""

    before: Row | None
    after: Row | None

    @property
    def known(self) -> Row:
        """One that is there."""
        return self.after or self.before

    @property
    def gain(self) -> float:
        """By how much the score rose; 0 where a side is not scored."""
        sides = (self.before, self.after)
        return 0.0 if any(side is None or side.value is None for side in sides) else self.after.value - self.before.value

    @property
    def cleared(self) -> int:
        """How many false words fewer there are."""
        return len(self.before.wrong if self.before else ()) - len(self.after.wrong if self.after else ())


def galleries(before: Side, after: Side, names: Iterable[str], each: int = EACH, seed: int = SEED) -> list[Gallery]:
    """Of the named results; descriptions apart from answers. The same results and seed show the same cards."""
    folders, found = tuple(side.folder for side in (after, before) if side.folder), []
    for name in names:
        first, second = before.results.get(name), after.results.get(name)
        for kind, rows in by_kind(paired(first, second)).items():
            chosen = choose(rows, each, random.Random(seed), comparing=first is not None and second is not None)
            found.append(gallery(name, kind, rows, folders, chosen))
    return found


def gallery(name: str, kind: str, rows: Sequence[Both], folders: tuple[Path, ...], chosen: Sequence[tuple[str, list[Both], int]]) -> Gallery:
    """One benchmark's cards of one kind."""
    prompts = {one.known.prompt for one in rows}
    shelves = tuple(Shelf(title, tuple(card(one, folders) for one in some), of) for title, some, of in chosen if some)
    return Gallery(name, kind, prompts.pop() if len(prompts) == 1 else "", shelves)


def paired(before: Result | None, after: Result | None) -> list[Both]:
    """Rows of equal record ids together."""
    first, second = ({row.record_id: row for row in result.rows} if result else {} for result in (before, after))
    return [Both(first.get(name), second.get(name)) for name in dict.fromkeys([*second, *first])]


def by_kind(rows: Sequence[Both]) -> dict[str, list[Both]]:
    """Descriptions are counted word by word, answers are right or wrong."""
    kinds: dict[str, list[Both]] = defaultdict(list)
    for one in rows:
        kinds["described" if "hallucinated" in one.known.counts else "answered"].append(one)
    return {kind: kinds[kind] for kind in ("described", "answered") if kind in kinds}


def choose(rows: Sequence[Both], each: int, chance: random.Random, comparing: bool) -> list[tuple[str, list[Both], int]]:
    """(reason, rows, out of how many). Equal gains are drawn at random, so that no picture crowds the others out."""
    order = {one.known.record_id: chance.random() for one in rows}
    sample = (f"Drawn at random (seed {SEED})", chance.sample(list(rows), min(each, len(rows))), len(rows))
    if not comparing:
        faulty = sorted((one for one in rows if one.known.value is not None and one.known.value < 1), key=lambda one: (one.known.value, order[one.known.record_id]))
        return [("Lowest scores", faulty[:each], len(faulty)), sample]
    gained = sorted((one for one in rows if one.gain > 0), key=lambda one: (-one.gain, -one.cleared, order[one.known.record_id]))
    lost = sorted((one for one in rows if one.gain < 0), key=lambda one: (one.gain, one.cleared, order[one.known.record_id]))
    return [("Improved most", gained[:each], len(gained)), ("Got worse", lost[:each], len(lost)), sample]


def card(both: Both, folders: tuple[Path, ...]) -> Card:
    """What the page shows of one record."""
    row = both.known
    return Card(row.record_id, row.prompt, row.gold, show(row.picture, folders), answer(both.before), answer(both.after))


def answer(row: Row | None) -> Answer | None:
    """One response, false words marked."""
    if row is None:
        return None
    if "hallucinated" in row.counts:
        absent = int(row.counts["hallucinated"])
        return Answer(marked(row.response, row.wrong), "", f"{absent or 'nothing'} absent · {len(row.response.split())} words")
    state = "unparsed" if row.counts.get("unparsed") else "" if row.value is None else "right" if row.value == 1 else "wrong"
    return Answer(marked(row.response, row.wrong), state, state)
