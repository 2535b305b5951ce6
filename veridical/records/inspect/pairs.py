"""Pairs as a learner meets them: how much longer chosen is, how much of the texts differs, how many are ties."""

from __future__ import annotations

from collections.abc import Sequence

from veridical.records.inspect.spread import Spread, spread
from veridical.records.record import Frozen, Pair, Record
from veridical.records.text import word_count


class Gap(Frozen):
    """Words of chosen minus words of rejected, over the pairs that prefer one."""

    words: Spread
    longer: int
    """Pairs whose chosen response has more words."""
    shorter: int
    equal: int
    chosen_mean: float
    rejected_mean: float

    @property
    def share_longer(self) -> float:
        """Of the pairs that differ in length, those whose chosen response is longer: what a rule that prefers the longer one gets right."""
        return self.longer / (self.longer + self.shorter) if self.longer + self.shorter else 0.5

    @property
    def surprise(self) -> float:
        """How many standard deviations this share is from one half, if lengths said nothing (sign test)."""
        differing = self.longer + self.shorter
        return (self.longer - self.shorter) / differing**0.5 if differing else 0.0


class Edited(Frozen):
    """How far chosen and rejected differ, where the full difference is stored."""

    pairs: int
    """Pairs with edits."""
    of: int
    share: Spread | None
    """Changed characters of both texts over all their characters."""


class Pairs(Frozen):
    """The pairs of a data set."""

    count: int
    ties: int
    margins: int
    """Pairs with a margin."""
    per_record: Spread | None
    chosen_words: Spread | None
    rejected_words: Spread | None
    gap: Gap | None
    edited: Edited


def pairs(records: Sequence[Record]) -> Pairs:
    """The census of pairs."""
    found = [(record, pair) for record in records for pair in record.pairs]
    preferring = [(record, pair) for record, pair in found if pair.relation == ">"]
    lengths = [(word_count(record.response(pair.chosen).text), word_count(record.response(pair.rejected).text)) for record, pair in preferring]
    return Pairs(
        count=len(found),
        ties=len(found) - len(preferring),
        margins=sum(pair.margin is not None for _, pair in found),
        per_record=spread([len(record.pairs) for record in records if record.pairs]),
        chosen_words=spread([chosen for chosen, _ in lengths]),
        rejected_words=spread([rejected for _, rejected in lengths]),
        gap=gap(lengths),
        edited=edited(preferring),
    )


def gap(lengths: Sequence[tuple[int, int]]) -> Gap | None:
    """The gap from (chosen, rejected) words of every pair."""
    differences = [chosen - rejected for chosen, rejected in lengths]
    words = spread(differences)
    if words is None:
        return None
    return Gap(
        words=words, longer=sum(one > 0 for one in differences), shorter=sum(one < 0 for one in differences), equal=sum(one == 0 for one in differences),
        chosen_mean=sum(chosen for chosen, _ in lengths) / len(lengths), rejected_mean=sum(rejected for _, rejected in lengths) / len(lengths),
    )  # fmt: skip


def edited(found: Sequence[tuple[Record, Pair]]) -> Edited:
    """How much of the texts the stored edits cover."""
    shares = [changed(record, pair) for record, pair in found if pair.edits]
    return Edited(pairs=len(shares), of=len(found), share=spread(shares))


def changed(record: Record, pair: Pair) -> float:
    """Changed characters of both texts over all of them."""
    touched = sum(edit.chosen_end - edit.chosen_start + edit.rejected_end - edit.rejected_start for edit in pair.edits)
    return touched / max(1, len(record.response(pair.chosen).text) + len(record.response(pair.rejected).text))
