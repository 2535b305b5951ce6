"""A judge's self-check: the same pairs asked again, in the other order, and in other words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from veridical.grade.judging.asker import Asker
from veridical.grade.judging.both import How, judged_pair
from veridical.grade.judging.reply import Unjudged
from veridical.grade.judging.work import work
from veridical.records.record import Record

WAYS = {"again": How(swap=False, first_seed=1), "reworded": How(swap=False, wording=1)}


@dataclass(frozen=True)
class Consistency:
    """How often a judge says the same, of pairs for which both answers could be read."""

    pairs: int
    again: tuple[int, int]
    """(same, of): the same request with another seed."""
    swapped: tuple[int, int]
    """The other order, read back."""
    reworded: tuple[int, int]
    """Another wording of the same question."""
    first: tuple[int, int]
    """Judgements that prefer what is shown first, of all that are no ties: half of them, where the place does not matter and both orders are asked."""
    unjudged: int

    @property
    def lines(self) -> list[str]:
        """For a person."""
        rows = {"same again": self.again, "same when swapped": self.swapped, "same in other words": self.reworded, "prefers what is shown first": self.first}
        return [f"  {name:<28} {same} of {total}" + (f" ({same / total:.0%})" if total else "") for name, (same, total) in rows.items()] + [
            f"  {'not readable':<28} {self.unjudged} of {self.pairs}"
        ]


def self_check(asker: Asker, pairs: Sequence[tuple[Record, str, str]]) -> Consistency:
    """Four requests for each (record, first response, second response): as it is, with another seed, swapped, and in other words.

    Errors: JudgeStopped.
    """
    worked = work(asker, pairs, lambda pair: {name: said(asker, *pair, how) for name, how in ways().items()}, "self-check")
    found = [one for one in worked.found if isinstance(one, dict)]
    plain = [one["plain"] for one in found]
    places = [value for one in found for value in (one["plain"], None if one["swapped"] is None else -one["swapped"]) if value]
    same = {name: agreeing(plain, [one[name] for one in found]) for name in ("again", "swapped", "reworded")}
    return Consistency(len(pairs), same["again"], same["swapped"], same["reworded"], (sum(value > 0 for value in places), len(places)), sum(value is None for value in plain))


def ways() -> dict[str, How | None]:
    """The procedures by name; None is the swapped one."""
    return {"plain": replace(WAYS["again"], first_seed=0), **WAYS, "swapped": None}


def said(asker: Asker, record: Record, first: str, second: str, how: How | None) -> int | None:
    """1 where the first response is preferred, -1 the second, 0 neither; None where that is not known."""
    try:
        return -judged_pair(asker, record, second, first, How(swap=False)).better if how is None else judged_pair(asker, record, first, second, how).better
    except Unjudged:
        return None


def agreeing(ours: Sequence[int | None], theirs: Sequence[int | None]) -> tuple[int, int]:
    """(equal, of) where both are known."""
    both = [(one, other) for one, other in zip(ours, theirs, strict=True) if one is not None and other is not None]
    return sum(one == other for one, other in both), len(both)
